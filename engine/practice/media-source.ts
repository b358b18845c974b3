import path from 'node:path';
import { untilAborted } from '../base/abort.ts';
import { EngineError } from '../base/errors.ts';
import { type ClipParameters, paintClip, type SourceSegment, segmentFile, shiftTimestamps } from '../media/source.ts';
import type { PracticeSegment, PracticeSource } from './practice-source.ts';
import { videoCodecOf } from './stream-codec.ts';

/** Most bytes of a file that are held and played over and over. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;

/** Segments are about this long, seconds. */
const SEGMENT_SECONDS = 2;

/** The clip that is painted when the user brings no video: a multiple of 8 s loops without a gap in the sound. */
export const DEFAULT_CLIP: ClipParameters = { width: 1280, height: 720, fps: 30, seconds: 8, segmentSeconds: SEGMENT_SECONDS };

/** Segments held in memory, played to every session, from the beginning as soon as the first one is there. */
class HeldSource implements PracticeSource {
  readonly codec: string;
  readonly #label: () => string;
  readonly #held: HeldSegments;

  constructor(held: HeldSegments, codec: string, label: () => string) {
    this.#held = held;
    this.codec = codec;
    this.#label = label;
  }

  get description(): string {
    return this.#label();
  }

  pass(signal: AbortSignal): AsyncIterable<PracticeSegment> {
    return this.#held.read(signal);
  }

  shift(segment: PracticeSegment, offsetMs: number): PracticeSegment {
    return shiftTimestamps(segment as SourceSegment, offsetMs);
  }
}

/** Read once, by one reader, and kept; many follow it. */
class HeldSegments {
  readonly segments: SourceSegment[] = [];
  #bytes = 0;
  #ended = false;
  #error: unknown;
  #more = Promise.withResolvers<void>();
  /** Milliseconds of video held. */
  durationMs = 0;
  /** True when the video is longer than what is held. */
  cut = false;

  async fill(source: AsyncIterable<SourceSegment>): Promise<void> {
    try {
      for await (const segment of source) {
        if (this.#bytes + segment.data.length > MAX_FILE_BYTES && this.segments.length > 0) {
          this.cut = true;
          break;
        }
        this.segments.push(segment);
        this.#bytes += segment.data.length;
        this.durationMs += segment.durationMs;
        this.#wake();
      }
    } catch (error) {
      this.#error = error;
    } finally {
      this.#ended = true;
      this.#wake();
    }
  }

  async *read(signal: AbortSignal): AsyncGenerator<SourceSegment, void, undefined> {
    for (let index = 0; ; ) {
      signal.throwIfAborted();
      const segment = this.segments[index];
      if (segment) {
        yield segment;
        index += 1;
      } else if (this.#error !== undefined) throw this.#error;
      else if (this.#ended) return;
      else await untilAborted(this.#more.promise, signal);
    }
  }

  #wake(): void {
    const { resolve } = this.#more;
    this.#more = Promise.withResolvers<void>();
    resolve();
  }
}

/** Paints a clip (in a worker process) and plays it from its first segment on, while the rest is painted. */
export async function clipSource(parameters: ClipParameters, signal: AbortSignal): Promise<PracticeSource> {
  const held = new HeldSegments();
  void held.fill(paintClip(parameters, { signal }));
  await held.read(signal).next();
  const { width, height, fps, codec = 'h264' } = parameters;
  return new HeldSource(held, codec, () => `generated clip ${width}×${height}, ${fps} fps`);
}

/**
 * Plays the user's own file; of a long one, as much as fits into 256 MiB. Resolves when its first segment is there; rejects
 * with the reason in plain words when it is no video that can be used. Reading goes on until `signal` aborts.
 */
export async function fileSource(file: string, signal: AbortSignal): Promise<PracticeSource> {
  const held = new HeldSegments();
  const filling = held.fill(segmentFile(file, { segmentSeconds: SEGMENT_SECONDS }, { signal }));
  const name = path.basename(file);
  for await (const { data } of held.read(signal)) {
    const codec = videoCodecOf(data) ?? 'h264';
    return new HeldSource(held, codec, () => (held.cut ? `${name}, its first ${Math.round(held.durationMs / 1_000)} s` : name));
  }
  await filling;
  throw new EngineError({
    code: 'media-empty',
    message: `${file} holds no video segment`,
    nextStep: 'Choose another video file.',
  });
}
