import type { Capacity, Rendition, TranscodeJob, TranscodeOptions, TranscodeResult, Transcoder } from '../api/media.ts';
import { deadline, untilAborted } from '../base/abort.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { EngineError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { benchmarkClip, benchmarkDevice, type MeasureOptions } from './benchmark.ts';
import { type CapacityLimits, composeCapacity, type DeviceFacts } from './capacity.ts';
import { type DeviceSpec, deviceRef } from './device-spec.ts';
import { DEFAULT_QUARANTINE, DeviceWorker, type QuarantineRules } from './device-worker.ts';
import { mediaError } from './media-error.ts';
import { type Session, Sessions } from './sessions.ts';
import type { Transcoded } from './worker/worker-process.ts';

/** Largest segment taken, bytes (reference: transcoder.md §11). */
export const MAX_INPUT_BYTES = 300_000_000;

const ASSUMED_GPU_SESSIONS = 8;

/** What {@link createTranscoder} needs. */
export interface CreateTranscoderParameters {
  /** At least one; GPUs first, or the CPU alone. */
  readonly devices: readonly DeviceSpec[];
  readonly log: Log;
  readonly clock?: Clock;
  readonly quarantine?: QuarantineRules;
  /** Milliseconds after which an idle session is forgotten; 70 000 when left out. */
  readonly sessionIdleMs?: number;
  /** What bounds the capacity now (the user's number, NVENC sessions, upload); asked each time it is read. */
  readonly limits?: () => CapacityLimits;
  /** Sessions per device id from an earlier benchmark. */
  readonly measured?: Readonly<Record<string, number>>;
  /** Lets tests make workers fail. */
  readonly faults?: boolean;
}

/** The `Transcoder` of this machine. */
export class MediaTranscoder implements Transcoder {
  #capabilities: readonly number[] = [];
  readonly #limits: () => CapacityLimits;
  readonly #measured: Map<string, number>;
  readonly #devices: readonly DeviceWorker[];
  readonly #sessions: Sessions;
  readonly #log: Log;
  readonly #stop = new AbortController();

  constructor({
    devices,
    log,
    clock = systemClock,
    quarantine = DEFAULT_QUARANTINE,
    sessionIdleMs,
    limits = () => ({}),
    measured = {},
    faults = false,
  }: CreateTranscoderParameters) {
    this.#log = log;
    this.#limits = limits;
    this.#measured = new Map(Object.entries(measured));
    if (devices.length === 0) throw new EngineError({ code: 'gpu-none', message: 'There is no device to transcode on.' });
    this.#devices = devices.map((spec) => new DeviceWorker({ spec, log, clock, quarantine, faults }));
    this.#sessions = new Sessions(this.#devices, sessionIdleMs);
  }

  /** The devices' workers, for tests and the page. */
  get devices(): readonly DeviceWorker[] {
    return this.#devices;
  }

  get capabilities(): readonly number[] {
    return this.#capabilities;
  }

  get capacity(): Capacity {
    return this.capacityWithin(this.#limits());
  }

  /** Sessions this machine can take within other bounds than those it was made with. */
  capacityWithin(limits: CapacityLimits): Capacity {
    const facts = this.#devices.map((device): DeviceFacts => {
      const measured = this.#measured.get(device.spec.id);
      return {
        id: device.spec.id,
        kind: device.spec.kind,
        quarantined: device.quarantined,
        assumed: device.spec.kind === 'gpu' ? ASSUMED_GPU_SESSIONS : Math.max(1, Math.floor(device.spec.cores / 2)),
        ...(measured === undefined ? {} : { measured }),
      };
    });
    return composeCapacity(facts, limits);
  }

  /** Sessions per device id as measured so far; keep it and hand it in as `measured` next time. */
  get measured(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#measured);
  }

  /**
   * Runs the capacity benchmark on every device, one after the other; best while no work is running. A device that
   * fails it keeps its old number. Rejects with the signal's reason when cancelled.
   */
  async measureCapacity(options: MeasureOptions): Promise<Capacity> {
    const clip = await benchmarkClip(options.signal);
    for (const device of this.#devices) {
      if (device.quarantined) continue;
      try {
        this.#measured.set(device.spec.id, await benchmarkDevice(device, clip, options));
      } catch (error) {
        options.signal.throwIfAborted();
        this.#log.warn({ device: device.spec.id, err: error }, 'capacity benchmark failed');
      }
    }
    return this.capacity;
  }

  /** Gives a device work or none (a card that was lost or came back); its streams move to the others. Unknown ids are ignored. */
  setUsable(deviceId: string, usable: boolean): void {
    for (const device of this.#devices) {
      if (device.spec.id !== deviceId) continue;
      if (usable) device.restore();
      else device.suspend();
    }
  }

  /** Waits until every worker has loaded FFmpeg and been tried; a device that fails is left to its own recovery. */
  async warm(signal: AbortSignal): Promise<void> {
    const results = await Promise.allSettled(this.#devices.map((device) => device.selfTest(signal)));
    const passed = results.flatMap((result) => (result.status === 'fulfilled' && result.value.length > 0 ? [result.value] : []));
    for (const [index, result] of results.entries()) {
      if (result.status === 'fulfilled' && result.value.length > 0) continue;
      const err = result.status === 'rejected' ? result.reason : undefined;
      this.#log.error({ device: this.#devices[index]?.spec.id, err }, 'device failed its self-test');
      this.#devices[index]?.rest('it failed its self-test');
    }
    const [first, ...others] = passed;
    if (!first) {
      throw new EngineError({
        code: 'media-encoder-failed',
        message: 'No device of this machine passed its transcoding self-test.',
        nextStep: 'Run "siphon doctor"; it says what is missing.',
        cause: results.find((result) => result.status === 'rejected')?.reason,
      });
    }
    // A job may land on any device, so only what all of them can do is advertised.
    this.#capabilities = first.filter((number) => others.every((list) => list.includes(number)));
  }

  async transcode(job: TranscodeJob, { signal, timeoutMs, onProgress }: TranscodeOptions): Promise<TranscodeResult> {
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
    const work = turn.then(() => this.#run(session, job, called, limit.signal, onProgress));
    session.tail = work.then(
      () => {},
      () => {},
    );
    try {
      return await untilAborted(work, limit.signal);
    } catch (error) {
      // As the reference does, an error ends the session: its next segment starts afresh, maybe on another device.
      void session.tail.then(() => this.#sessions.end(session.id, session));
      throw error;
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

  async #run(
    session: Session,
    job: TranscodeJob,
    called: number,
    signal: AbortSignal,
    onProgress?: (doneMs: number) => void,
  ): Promise<TranscodeResult> {
    signal.throwIfAborted();
    const { device } = session;
    const { input, ...rest } = job;
    await device.ready(signal);
    const waitMs = performance.now() - called;
    const { answer, buffers } = await device.transcode(rest, input, signal, onProgress);
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
    throw mediaError('media-empty', 'TranscoderInvalidVideo', 'The segment is empty.');
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
