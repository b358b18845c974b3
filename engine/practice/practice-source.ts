/** One piece of the video that is fed in: MPEG-TS, a few seconds. */
export interface PracticeSegment {
  readonly data: Uint8Array;
  readonly durationMs: number;
  readonly width: number;
  readonly height: number;
  /** Frames per second; may have a fraction. */
  readonly fps: number;
}

/** The video that every practice session plays. */
export interface PracticeSource {
  /** For people, e.g. `generated clip 1280×720, 30 fps`. */
  readonly description: string;
  /** Video codec by FFmpeg's name; decides what a transcoder must be able to decode. */
  readonly codec: string;
  /** One pass from beginning to end, time stamps as in the video. */
  pass(signal: AbortSignal): AsyncIterable<PracticeSegment>;
  /** The segment with all its time stamps moved by `offsetMs`; the input is left as it is. */
  shift(segment: PracticeSegment, offsetMs: number): PracticeSegment;
}
