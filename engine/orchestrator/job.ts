import type { Container } from '../api/media.ts';
import type { SegmentMetadata } from '../wire/seg-data.ts';

/**
 * One segment to be transcoded, as the gateway-facing edge hands it to the orchestrator: what `SegData` says, and the
 * bytes. The practice gateway fills it in process; `POST /segment` spreads its parsed metadata into it. Both go through
 * {@link SegmentPort}.
 */
export interface SegmentJob
  extends Pick<SegmentMetadata, 'manifestId' | 'seq' | 'durationMs' | 'profiles'>,
    Partial<Pick<SegmentMetadata, 'capabilities' | 'authToken' | 'clip' | 'perceptualHash' | 'reinitialise'>> {
  /** `auth_token.session_id`: what binds a stream to one transcoder. */
  readonly sessionId: string;
  /** The gateway that sends it, for the status: its address, or where it connects from; absent = this process. */
  readonly gateway?: string;
  /** The whole segment; shared, never changed, held until the segment has ended. */
  readonly data: Uint8Array;
}

/** One finished rendition, in the job's profile order. */
export interface RenditionResult {
  readonly name: string;
  readonly container: Container;
  readonly data: Uint8Array;
  /** Encoded pixels as the transcoder reports them; what is paid for. */
  readonly pixels: number;
  /** MPEG-7 signature, when asked for and delivered. */
  readonly signature?: Uint8Array;
}

/** A segment that was transcoded. */
export interface SegmentResult {
  readonly renditions: readonly RenditionResult[];
  /** Decoded pixels of the source as the transcoder reports them. */
  readonly decodedPixels: number;
  /** Id of the transcoder whose result was taken. */
  readonly transcoderId: string;
  /** Transcoders that were given the segment, the successful one included. */
  readonly tries: number;
  /** Milliseconds from submission to result. */
  readonly tookMs: number;
}

/** The seam between the gateway-facing edge and the routing of work. */
export interface SegmentPort {
  /**
   * Transcodes one segment. Rejects with an `EngineError` (`no-transcoder`, `transcoder-too-slow`, `transcoder-failed`,
   * `busy`, `aborted`) or the signal's reason; `details.wireText` is the protocol's exact text, `details.streamFault` says
   * whether the stream itself is to blame (then nobody retries).
   */
  submit(job: SegmentJob, signal: AbortSignal): Promise<SegmentResult>;
  /** Ends a session (`EndTranscodingSession`): its transcoder is told, its storage is freed. Unknown ids are ignored. */
  endSession(sessionId: string): void;
}
