import type { OutputListener, TranscodeJob } from '../../api/media.ts';
import { EngineError } from '../../base/errors.ts';
import { encoderFor } from '../encoder-plan.ts';
import { type Device, openDevice } from '../ffmpeg/device.ts';
import type { GrowingBytes } from '../ffmpeg/growing-bytes.ts';
import { Lanes } from '../ffmpeg/lanes.ts';
import { transcodeSegment } from '../ffmpeg/pipeline.ts';
import { testCapabilities } from '../ffmpeg/self-test.ts';
import { Starvation } from '../ffmpeg/starvation.ts';
import { threadBudget } from '../ffmpeg/threads.ts';
import { WarmStore } from '../ffmpeg/warm-store.ts';
import { poolThreads } from './environment.ts';
import type { TranscodeAnswer, WorkerSetup } from './protocol.ts';
import { Turns } from './turns.ts';

const MAX_WARM_SESSIONS = 64;

/** A segment waits at least so long for its turn, milliseconds, however short it is. */
const MIN_PATIENCE_MS = 1000;

interface WarmSession {
  readonly store: WarmStore;
  running: number;
  ended: boolean;
}

/** A worker's transcoding: its device, and the jobs that run on it. */
export class TranscodeService {
  readonly #device: Device;
  readonly #cores: number;
  readonly #lanes: Lanes;
  readonly #turns: Turns;
  readonly #sessions = new Map<string, WarmSession>();
  readonly #running = new Map<number, AbortController>();

  /** Opens the device. Throws FFmpeg's error when it can't be used. */
  constructor({ device, cores }: WorkerSetup) {
    this.#device = openDevice(device);
    this.#cores = cores;
    // A GPU's calls mostly wait for the card; they need no order among them.
    const slots = device === 'gpu' ? poolThreads(device, cores) : cores + 1;
    this.#lanes = new Lanes({ cores: device === 'gpu' ? slots : cores, slots });
    // One more than there are cores, so that none is idle while a segment begins or ends.
    this.#turns = new Turns(device === 'gpu' ? Number.POSITIVE_INFINITY : cores + 1);
  }

  /** Runs one job, its renditions going to `output`; rejects with any error, to be mapped by the caller. */
  async run(
    id: number,
    job: Omit<TranscodeJob, 'input'>,
    input: GrowingBytes,
    output: OutputListener,
    onProgress?: (doneMs: number) => void,
  ): Promise<TranscodeAnswer> {
    const controller = new AbortController();
    const { signal } = controller;
    // Nothing waits for the bytes of a job that was given up.
    signal.addEventListener('abort', () => input.fail(signal.reason), { once: true });
    this.#running.set(id, controller);
    const begun = performance.now();
    const session = this.#enter(job.sessionId, job.reinitialise);
    const starvation = new Starvation();
    try {
      using _turn = await this.#turn(input, starvation, signal, Math.max(MIN_PATIENCE_MS, job.durationMs));
      this.#share();
      const result = await transcodeSegment(
        job,
        { bytes: input, starvation },
        {
          device: this.#device,
          threads: threadBudget(this.#cores, this.#turns.inside),
          lanes: this.#lanes,
          signal,
          warm: session.store,
          output,
          ...(onProgress === undefined ? {} : { onProgress }),
        },
      );
      const renditions = job.profiles.flatMap(({ name, container, codec }, index) => {
        const numbers = result.renditions[index];
        return numbers ? [{ name, container, codec, ...numbers }] : [];
      });
      const codec = job.profiles[0]?.codec ?? 'h264';
      return {
        source: result.source,
        renditions,
        encoder: encoderFor(codec, this.#device.kind) ?? 'none',
        codecMs: performance.now() - begun - starvation.ms,
        starvedMs: starvation.ms,
      };
    } finally {
      this.#running.delete(id);
      this.#share();
      this.#leave(job.sessionId, session);
    }
  }

  /**
   * A place for a segment, from its first bytes on: at once while the others are still coming if there is one to spare, else when they
   * are there.
   */
  async #turn(bytes: GrowingBytes, starvation: Starvation, signal: AbortSignal, patienceMs: number): Promise<Disposable> {
    if (!bytes.ended) {
      await starvation.wait(() => bytes.until(1));
      const all = bytes.until(Number.POSITIVE_INFINITY);
      const early = this.#turns.early();
      if (early) {
        all.then(early.complete, () => {});
        return early;
      }
      await starvation.wait(() => all);
    }
    return this.#turns.take(signal, patienceMs);
  }

  /** Capability numbers this device really serves. */
  selfTest(): Promise<number[]> {
    return testCapabilities(this.#device);
  }

  /** Stops a job; it rejects soon with `aborted`. */
  cancel(id: number): void {
    this.#running.get(id)?.abort(new EngineError({ code: 'aborted', message: 'The segment was given up.' }));
  }

  /** Frees what is kept warm for a session, once its running segment has ended. */
  endSession(sessionId: string): void {
    const session = this.#sessions.get(sessionId);
    if (!session) return;
    this.#sessions.delete(sessionId);
    session.ended = true;
    if (session.running === 0) session.store[Symbol.dispose]();
  }

  /**
   * Calls handed to the pool at once on a CPU: one more than its threads, and one more for each further segment, so that a thread that
   * is done has its next call without waiting for JavaScript. Not many more: what lies in the pool's queue has no priority.
   */
  #share(): void {
    if (this.#device.kind === 'cpu') this.#lanes.slots = this.#cores + Math.min(this.#cores + 1, Math.max(1, this.#turns.inside));
  }

  #enter(sessionId: string, reinitialise: boolean): WarmSession {
    if (reinitialise) this.endSession(sessionId);
    const session = this.#sessions.get(sessionId) ?? { store: new WarmStore(), running: 0, ended: false };
    this.#sessions.set(sessionId, session);
    session.running += 1;
    return session;
  }

  #leave(sessionId: string, session: WarmSession): void {
    session.running -= 1;
    if (session.running > 0) return;
    if (session.ended) session.store[Symbol.dispose]();
    // A forgotten session can't pile up here: beyond the bound the oldest idle one is freed.
    if (this.#sessions.size <= MAX_WARM_SESSIONS) return;
    const oldest = [...this.#sessions].find(([id, { running }]) => running === 0 && id !== sessionId);
    if (oldest) this.endSession(oldest[0]);
  }
}
