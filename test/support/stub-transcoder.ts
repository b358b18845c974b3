import type {
  Capacity,
  IncomingSegment,
  TranscodeJob,
  TranscodeOptions,
  TranscodeResult,
  Transcoder,
} from '../../engine/api/media.ts';
import { DEFAULT_CAPABILITIES } from '../../engine/wire/capabilities.ts';

/** A job whose segment is there. */
export interface WholeJob extends TranscodeJob {
  readonly input: Uint8Array;
}

/** A segment's pieces, a step for each time that some came. */
export async function* piecesOf(input: IncomingSegment): AsyncGenerator<readonly Uint8Array[], void, undefined> {
  const come: (readonly Uint8Array[])[] = [];
  let over: { readonly error?: unknown } | undefined;
  let wake = () => {};
  input.to({
    add: (pieces) => {
      come.push(pieces);
      wake();
    },
    end: () => {
      over = {};
      wake();
    },
    fail: (error) => {
      over = { error };
      wake();
    },
  });
  while (true) {
    const pieces = come.shift();
    if (pieces) yield pieces;
    else if (over && 'error' in over) throw over.error;
    else if (over) return;
    else {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
}

async function wholeOf(input: TranscodeJob['input']): Promise<Uint8Array> {
  if (input instanceof Uint8Array) return input;
  const pieces: Uint8Array[] = [];
  for await (const more of piecesOf(input)) pieces.push(...more);
  return Buffer.concat(pieces);
}

/**
 * Stands in for the media room in tests of the wire only: "transcodes" by naming what it was given. `work` replaces it per test.
 */
export class StubTranscoder implements Transcoder {
  capabilities: readonly number[];
  capacity: Capacity;
  readonly jobs: WholeJob[] = [];
  readonly ended: string[] = [];
  #work: (job: WholeJob, options: TranscodeOptions) => Promise<TranscodeResult>;

  constructor(
    options: {
      readonly sessions?: number;
      readonly capabilities?: readonly number[];
      readonly work?: (job: WholeJob, options: TranscodeOptions) => Promise<TranscodeResult>;
    } = {},
  ) {
    this.capabilities = options.capabilities ?? DEFAULT_CAPABILITIES;
    this.capacity = { sessions: options.sessions ?? 4, source: 'configured', devices: [] };
    this.#work = options.work ?? (async (job) => stubResult(job));
  }

  async transcode(job: TranscodeJob, options: TranscodeOptions): Promise<TranscodeResult> {
    const whole = { ...job, input: await wholeOf(job.input) };
    this.jobs.push(whole);
    return this.#work(whole, options);
  }

  endSession(sessionId: string): void {
    this.ended.push(sessionId);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** A result in the right form: one rendition per profile, its data telling its name and the source's size. */
export function stubResult(job: WholeJob, data?: Uint8Array): TranscodeResult {
  return {
    source: {
      container: 'mpegts',
      codec: 'h264',
      width: 1280,
      height: 720,
      fps: 30,
      durationMs: 2000,
      hasAudio: true,
      frames: 60,
      pixels: 55_296_000,
    },
    renditions: job.profiles.map((profile, index) => {
      const made = data ?? Buffer.from(`${profile.name} made of ${job.input.length} bytes`);
      return {
        name: profile.name,
        container: profile.container,
        codec: profile.codec,
        width: profile.width,
        height: profile.height,
        frames: 60,
        pixels: 13_824_000,
        bytes: made.length,
        data: made,
        ...(job.perceptualHash ? { signature: Uint8Array.of(1, 2, 3, index) } : {}),
      };
    }),
    device: { kind: 'cpu', id: 'cpu', name: 'stub', encoder: 'libx264' },
    waitMs: 0,
    codecMs: 0,
    starvedMs: 0,
  };
}
