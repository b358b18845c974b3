import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import type { Container, TranscodeResult, Transcoder, VideoProfile } from '../api/media.ts';
import { EngineError } from '../base/errors.ts';
import { probeFile, remuxFile, segmentFile } from './source.ts';
import { MAX_INPUT_BYTES } from './transcoder.ts';

/** Longest file taken as one segment, milliseconds (reference: transcoder.md §6.6). */
const WHOLE_FILE_MS = 300_000;
const SEGMENT_SECONDS = 10;
/** First time stamp of a joined .ts file, milliseconds: room for the dts of B-frames. */
const START_MS = 1000;
/** Milliseconds allowed per second of source; a slow processor needs several seconds for one. */
const TIMEOUT_FACTOR = 60;
const TIMEOUT_BASE_MS = 60_000;

/** Progress of {@link transcodeFile}: milliseconds of the source. */
export interface FileProgress {
  readonly doneMs: number;
  readonly totalMs: number;
}

/** Options of {@link transcodeFile}. */
export interface TranscodeFileOptions {
  readonly onProgress?: (progress: FileProgress) => void;
  readonly signal?: AbortSignal;
  /** Text for the outputs' metadata. */
  readonly serviceProvider?: string;
}

/** One file written by {@link transcodeFile}. */
export interface WrittenRendition {
  readonly name: string;
  readonly path: string;
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  readonly pixels: number;
  readonly bytes: number;
}

/** What {@link transcodeFile} did. */
export interface TranscodeFileResult {
  readonly renditions: readonly WrittenRendition[];
  readonly device: TranscodeResult['device'];
  readonly durationMs: number;
  readonly elapsedMs: number;
}

const EXTENSIONS: Readonly<Record<Container, string>> = { mpegts: '.ts', mp4: '.mp4' };

/**
 * Transcodes a local file of any length into one playable file per profile, `<name>_<profile>.<ts|mp4>` in `outDir`. Up
 * to 300 s it is one segment, as on the network; a longer H.264 or HEVC file is cut into segments at key frames and the
 * renditions are joined. Rejects with an `EngineError`; half-written files are removed.
 */
export async function transcodeFile(
  transcoder: Transcoder,
  inputPath: string,
  outDir: string,
  profiles: readonly VideoProfile[],
  options: TranscodeFileOptions = {},
): Promise<TranscodeFileResult> {
  const begun = performance.now();
  const { durationMs } = await probeFile(inputPath, options);
  const { size } = await stat(inputPath);
  await mkdir(outDir, { recursive: true });
  const base = path.basename(inputPath, path.extname(inputPath));
  const outputs = profiles.map((profile) =>
    path.join(outDir, `${base}_${safeName(profile.name)}${EXTENSIONS[profile.container]}`),
  );
  if (outputs.some((output) => path.resolve(output) === path.resolve(inputPath)) || new Set(outputs).size < outputs.length) {
    throw new EngineError({
      code: 'bad-request',
      message: 'Two of the files would have the same name.',
      nextStep: 'Give the profiles different names, or choose another folder.',
    });
  }
  const run: Run = {
    transcoder,
    inputPath,
    profiles,
    outputs,
    durationMs,
    options,
    sessionId: `file-${process.pid}-${Math.round(begun)}`,
  };
  try {
    const whole = durationMs <= WHOLE_FILE_MS && size <= MAX_INPUT_BYTES;
    const { renditions, device } = whole ? await transcodeWhole(run) : await transcodeCut(run);
    return { renditions, device, durationMs, elapsedMs: Math.round(performance.now() - begun) };
  } catch (error) {
    await Promise.all(outputs.map((output) => rm(output, { force: true })));
    throw error;
  } finally {
    transcoder.endSession(run.sessionId);
  }
}

interface Run {
  readonly transcoder: Transcoder;
  readonly inputPath: string;
  readonly profiles: readonly VideoProfile[];
  readonly outputs: readonly string[];
  readonly durationMs: number;
  readonly options: TranscodeFileOptions;
  readonly sessionId: string;
}

type Outcome = Pick<TranscodeFileResult, 'renditions' | 'device'>;

function safeName(name: string): string {
  return name.replace(/[^\w.-]+/g, '_');
}

function transcodeOne(
  { transcoder, options, sessionId }: Run,
  profiles: readonly VideoProfile[],
  segment: {
    readonly seq: number;
    readonly data: Uint8Array;
    readonly durationMs: number;
    readonly onProgress?: (doneMs: number) => void;
  },
): Promise<TranscodeResult> {
  return transcoder.transcode(
    {
      sessionId,
      manifestId: sessionId,
      seq: segment.seq,
      input: segment.data,
      durationMs: segment.durationMs,
      profiles,
      perceptualHash: false,
      reinitialise: false,
      serviceProvider: options.serviceProvider ?? 'Siphon',
    },
    {
      timeoutMs: TIMEOUT_BASE_MS + TIMEOUT_FACTOR * segment.durationMs,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(segment.onProgress === undefined ? {} : { onProgress: segment.onProgress }),
    },
  );
}

async function transcodeWhole(run: Run): Promise<Outcome> {
  const { inputPath, profiles, outputs, durationMs, options } = run;
  const onProgress = (doneMs: number) => options.onProgress?.({ doneMs: Math.min(doneMs, durationMs), totalMs: durationMs });
  const result = await transcodeOne(run, profiles, { seq: 0, data: await readFile(inputPath), durationMs, onProgress });
  const renditions: WrittenRendition[] = [];
  for (const [index, { name, width, height, frames, pixels, data }] of result.renditions.entries()) {
    const output = outputs[index] ?? '';
    const file = createWriteStream(output);
    file.end(data);
    await finished(file);
    renditions.push({ name, path: output, width, height, frames, pixels, bytes: data.byteLength });
  }
  onProgress(durationMs);
  return { renditions, device: result.device };
}

async function transcodeCut(run: Run): Promise<Outcome> {
  const { inputPath, profiles, outputs, durationMs, options } = run;
  const asTransport = profiles.map((profile) => ({ ...profile, container: 'mpegts' as const }));
  const parts = outputs.map((output, index) => (profiles[index]?.container === 'mp4' ? `${output}.part` : output));
  const files = parts.map((part) => createWriteStream(part));
  const totals: WrittenRendition[] = [];
  let device: TranscodeResult['device'] | undefined;
  try {
    let doneMs = 0;
    for await (const segment of segmentFile(inputPath, { segmentSeconds: SEGMENT_SECONDS, startMs: START_MS }, options)) {
      const before = doneMs;
      const onProgress = (ms: number) => options.onProgress?.({ doneMs: Math.min(before + ms, durationMs), totalMs: durationMs });
      const result = await transcodeOne(run, asTransport, { ...segment, onProgress });
      device = result.device;
      for (const [index, rendition] of result.renditions.entries()) {
        const file = files[index];
        if (file && !file.write(rendition.data)) await once(file, 'drain');
        const sum = totals[index];
        totals[index] = {
          name: rendition.name,
          path: outputs[index] ?? '',
          width: rendition.width,
          height: rendition.height,
          frames: (sum?.frames ?? 0) + rendition.frames,
          pixels: (sum?.pixels ?? 0) + rendition.pixels,
          bytes: (sum?.bytes ?? 0) + rendition.data.byteLength,
        };
      }
      doneMs += segment.durationMs;
      onProgress(segment.durationMs);
    }
    await Promise.all(files.map((file) => finished(file.end())));
    for (const [index, output] of outputs.entries()) {
      if (profiles[index]?.container !== 'mp4') continue;
      await remuxFile(parts[index] ?? '', output, options);
      const sum = totals[index];
      if (sum) totals[index] = { ...sum, bytes: (await stat(output)).size };
    }
  } finally {
    for (const file of files) file.destroy();
    await Promise.all(parts.filter((part) => part.endsWith('.part')).map((part) => rm(part, { force: true })));
  }
  if (!device) throw new EngineError({ code: 'media-no-video', message: 'The file has no video.' });
  return { renditions: totals, device };
}
