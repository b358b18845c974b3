import type {
  Capacity,
  IncomingSegment,
  Rendition,
  SegmentSink,
  TranscodeJob,
  TranscodeOptions,
  TranscodeResult,
  Transcoder,
} from '../api/media.ts';
import { deadline, sleep, untilAborted } from '../base/abort.ts';
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

/** How often a device that goes is looked at for running segments, milliseconds. */
const DRAIN_LOOK_MS = 50;

/** What {@link createTranscoder} needs. */
export interface CreateTranscoderParameters {
  /** GPUs first, or the CPU alone; none = devices come later, with {@link MediaTranscoder.add}. */
  readonly devices: readonly DeviceSpec[];
  readonly log: Log;
  readonly clock?: Clock;
  readonly quarantine?: QuarantineRules;
  /** Milliseconds after which an idle session is forgotten; 70 000 when left out. */
  readonly sessionIdleMs?: number;
  /** What bounds the capacity now (the user's number, NVENC sessions, upload); asked each time it is read. */
  readonly limits?: () => CapacityLimits;
  /** The user's own number of sessions for a device; asked each time. */
  readonly sessionLimit?: (deviceId: string) => number | undefined;
  /** Sessions per device id from an earlier benchmark. */
  readonly measured?: Readonly<Record<string, number>>;
  /** Lets tests make workers fail. */
  readonly faults?: boolean;
}

/** The `Transcoder` of this machine. */
export class MediaTranscoder implements Transcoder {
  /** What each device's self-test passed: the protocol's capability numbers. */
  readonly #passed = new Map<DeviceWorker, readonly number[]>();
  readonly #make: (spec: DeviceSpec) => DeviceWorker;
  readonly #sessionLimit: (deviceId: string) => number | undefined;
  readonly #limits: () => CapacityLimits;
  readonly #measured: Map<string, number>;
  readonly #devices: DeviceWorker[];
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
    sessionLimit = () => undefined,
    measured = {},
    faults = false,
  }: CreateTranscoderParameters) {
    this.#log = log;
    this.#limits = limits;
    this.#measured = new Map(Object.entries(measured));
    this.#sessionLimit = sessionLimit;
    this.#make = (spec) => new DeviceWorker({ spec, log, clock, quarantine, faults });
    this.#devices = devices.map(this.#make);
    this.#sessions = new Sessions(this.#devices, sessionIdleMs, sessionLimit);
  }

  /** The devices' workers, for tests and the page. */
  get devices(): readonly DeviceWorker[] {
    return this.#devices;
  }

  /** What all devices together can do: a job may land on any, so only what each of them can do counts. */
  get capabilities(): readonly number[] {
    const [first, ...others] = this.#devices.flatMap((device) => {
      const passed = this.#passed.get(device);
      return passed === undefined || device.suspended ? [] : [passed];
    });
    return (first ?? []).filter((number) => others.every((list) => list.includes(number)));
  }

  get capacity(): Capacity {
    return this.capacityWithin(this.#limits());
  }

  /** Sessions this machine can take within other bounds than those it was made with. */
  capacityWithin(limits: CapacityLimits): Capacity {
    // A device that goes (or is lost) is none of the machine's capacity any more.
    const facts = this.#devices
      .filter(({ suspended }) => !suspended)
      .map((device): DeviceFacts => {
        const measured = this.#measured.get(device.spec.id);
        const configured = this.#sessionLimit(device.spec.id);
        return {
          id: device.spec.id,
          kind: device.spec.kind,
          quarantined: device.quarantined,
          assumed: device.spec.kind === 'gpu' ? ASSUMED_GPU_SESSIONS : Math.max(1, Math.floor(device.spec.cores / 2)),
          ...(measured === undefined ? {} : { measured }),
          ...(configured === undefined ? {} : { configured }),
        };
      });
    return composeCapacity(facts, limits);
  }

  /** Sessions per device id as measured so far; keep it and hand it in as `measured` next time. */
  get measured(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#measured);
  }

  /**
   * Runs the capacity benchmark on every device (or those with an id of `only`), one after the other; best while no work is
   * running. A device that fails it keeps its old number. Rejects with the signal's reason when cancelled.
   */
  async measureCapacity(options: MeasureOptions, only?: readonly string[]): Promise<Capacity> {
    const clip = await benchmarkClip(options.signal);
    for (const device of [...this.#devices]) {
      if (device.quarantined || only?.includes(device.spec.id) === false) continue;
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

  /**
   * Takes one more device: starts its worker and tries it, then gives it work. `measured`: its sessions by an earlier benchmark.
   * @throws what the self-test failed with; then there is no such device and no process
   */
  async add(spec: DeviceSpec, signal: AbortSignal, measured?: number): Promise<void> {
    if (measured !== undefined) this.#measured.set(spec.id, measured);
    const device = this.#make(spec);
    device.suspend();
    this.#devices.push(device);
    try {
      const passed = await device.selfTest(signal);
      if (passed.length === 0) {
        throw new EngineError({ code: 'media-encoder-failed', message: `${spec.name} failed its transcoding self-test.` });
      }
      this.#passed.set(device, passed);
      device.restore();
    } catch (error) {
      await this.#release(device);
      throw error;
    }
  }

  /**
   * Takes a device out: it gets no more segments, those that run end (or are given up when `signal` aborts), its streams go on
   * with the others, and its worker process ends. Unknown ids are ignored.
   */
  async remove(deviceId: string, signal: AbortSignal): Promise<void> {
    for (const device of this.#devices.filter(({ spec }) => spec.id === deviceId)) {
      device.suspend();
      while (this.#sessions.isBusy(device) && !signal.aborted) await sleep(DRAIN_LOOK_MS, signal).catch(() => {});
      await this.#release(device);
    }
  }

  /** Streams that a device carries now. */
  streamsOn(deviceId: string): number {
    return this.#devices.reduce((sum, device) => sum + (device.spec.id === deviceId ? this.#sessions.countOn(device) : 0), 0);
  }

  async #release(device: DeviceWorker): Promise<void> {
    const at = this.#devices.indexOf(device);
    if (at >= 0) this.#devices.splice(at, 1);
    this.#passed.delete(device);
    this.#sessions.leaveDevice(device);
    await device[Symbol.asyncDispose]();
  }

  /** Waits until every worker has loaded FFmpeg and been tried; a device that fails is left to its own recovery. */
  async warm(signal: AbortSignal): Promise<void> {
    const results = await Promise.allSettled(this.#devices.map((device) => device.selfTest(signal)));
    for (const [index, result] of results.entries()) {
      const device = this.#devices[index];
      if (!device) continue;
      if (result.status === 'fulfilled' && result.value.length > 0) {
        this.#passed.set(device, result.value);
        continue;
      }
      const err = result.status === 'rejected' ? result.reason : undefined;
      this.#log.error({ device: device.spec.id, err }, 'device failed its self-test');
      device.rest('it failed its self-test');
    }
    if (this.#passed.size === 0 && this.#devices.length > 0) {
      throw new EngineError({
        code: 'media-encoder-failed',
        message: 'No device of this machine passed its transcoding self-test.',
        nextStep: 'Run "siphon doctor"; it says what is missing.',
        cause: results.find((result) => result.status === 'rejected')?.reason,
      });
    }
  }

  async transcode(job: TranscodeJob, { signal, timeoutMs, ...telling }: TranscodeOptions): Promise<TranscodeResult> {
    if (job.input instanceof Uint8Array) checkSize(job.input.byteLength);
    this.#stop.signal.throwIfAborted();
    const session = this.#sessions.enter(job.sessionId, job.profiles, job.reinitialise);
    const called = performance.now();
    using limit = deadline(
      timeoutMs,
      'Transcoding the segment',
      signal ? AbortSignal.any([signal, this.#stop.signal]) : this.#stop.signal,
    );
    const turn = session.tail;
    const input = new CheckedInput(job.input);
    let begun = false;
    let failed = false;
    const work = turn.then(() => {
      limit.signal.throwIfAborted();
      begun = true;
      return this.#run(session, job, input, called, limit.signal, telling);
    });
    session.tail = work.then(
      () => {},
      () => {},
    );
    try {
      return await untilAborted(work, limit.signal);
    } catch (error) {
      failed = true;
      throw error;
    } finally {
      void session.tail.then(() => {
        this.#sessions.leave(session);
        // As the reference does, an error ends the session: its next segment starts afresh, maybe on another device. A segment that
        // never came, or was not tried, says nothing about it.
        if (failed && begun && !input.broken) this.#sessions.end(session.id, session);
      });
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
    input: CheckedInput,
    called: number,
    signal: AbortSignal,
    telling: Pick<TranscodeOptions, 'onProgress' | 'output'>,
  ): Promise<TranscodeResult> {
    const device = this.#sessions.place(session, job.profiles);
    const { input: _, ...rest } = job;
    await device.ready(signal);
    const waitMs = performance.now() - called;
    const { answer, outputs } = await device.transcode(rest, input.source, signal, telling);
    return {
      source: answer.source,
      renditions: renditionsOf(answer, outputs),
      device: deviceRef(device.spec, answer.encoder),
      waitMs,
      codecMs: answer.codecMs,
      starvedMs: answer.starvedMs,
    };
  }
}

function renditionsOf(answer: Transcoded['answer'], outputs: Transcoded['outputs']): Rendition[] {
  return answer.renditions.map((rendition, index) => {
    const { pieces = [], signature } = outputs[index] ?? {};
    let whole: Uint8Array | undefined;
    return {
      ...rendition,
      bytes: pieces.reduce((sum, { length }) => sum + length, 0),
      get data() {
        whole ??= pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
        return whole;
      },
      ...(signature === undefined ? {} : { signature }),
    };
  });
}

function checkSize(bytes: number): void {
  if (bytes === 0) throw mediaError('media-empty', 'TranscoderInvalidVideo', 'The segment is empty.');
  checkBound(bytes);
}

function checkBound(bytes: number): void {
  if (bytes <= MAX_INPUT_BYTES) return;
  throw mediaError('media-too-large', 'input bigger than max buffer size', 'The segment is larger than 300 MB.');
}

/** A job's segment within its bounds. */
class CheckedInput {
  readonly source: Uint8Array | IncomingSegment;
  /** It broke off on its way. */
  broken = false;

  constructor(input: Uint8Array | IncomingSegment) {
    this.source = input instanceof Uint8Array ? input : { to: (sink) => this.#check(input, sink) };
  }

  #check(input: IncomingSegment, sink: SegmentSink): void {
    let bytes = 0;
    let refused = false;
    const check = (ended: boolean): boolean => {
      if (refused) return false;
      try {
        if (ended) checkSize(bytes);
        else checkBound(bytes);
        return true;
      } catch (error) {
        refused = true;
        sink.fail(error);
        return false;
      }
    };
    input.to({
      add: (pieces) => {
        for (const piece of pieces) bytes += piece.byteLength;
        if (check(false)) sink.add(pieces);
      },
      end: () => {
        if (check(true)) sink.end();
      },
      fail: (error) => {
        if (refused) return;
        this.broken = true;
        sink.fail(error);
      },
    });
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
