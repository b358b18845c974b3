import type { Capacity, Rendition, TranscodeJob, TranscodeOptions, TranscodeResult, Transcoder } from '../api/media.ts';
import { deadline, untilAborted } from '../base/abort.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { EngineError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { type DeviceSpec, deviceRef } from './device-spec.ts';
import { DEFAULT_QUARANTINE, DeviceWorker, type QuarantineRules } from './device-worker.ts';
import { mediaError } from './failure.ts';
import { type Session, Sessions } from './sessions.ts';
import type { Transcoded } from './worker/worker-process.ts';

/** Largest segment taken, bytes (reference: transcoder.md §11). */
export const MAX_INPUT_BYTES = 300_000_000;

/** What {@link createTranscoder} needs. */
export interface CreateTranscoderParameters {
  /** At least one; GPUs first, or the CPU alone. */
  readonly devices: readonly DeviceSpec[];
  readonly log: Log;
  readonly clock?: Clock;
  readonly quarantine?: QuarantineRules;
  /** Milliseconds after which an idle session is forgotten; 70 000 when left out. */
  readonly sessionIdleMs?: number;
  /** Lets tests make workers fail. */
  readonly faults?: boolean;
}

/** The `Transcoder` of this machine. */
export class MediaTranscoder implements Transcoder {
  readonly capabilities: readonly number[] = [];
  readonly capacity: Capacity = { sessions: 1, source: 'default', devices: [] };
  readonly #devices: readonly DeviceWorker[];
  readonly #sessions: Sessions;
  readonly #stop = new AbortController();

  constructor({
    devices,
    log,
    clock = systemClock,
    quarantine = DEFAULT_QUARANTINE,
    sessionIdleMs,
    faults = false,
  }: CreateTranscoderParameters) {
    if (devices.length === 0) throw new EngineError({ code: 'gpu-none', message: 'There is no device to transcode on.' });
    this.#devices = devices.map((spec) => new DeviceWorker({ spec, log, clock, quarantine, faults }));
    this.#sessions = new Sessions(this.#devices, sessionIdleMs);
  }

  /** The devices' workers, for tests and the page. */
  get devices(): readonly DeviceWorker[] {
    return this.#devices;
  }

  /** Waits until every worker has loaded FFmpeg. */
  async warm(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#devices.map((device) => device.ready(signal)));
  }

  async transcode(job: TranscodeJob, { signal, timeoutMs }: TranscodeOptions): Promise<TranscodeResult> {
    checkInput(job.input);
    this.#stop.signal.throwIfAborted();
    const session = this.#sessions.enter(job.sessionId, job.profiles, job.reinitialise);
    const called = performance.now();
    using limit = deadline(
      timeoutMs,
      'Transcoding the segment',
      signal ? AbortSignal.any([signal, this.#stop.signal]) : this.#stop.signal,
    );
    const turn = session.tail;
    const work = turn.then(() => this.#run(session, job, called, limit.signal));
    session.tail = work.then(
      () => {},
      () => {},
    );
    try {
      return await untilAborted(work, limit.signal);
    } finally {
      void session.tail.then(() => this.#sessions.leave(session));
    }
  }

  endSession(sessionId: string): void {
    this.#sessions.end(sessionId);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(
      new EngineError({ code: 'aborted', message: 'Transcoding was stopped.', details: { wireText: 'TranscoderStopped' } }),
    );
    this.#sessions[Symbol.dispose]();
    await Promise.all(this.#devices.map((device) => device[Symbol.asyncDispose]()));
  }

  async #run(session: Session, job: TranscodeJob, called: number, signal: AbortSignal): Promise<TranscodeResult> {
    signal.throwIfAborted();
    const { device } = session;
    const { input, ...rest } = job;
    await device.ready(signal);
    const waitMs = performance.now() - called;
    const { answer, buffers } = await device.transcode(rest, input, signal);
    return {
      source: answer.source,
      renditions: renditionsOf(answer, buffers),
      device: deviceRef(device.spec, answer.encoder),
      waitMs,
      codecMs: answer.codecMs,
    };
  }
}

function renditionsOf(answer: Transcoded['answer'], buffers: readonly Uint8Array[]): Rendition[] {
  const left = [...buffers];
  return answer.renditions.map(({ hasSignature, ...rendition }) => {
    const data = left.shift() ?? new Uint8Array();
    const signature = hasSignature ? left.shift() : undefined;
    return { ...rendition, data, ...(signature === undefined ? {} : { signature }) };
  });
}

function checkInput(input: Uint8Array): void {
  if (input.byteLength === 0) {
    throw mediaError('media-empty', 'Invalid data found when processing input', 'The segment is empty.');
  }
  if (input.byteLength > MAX_INPUT_BYTES) {
    throw mediaError('media-too-large', 'input bigger than max buffer size', 'The segment is larger than 300 MB.');
  }
}

/** Starts the workers, waits until they are warm, and returns this machine's transcoder. Dispose it to end them. */
export async function createTranscoder(parameters: CreateTranscoderParameters): Promise<MediaTranscoder> {
  const transcoder = new MediaTranscoder(parameters);
  try {
    using limit = deadline(30_000, 'Starting the transcode workers');
    await transcoder.warm(limit.signal);
    return transcoder;
  } catch (error) {
    await transcoder[Symbol.asyncDispose]();
    throw error;
  }
}
