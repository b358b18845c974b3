import { secp256k1 } from '@noble/curves/secp256k1.js';
import type { Signer } from '../../engine/orchestrator/identity.ts';
import { personalDigest, publicKeyAddress } from '../../engine/wire/eth-signature.ts';
import { keccak256 } from '../../engine/wire/signatures.ts';

/** Address of a raw test key. */
export function addressOf(privateKey: Uint8Array): Uint8Array {
  return publicKeyAddress(secp256k1.getPublicKey(privateKey, false));
}

/** Signs a 32-byte hash the Livepeer way; for tests only, keys live in the wallet. */
export function signHash(privateKey: Uint8Array, hash: Uint8Array): Uint8Array {
  const signature = secp256k1.sign(personalDigest(hash), privateKey);
  return Uint8Array.of(...signature.toBytes('compact'), 27 + signature.recovery);
}

/** Signs a message the Livepeer way. */
export function signMessage(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
  return signHash(privateKey, keccak256(message));
}

/** A signer with a raw test key. */
export function testSigner(privateKey: Uint8Array): Signer {
  return { address: addressOf(privateKey), signs: true, sign: async (message) => signMessage(privateKey, message) };
}
