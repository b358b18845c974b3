/** Container of a segment or rendition. */
export type Container = 'mpegts' | 'mp4';

/** Codecs by their names in the engine. Which of them work on a device is probed, never assumed. */
export type VideoCodec = 'h264' | 'hevc' | 'vp8' | 'vp9' | 'av1';

/** H.264 profile asked for; `default` leaves it to the encoder (High, with B-frames per LPMS). */
export type EncoderProfile = 'default' | 'baseline' | 'main' | 'high' | 'constrained-high';

/** One rendition to make, as the protocol describes it (reference: transcoder.md §5, §6). */
export interface VideoProfile {
  readonly name: string;
  /** Pixels. Only the larger of width and height counts; the source's aspect ratio wins (§6.1). */
  readonly width: number;
  readonly height: number;
  /** Bits per second; 0 = no rate limit (quality decides). */
  readonly bitrate: number;
  /** Frame rate numerator; 0 = keep the source's timing. */
  readonly fps: number;
  /** Frame rate denominator, ≥ 1. */
  readonly fpsDen: number;
  readonly container: Container;
  readonly profile: EncoderProfile;
  /** `default` = encoder's own; `intra` = every frame; otherwise milliseconds > 0. */
  readonly gop: 'default' | 'intra' | number;
  readonly codec: VideoCodec;
  /** Constant-quality level (CRF); 0 = unset. */
  readonly quality: number;
}

/** Part of a segment to transcode, milliseconds from its start; 0 = no limit. */
export interface Clip {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Takes a segment as it comes in. */
export interface SegmentSink {
  /** The next pieces, never to be changed. */
  add(pieces: readonly Uint8Array[]): void;
  /** All pieces were given. */
  end(): void;
  /** No piece follows, because of this error, which is then what the job fails with. */
  fail(error: unknown): void;
}

/** A segment that is still coming in. */
export interface IncomingSegment {
  /** Gives what is there, and from now on what comes, to its one taker. */
  to(sink: SegmentSink): void;
}

/** One segment to transcode into all its renditions. */
export interface TranscodeJob {
  /** Session key: all segments of one stream share it and reuse warm state. */
  readonly sessionId: string;
  readonly manifestId: string;
  readonly seq: number;
  /** The segment, whole or on its way; the callee may transfer a whole one, the caller must not touch it afterwards. */
  readonly input: Uint8Array | IncomingSegment;
  /** Stated duration of the segment, milliseconds. */
  readonly durationMs: number;
  readonly profiles: readonly VideoProfile[];
  readonly clip?: Clip;
  /** MPEG-7 video signature wanted for each rendition. */
  readonly perceptualHash: boolean;
  /** Drop what is kept warm for the session before this segment. */
  readonly reinitialise: boolean;
  /** Text for the output's metadata, e.g. `Livepeer Transcoder 0.9.1 (offchain)`. */
  readonly serviceProvider: string;
}

/** What was found in the source. */
export interface SourceInfo {
  readonly container: string;
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  /** Frames per second as measured; 0 when unknown. */
  readonly fps: number;
  readonly durationMs: number;
  readonly hasAudio: boolean;
  /** Decoded frames and their pixels (Σ width × height). */
  readonly frames: number;
  readonly pixels: number;
}

/** One finished rendition, in the job's profile order. */
export interface Rendition {
  readonly name: string;
  readonly container: Container;
  readonly codec: VideoCodec;
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  /** Encoded pixels: Σ encoder width × height over the frames given to the encoder. This is what is paid for. */
  readonly pixels: number;
  /** Bytes of {@link data}. */
  readonly bytes: number;
  /** The whole file; put together from its pieces when first read. */
  readonly data: Uint8Array;
  /** MPEG-7 signature in FFmpeg's binary form, when asked for. */
  readonly signature?: Uint8Array;
}

/**
 * Is told of a segment's output while it is being made, so that it can be on its way before all of it is there. `index` is the
 * rendition's place among the job's profiles. When the segment fails in the middle, nothing more is told.
 */
export interface OutputListener {
  /** All of the source is decoded; comes first. */
  decoded(source: SourceInfo): void;
  /** All frames of a rendition are in its encoder, so these numbers stand. */
  counted(index: number, numbers: Pick<Rendition, 'width' | 'height' | 'frames' | 'pixels'>): void;
  /** The next bytes of a rendition's file, never to be changed. May come before its numbers. */
  bytes(index: number, piece: Uint8Array): void;
  /** All bytes of a rendition were told. */
  complete(index: number, signature?: Uint8Array): void;
}

/** The device that did the work. */
export interface DeviceRef {
  readonly kind: 'gpu' | 'cpu';
  /** GPU UUID, or `cpu`. */
  readonly id: string;
  readonly name: string;
  /** Encoder's FFmpeg name, e.g. `h264_nvenc` or `libx264`. */
  readonly encoder: string;
}

/** Result of one {@link TranscodeJob}. */
export interface TranscodeResult {
  readonly source: SourceInfo;
  readonly renditions: readonly Rendition[];
  readonly device: DeviceRef;
  /** Milliseconds waiting for the device's worker to take the job. */
  readonly waitMs: number;
  /** Milliseconds of the codec's work: demux, decode, scale, encode, mux, with the waits for a core. */
  readonly codecMs: number;
  /** Milliseconds in which nothing could be done but wait for a segment on its way; not part of {@link codecMs}. */
  readonly starvedMs: number;
}

/** How many sessions this machine can take, and where the number comes from. */
export interface Capacity {
  readonly sessions: number;
  readonly source: 'benchmark' | 'configured' | 'default';
  readonly devices: readonly DeviceCapacity[];
}

/** One device's share of the capacity. */
export interface DeviceCapacity {
  readonly device: string;
  readonly sessions: number;
  /** What bounds it. */
  readonly boundBy: 'speed' | 'nvenc' | 'upload' | 'configured' | 'default';
  readonly quarantined: boolean;
}

/** Options of one transcode call. */
export interface TranscodeOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds after which the job has failed and its worker is replaced. */
  readonly timeoutMs: number;
  /** Called now and then with the milliseconds of the source done so far; for long segments. */
  readonly onProgress?: (doneMs: number) => void;
  readonly output?: OutputListener;
}

/** Turns segments into renditions on this machine. Implemented by `media`; handed by `host` to the roles that need it. */
export interface Transcoder extends AsyncDisposable {
  /** Capability numbers (reference: transcoder.md §3) that this machine can really serve. */
  readonly capabilities: readonly number[];
  readonly capacity: Capacity;
  /** Rejects with an `EngineError`; its `details.wireText` is the protocol's exact error text where one exists. */
  transcode(job: TranscodeJob, options: TranscodeOptions): Promise<TranscodeResult>;
  /** Frees what is kept warm for a session; unknown sessions are ignored. */
  endSession(sessionId: string): void;
}
