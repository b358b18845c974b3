import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { cpus } from 'node:os';
import path from 'node:path';
import type { Hardware } from '../api/hardware.ts';
import type { Container, DeviceRef, TranscodeResult, VideoProfile } from '../api/media.ts';
import { EngineError } from '../base/errors.ts';
import { silentLog } from '../base/log.ts';
import { canEncode, type DeviceSpec } from '../media/device-spec.ts';
import { segmentFile } from '../media/source.ts';
import { createTranscoder, MAX_INPUT_BYTES } from '../media/transcoder.ts';
import { inspectHardware } from './inspect.ts';

/** What to make of a video file. */
export interface TranscodeFileParameters {
  readonly input: string;
  readonly profiles: readonly VideoProfile[];
  /** Folder for the results; created where missing. */
  readonly folder: string;
  /** Replace files that are there. */
  readonly overwrite: boolean;
  /** `auto`: the first card that can encode the profiles, else the CPU. `cpu`, or a GPU's UUID. */
  readonly device: string;
  /** Told how far it is: bytes read of bytes there are, and milliseconds of video done. */
  readonly onProgress?: (progress: TranscodeProgress) => void;
  readonly signal: AbortSignal;
}

/** How far it is. */
interface TranscodeProgress {
  readonly bytes: number;
  /** 0 = unknown. */
  readonly totalBytes: number;
  readonly mediaMs: number;
}

/** One file that was made. */
interface TranscodedFile {
  readonly profile: string;
  readonly file: string;
  readonly container: Container;
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  readonly bytes: number;
}

/** What came of it. */
export interface TranscodeFileResult {
  readonly device: DeviceRef;
  /** Milliseconds of video, of work in all, and of the codec's part of it. */
  readonly mediaMs: number;
  readonly tookMs: number;
  readonly codecMs: number;
  readonly files: readonly TranscodedFile[];
}

/** Length of the pieces in which a file becomes MPEG-TS, seconds. */
const SEGMENT_SECONDS = 4;
/** Milliseconds that one piece, and a whole file in one piece, may take. */
const SEGMENT_TIMEOUT_MS = 10 * 60_000;
const WHOLE_TIMEOUT_MS = 60 * 60_000;

/**
 * Transcodes a video file into one file per profile, on this machine and without a network. MPEG-TS is made piece by
 * piece (any length, H.264 or HEVC sources); MP4 in one piece (up to 300 s and 300 MB).
 * @throws EngineError not-found, bad-request, disk-full, data-dir-unwritable, gpu-none, and the `media-…` errors
 */
export async function transcodeFile(parameters: TranscodeFileParameters): Promise<TranscodeFileResult> {
  const { input, profiles, signal } = parameters;
  const startedMs = performance.now();
  const size = await sizeOf(input);
  const device = await chooseDevice(parameters.device, profiles, signal);
  await using transcoder = await createTranscoder({ devices: [device], log: silentLog });
  await using outputs = await Outputs.create(parameters);
  const container = profiles[0]?.container ?? 'mpegts';
  const pieces = container === 'mp4' ? wholeFile(input, size) : piecesOf(input, signal);

  let last: TranscodeResult | undefined;
  let mediaMs = 0;
  let codecMs = 0;
  let bytes = 0;
  let seq = 0;
  for await (const piece of pieces) {
    const read = piece.data.byteLength;
    last = await transcoder.transcode(
      {
        sessionId: 'file',
        manifestId: path.basename(input),
        seq,
        input: piece.data,
        durationMs: piece.durationMs,
        profiles,
        perceptualHash: false,
        reinitialise: false,
        serviceProvider: 'Siphon',
      },
      { signal, timeoutMs: container === 'mp4' ? WHOLE_TIMEOUT_MS : SEGMENT_TIMEOUT_MS },
    );
    await outputs.append(last);
    seq += 1;
    bytes += read;
    codecMs += last.codecMs;
    mediaMs += container === 'mp4' ? last.source.durationMs : piece.durationMs;
    parameters.onProgress?.({ bytes, totalBytes: size, mediaMs });
  }
  if (!last) throw new EngineError({ code: 'media-no-video', message: `${input} holds no video.` });
  return { device: last.device, mediaMs, codecMs, files: await outputs.finish(), tookMs: performance.now() - startedMs };
}

interface Piece {
  readonly data: Uint8Array;
  readonly durationMs: number;
}

async function* piecesOf(input: string, signal: AbortSignal): AsyncGenerator<Piece, void, undefined> {
  // The results start at zero, as files do; on the wire segments start at 10 s.
  yield* segmentFile(path.resolve(input), { segmentSeconds: SEGMENT_SECONDS, startMs: 0 }, { signal });
}

async function* wholeFile(input: string, size: number): AsyncGenerator<Piece, void, undefined> {
  if (size > MAX_INPUT_BYTES) {
    throw new EngineError({
      code: 'media-too-large',
      message: `${input} is larger than ${MAX_INPUT_BYTES / 1e6} MB.`,
      nextStep: 'Files of any size can be made into MPEG-TS: --container mpegts',
    });
  }
  yield { data: await readFile(input), durationMs: 0 };
}

async function sizeOf(input: string): Promise<number> {
  const found = await stat(input).catch((error: NodeJS.ErrnoException) => {
    throw new EngineError({
      code: 'not-found',
      message:
        error.code === 'ENOENT' ? `There is no file ${input}.` : `${input} cannot be read (${error.code ?? 'unknown error'}).`,
    });
  });
  if (found.isFile()) return found.size;
  throw new EngineError({ code: 'not-found', message: `${input} is not a file.` });
}

async function chooseDevice(wanted: string, profiles: readonly VideoProfile[], signal: AbortSignal): Promise<DeviceSpec> {
  const cpu: DeviceSpec = { kind: 'cpu', id: 'cpu', name: cpus()[0]?.model.trim() ?? 'CPU', cores: Math.max(1, cpus().length) };
  if (wanted === 'cpu') return cpu;
  const cards = gpuSpecs(await inspectHardware(signal));
  if (wanted === 'auto') return cards.find((card) => canEncode(card, profiles)) ?? cpu;
  const card = cards.find(({ id }) => id === wanted);
  if (card) return card;
  throw new EngineError({
    code: 'not-found',
    message: `There is no working GPU ${wanted}.`,
    nextStep: 'See the GPUs of this machine with: siphon gpus',
  });
}

function gpuSpecs({ gpus }: Hardware): DeviceSpec[] {
  return gpus.flatMap(({ uuid, name, state, abilities }) =>
    state === 'ok' && abilities ? [{ kind: 'gpu' as const, id: uuid, name, abilities }] : [],
  );
}

interface Output {
  readonly file: string;
  readonly temporary: string;
  readonly handle: FileHandle;
  made: TranscodedFile | undefined;
}

/** The files being made: under other names until all are complete, and gone when it fails. */
class Outputs implements AsyncDisposable {
  readonly #outputs: readonly Output[];

  constructor(outputs: readonly Output[]) {
    this.#outputs = outputs;
  }

  static async create({ input, profiles, folder, overwrite }: TranscodeFileParameters): Promise<Outputs> {
    const outputs: Output[] = [];
    try {
      await mkdir(folder, { recursive: true });
      for (const { name, container } of profiles) {
        const file = path.join(folder, `${path.parse(input).name}-${name}.${container === 'mp4' ? 'mp4' : 'ts'}`);
        if (!overwrite && (await stat(file).catch(() => undefined))) {
          throw new EngineError({
            code: 'bad-request',
            message: `${file} is there already.`,
            nextStep: 'Replace it with --force, or choose another folder with --out.',
          });
        }
        const temporary = `${file}.part`;
        outputs.push({ file, temporary, handle: await open(temporary, 'w'), made: undefined });
      }
      return new Outputs(outputs);
    } catch (error) {
      await new Outputs(outputs)[Symbol.asyncDispose]();
      throw writeError(folder, error);
    }
  }

  async append({ renditions }: TranscodeResult): Promise<void> {
    for (const [index, { name, container, codec, width, height, frames, data }] of renditions.entries()) {
      const output = this.#outputs[index];
      if (!output) throw new Error(`rendition ${name} was not asked for`);
      await output.handle.writeFile(data).catch((error: unknown) => {
        throw writeError(output.file, error);
      });
      const { made } = output;
      const sums = { frames: (made?.frames ?? 0) + frames, bytes: (made?.bytes ?? 0) + data.byteLength };
      output.made = { profile: name, file: output.file, container, codec, width, height, ...sums };
    }
  }

  async finish(): Promise<TranscodedFile[]> {
    const files: TranscodedFile[] = [];
    for (const { handle, temporary, file, made } of this.#outputs) {
      await handle.close();
      await rename(temporary, file);
      if (made) files.push(made);
    }
    return files;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { handle, temporary } of this.#outputs) {
      await handle.close().catch(() => {});
      await rm(temporary, { force: true });
    }
  }
}

function writeError(where: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (error instanceof EngineError || typeof code !== 'string') return error;
  return code === 'ENOSPC' || code === 'EDQUOT'
    ? new EngineError({
        code: 'disk-full',
        message: `The disk of ${where} is full.`,
        nextStep: 'Free some space, or choose another folder with --out.',
        cause: error,
      })
    : new EngineError({
        code: 'data-dir-unwritable',
        message: `${where} cannot be written (${code}).`,
        nextStep: 'Choose another folder with --out.',
        cause: error,
      });
}
