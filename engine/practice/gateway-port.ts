import type { RenditionResult } from '../orchestrator/job.ts';
import type { SegmentMetadata } from '../wire/seg-data.ts';

/** One segment of a stream, as the practice gateway sends it. */
export interface StreamSegment extends Pick<SegmentMetadata, 'manifestId' | 'seq' | 'durationMs' | 'profiles'> {
  /** The gateway's own id of the stream; not the orchestrator's session id, which may change on the way. */
  readonly sessionId: string;
  readonly capabilities: NonNullable<SegmentMetadata['capabilities']>;
  readonly data: Uint8Array;
}

/** What the practice gateway sends segments through. */
export interface GatewayPort {
  /**
   * One try. Rejects with an `EngineError`: `busy` or `no-transcoder` when nobody has room (yet), else what went wrong;
   * `details.streamFault` says that the stream is to blame. Or with the signal's reason.
   */
  submit(segment: StreamSegment, signal: AbortSignal): Promise<{ readonly renditions: readonly RenditionResult[] }>;
  /** The stream is over. */
  endSession(sessionId: string): void;
}
