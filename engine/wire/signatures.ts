import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { Keccak256 } from './keccak.ts';

/** Keccak-256 of some bytes, 32 bytes. */
export function keccak256(bytes: Uint8Array): Uint8Array {
  return new Keccak256().update(bytes).digest();
}

/** Legacy id of a profile: first four bytes of the Keccak-256 of its name, as hex (go-livepeer `common/util.go`). */
export function profileId(name: string): string {
  return bytesToHex(keccak_256(utf8ToBytes(name)).subarray(0, 4));
}

/** What a gateway's signature over a segment covers. */
export interface SegmentSignatureFacts {
  readonly manifestId: string;
  /** The sign is lost, as in the reference. */
  readonly seq: bigint;
  /** Keccak-256 of the segment, 32 bytes. */
  readonly hash: Uint8Array;
  /** Names after the receiver's defaulting. */
  readonly profileNames: readonly string[];
}

/** Bytes that `SegData.sig` covers, before hashing (go-livepeer `core/streamdata.go`, Flatten). */
export function segmentSignatureBytes({ manifestId, seq, hash, profileNames }: SegmentSignatureFacts): Uint8Array {
  const magnitude = (seq < 0n ? -seq : seq).toString(16).padStart(64, '0');
  return concatBytes(
    utf8ToBytes(manifestId),
    Uint8Array.from(Buffer.from(magnitude, 'hex')),
    hash,
    utf8ToBytes(profileNames.map(profileId).join('')),
  );
}

/** Bytes that `TranscodeData.sig` covers, before hashing: the Keccak-256 of every rendition, in order. */
export function resultSignatureBytes(renditions: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...renditions.map((data) => keccak256(data)));
}
