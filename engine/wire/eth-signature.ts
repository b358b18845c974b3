import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';

/** Bytes of an Ethereum address. */
const ADDRESS_BYTES = 20;

/** Bytes of a signature: r, s, v. */
const SIGNATURE_BYTES = 65;

const PREFIX = utf8ToBytes('\x19Ethereum Signed Message:\n32');

/** The address of nobody: what off-chain nodes send. */
export const ZERO_ADDRESS: Uint8Array = new Uint8Array(ADDRESS_BYTES);

/** Any bytes as an address: the last 20, left-padded with zeros (go-ethereum `common.BytesToAddress`). */
export function toAddress(bytes: Uint8Array): Uint8Array {
  const address = new Uint8Array(ADDRESS_BYTES);
  const kept = bytes.subarray(Math.max(0, bytes.length - ADDRESS_BYTES));
  address.set(kept, ADDRESS_BYTES - kept.length);
  return address;
}

/** `0x` and 40 hex digits in checksum case (EIP-55). */
export function addressText(address: Uint8Array): string {
  const hex = bytesToHex(toAddress(address));
  const digest = keccak_256(utf8ToBytes(hex));
  const upper = (index: number) => ((digest[index >> 1] ?? 0) >> (index % 2 === 0 ? 4 : 0)) & 8;
  return `0x${[...hex].map((digit, index) => (upper(index) ? digit.toUpperCase() : digit)).join('')}`;
}

/** Digest that is signed for a 32-byte hash (EIP-191, personal message). */
export function personalDigest(hash: Uint8Array): Uint8Array {
  return keccak_256(concatBytes(PREFIX, hash));
}

/** Address of an uncompressed public key of 65 bytes. */
export function publicKeyAddress(publicKey: Uint8Array): Uint8Array {
  return keccak_256(publicKey.subarray(1)).subarray(-ADDRESS_BYTES);
}

/**
 * Who signed the 32-byte hash, or undefined when the signature is no valid one: 65 bytes `r ‖ s ‖ v`, `v` 27 or 28, `s` in the lower
 * half of the order (go-livepeer `crypto/`).
 */
export function recoverHashSigner(hash: Uint8Array, signature: Uint8Array): Uint8Array | undefined {
  const v = signature[SIGNATURE_BYTES - 1];
  if (signature.length !== SIGNATURE_BYTES || (v !== 27 && v !== 28)) return undefined;
  try {
    const parsed = secp256k1.Signature.fromBytes(signature.subarray(0, 64), 'compact').addRecoveryBit(v - 27);
    if (parsed.hasHighS()) return undefined;
    return publicKeyAddress(parsed.recoverPublicKey(personalDigest(hash)).toBytes(false));
  } catch {
    // Not a point of the curve: nobody signed this.
    return undefined;
  }
}

/** Whether `address` signed the 32-byte hash. */
export function hashSignedBy(address: Uint8Array, hash: Uint8Array, signature: Uint8Array): boolean {
  const signer = recoverHashSigner(hash, signature);
  return signer !== undefined && Buffer.compare(signer, toAddress(address)) === 0;
}

/** Whether `address` signed the message: the form of every Livepeer signature, over the message's Keccak-256. */
export function messageSignedBy(address: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  return hashSignedBy(address, keccak_256(message), signature);
}

/** What `OrchestratorRequest.sig` covers: the text of the gateway's own address. */
export function orchestratorRequestMessage(address: Uint8Array): Uint8Array {
  return utf8ToBytes(addressText(address));
}
