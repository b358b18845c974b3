import { messageSignedBy, ZERO_ADDRESS } from '../wire/eth-signature.ts';

/** Signs as this orchestrator. On-chain, the wallet stands behind it. */
export interface Signer {
  /** 20 bytes; zeros off-chain. */
  readonly address: Uint8Array;
  /** False: `sign` gives nothing, so nobody need prepare what would be signed. */
  readonly signs: boolean;
  /** Signature over the message's Keccak-256, 65 bytes; empty off-chain. */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** Judges what gateways signed. */
export interface SignatureVerifier {
  /** Whether `address` signed the message. */
  verify(address: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

/** Nobody: signs empty, as an off-chain reference node does. */
export const OFFCHAIN_SIGNER: Signer = { address: ZERO_ADDRESS, signs: false, sign: async () => new Uint8Array(0) };

/** Off-chain there is nobody to verify: everything passes. */
export const ANY_SIGNATURE: SignatureVerifier = { verify: () => true };

/** Ethereum signatures, verified for real (on-chain). */
export const ETHEREUM_SIGNATURES: SignatureVerifier = { verify: messageSignedBy };
