import { cpus } from 'node:os';
import { untilAborted } from '../base/abort.ts';
import { toEngineError } from '../base/errors.ts';
import { shiftTransportClock } from './mpegts-shift.ts';
import type { ClipParameters, FileFacts, SegmentFileParameters, SourceSegment } from './source-types.ts';
import { WorkerProcess } from './worker/worker-process.ts';

export type { ClipParameters, FileFacts, SegmentFileParameters, SourceSegment };

/** Options of making sources. */
export interface SourceOptions {
  readonly signal?: AbortSignal;
}

function startWorker(): WorkerProcess {
  return new WorkerProcess({ device: 'cpu', cores: cpus().length });
}

/**
 * Paints and encodes a practice clip in a worker process of its own: MPEG-TS segments with H.264 (or HEVC) and a soft
 * tone, each starting with an IDR frame, time stamps continuous from 10 s on, each given as soon as it is painted.
 * Repeat it without end with {@link shiftTimestamps}. Rejects with `worker-crashed` or the signal's reason.
 */
export async function* paintClip(
  parameters: ClipParameters,
  { signal }: SourceOptions = {},
): AsyncGenerator<SourceSegment, void, undefined> {
  await using worker = startWorker();
  await worker.started(signal);
  yield* worker.segments({ kind: 'generate', parameters }, signal);
}

/** The whole clip of {@link paintClip} at once. */
export async function generateClip(
  parameters: ClipParameters,
  options: SourceOptions = {},
): Promise<{ readonly segments: SourceSegment[] }> {
  const segments: SourceSegment[] = [];
  for await (const segment of paintClip(parameters, options)) segments.push(segment);
  return { segments };
}

/**
 * Cuts the user's own H.264 or HEVC file into MPEG-TS segments at key frames, in a worker process of its own; packets
 * are copied, nothing is decoded. At most four segments are read ahead. Rejects with `media-unsupported-codec`,
 * `media-no-video`, `media-malformed` or `worker-crashed`.
 */
export async function* segmentFile(
  path: string,
  parameters: SegmentFileParameters,
  { signal }: SourceOptions = {},
): AsyncGenerator<SourceSegment, void, undefined> {
  await using worker = startWorker();
  try {
    await worker.started(signal);
    yield* worker.segments({ kind: 'cut-file', path, parameters }, signal);
  } catch (error) {
    throw toEngineError(error);
  }
}

/** Reads what a local media file holds, in a worker process. Rejects with `media-malformed`, `media-no-video` or `worker-crashed`. */
export async function probeFile(path: string, { signal }: SourceOptions = {}): Promise<FileFacts> {
  await using worker = startWorker();
  await worker.started(signal);
  const asked = worker.probeFile(path, signal);
  return signal ? await untilAborted(asked, signal) : await asked;
}

/** Copies a file's streams into an MP4 with its index in front, in a worker process. */
export async function remuxFile(from: string, to: string, { signal }: SourceOptions = {}): Promise<void> {
  await using worker = startWorker();
  await worker.started(signal);
  const asked = worker.remuxFile(from, to, signal);
  await (signal ? untilAborted(asked, signal) : asked);
}

/** The same segment later on the time line: PTS, DTS and PCR moved by `offsetMs`. The input is left as it is. */
export function shiftTimestamps(segment: SourceSegment, offsetMs: number): SourceSegment {
  return { ...segment, data: shiftTransportClock(segment.data, offsetMs) };
}
