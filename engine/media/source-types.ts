/** One source segment: MPEG-TS with H.264 or HEVC, and AAC if there is sound. */
export interface SourceSegment {
  /** Counts from 0 within one clip or file. */
  readonly seq: number;
  readonly data: Uint8Array;
  readonly durationMs: number;
  readonly width: number;
  readonly height: number;
  /** Frames per second; may have a fraction. */
  readonly fps: number;
}

/** The clip {@link generateClip} paints. */
export interface ClipParameters {
  /** Pixels; even numbers. */
  readonly width: number;
  readonly height: number;
  /** Frame rate as a whole fraction, e.g. 30000/1001. `fpsDen` 1 when left out. */
  readonly fps: number;
  readonly fpsDen?: number;
  /** Length of the whole clip. A multiple of 8 s loops without the slightest gap in the sound. */
  readonly seconds: number;
  /** Length of each segment; 2 s when left out. */
  readonly segmentSeconds?: number;
  /** Bits per second of the video; chosen by size when left out. */
  readonly bitrate?: number;
  /** Codec of the clip; `h264` when left out. */
  readonly codec?: 'h264' | 'hevc';
  /** Sound wanted; true when left out. */
  readonly audio?: boolean;
}

/** Options of cutting a file into segments. */
export interface SegmentFileParameters {
  /** Cut at the first key frame at or after each multiple of this. */
  readonly segmentSeconds: number;
  /** Milliseconds at which the first segment starts on the time line; 10 000 when left out. */
  readonly startMs?: number;
}

/** What a media file holds. */
export interface FileFacts {
  /** 0 when the file doesn't say. */
  readonly durationMs: number;
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly hasAudio: boolean;
}
