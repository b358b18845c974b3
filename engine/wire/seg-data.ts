import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { Clip, VideoProfile } from '../api/media.ts';
import { EngineError } from '../base/errors.ts';
import {
  type AuthToken,
  type Capabilities,
  type OSInfo,
  type SegData,
  SegDataSchema,
  SegParametersSchema,
} from './gen/net/lp_rpc_pb.js';
import { profileListsToWire, profilesFromLists, taskInvalid } from './profiles.ts';

/** Longest segment duration accepted, milliseconds (go-livepeer `server/rpc.go`). */
const MAX_SEGMENT_DURATION_MS = 300_000;

/** Duration taken when a sender states none, milliseconds. */
export const DEFAULT_SEGMENT_DURATION_MS = 2000;

/** The superseded profile bytes: nodes too old for full profiles fail on them, on purpose. */
export const INVALID_PROFILES: Uint8Array = new TextEncoder().encode('invalid');

const ZERO_HASH = new Uint8Array(32);

/** What SegData says about one segment, in the engine's words. */
export interface SegmentMetadata {
  readonly manifestId: string;
  readonly seq: bigint;
  /** Keccak-256 of the segment, 32 bytes; zeros towards a transcoder. */
  readonly hash: Uint8Array;
  /** Milliseconds. */
  readonly durationMs: number;
  readonly profiles: readonly VideoProfile[];
  /** What the job needs; undefined asks for nothing. */
  readonly capabilities: Capabilities | undefined;
  readonly authToken: AuthToken | undefined;
  readonly signature: Uint8Array;
  /** Only the first counts. */
  readonly storage: readonly OSInfo[];
  readonly clip: Clip | undefined;
  /** MPEG-7 video signature wanted for each rendition. */
  readonly perceptualHash: boolean;
  /** Drop what is kept warm for the session before this segment. */
  readonly reinitialise: boolean;
}

/** Hash bytes as the reference reads them: left-padded to 32, or the last 32. */
function to32(hash: Uint8Array): Uint8Array {
  if (hash.length === 32) return hash;
  const result = new Uint8Array(32);
  const kept = hash.subarray(Math.max(0, hash.length - 32));
  result.set(kept, 32 - kept.length);
  return result;
}

/**
 * SegData → engine.
 * @throws EngineError `task-invalid`; `details.wireText` is `empty seg data`, `invalid duration` or a profile's fault
 *   (go-livepeer `server/rpc.go`)
 */
export function parseSegData(wire: SegData | undefined): SegmentMetadata {
  if (!wire) throw taskInvalid('empty seg data');
  // Profiles before duration: the order decides which text is told.
  const profiles = profilesFromLists(wire);
  if (wire.duration < 0 || wire.duration > MAX_SEGMENT_DURATION_MS) throw taskInvalid('invalid duration');
  const parameters = wire.segmentParameters;
  return {
    manifestId: new TextDecoder().decode(wire.manifestId),
    seq: wire.seq,
    hash: to32(wire.hash),
    durationMs: wire.duration === 0 ? DEFAULT_SEGMENT_DURATION_MS : wire.duration,
    profiles,
    capabilities: wire.capabilities,
    authToken: wire.authToken,
    signature: wire.sig,
    storage: wire.storage,
    clip: parameters ? { fromMs: Number(parameters.from), toMs: Number(parameters.to) } : undefined,
    perceptualHash: wire.calcPerceptualHash,
    reinitialise: wire.ForceSessionReinit,
  };
}

/** What a sender of a segment says; what is left out is not sent. */
export type EncodeSegDataParameters = Pick<SegmentMetadata, 'manifestId' | 'seq' | 'durationMs' | 'profiles'> &
  Partial<SegmentMetadata>;

/**
 * Engine → SegData, filling exactly one profile list and the superseded bytes.
 * @throws EngineError `media-profile-invalid` for a codec that the protocol has no number for
 */
export function encodeSegData(segment: EncodeSegDataParameters): SegData {
  const message = create(SegDataSchema, {
    manifestId: new TextEncoder().encode(segment.manifestId),
    seq: segment.seq,
    hash: segment.hash ?? ZERO_HASH,
    profiles: INVALID_PROFILES,
    sig: segment.signature ?? new Uint8Array(0),
    duration: segment.durationMs,
    calcPerceptualHash: segment.perceptualHash ?? false,
    storage: [...(segment.storage ?? [])],
    ForceSessionReinit: segment.reinitialise ?? false,
    ...profileListsToWire(segment.profiles),
  });
  if (segment.capabilities) message.capabilities = segment.capabilities;
  if (segment.authToken) message.authToken = segment.authToken;
  if (segment.clip) {
    message.segmentParameters = create(SegParametersSchema, { from: BigInt(segment.clip.fromMs), to: BigInt(segment.clip.toMs) });
  }
  return message;
}

/** Value of the `Livepeer-Segment` header: standard base64 with padding. */
export function segDataToHeader(segData: SegData): string {
  return Buffer.from(toBinary(SegDataSchema, segData)).toString('base64');
}

/**
 * Reads a `Livepeer-Segment` header.
 * @throws EngineError `bad-request` when it is not base64 of a SegData
 */
export function segDataFromHeader(value: string): SegData {
  if (value.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(value)) {
    throw new EngineError({ code: 'bad-request', message: 'The Livepeer-Segment header is not base64.' });
  }
  try {
    return fromBinary(SegDataSchema, Uint8Array.from(Buffer.from(value, 'base64')));
  } catch (cause) {
    throw new EngineError({ code: 'bad-request', message: 'The Livepeer-Segment header holds no SegData message.', cause });
  }
}
