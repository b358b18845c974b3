import type { TranscodeJob, TranscodeOptions } from '../api/media.ts';
import { sleep, untilAborted } from '../base/abort.ts';
import { Backoff } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { EngineError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { type DeviceSpec, GPU_WORKER_CORES } from './device-spec.ts';
import { type Transcoded, WorkerProcess } from './worker/worker-process.ts';

/** When a device is taken out of service, and for how long. */
export interface QuarantineRules {
  /** Failures in a row (crashes, hangs, encoder failures) that quarantine it. */
  readonly failures: number;
  readonly firstMs: number;
  readonly maxMs: number;
}

export const DEFAULT_QUARANTINE: QuarantineRules = { failures: 3, firstMs: 30_000, maxMs: 600_000 };

/** Milliseconds a worker gets to stop a job before it counts as hung. */
const STOP_GRACE_MS = 1500;
const RESTART_BACKOFF = { initialMs: 100, factor: 2, maxMs: 30_000, jitter: 0.2 };

/** What a {@link DeviceWorker} works with. */
export interface DeviceWorkerParameters {
  readonly spec: DeviceSpec;
  readonly log: Log;
  readonly clock: Clock;
  readonly quarantine: QuarantineRules;
  readonly faults: boolean;
}

/** One device and its worker process: kept running, replaced when it fails, rested when it keeps failing. */
export class DeviceWorker implements AsyncDisposable {
  readonly spec: DeviceSpec;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #rules: QuarantineRules;
  readonly #faults: boolean;
  readonly #stop = new AbortController();
  readonly #restart = new Backoff(RESTART_BACKOFF);
  #worker: WorkerProcess;
  #next: Promise<void> = Promise.resolve();
  #failures = 0;
  #quarantines = 0;
  #quarantinedUntil = 0;
  #suspended = false;

  constructor({ spec, log, clock, quarantine, faults }: DeviceWorkerParameters) {
    this.spec = spec;
    this.#log = log.child({ device: spec.id });
    this.#clock = clock;
    this.#rules = quarantine;
    this.#faults = faults;
    this.#worker = this.#start();
  }

  /** Process id of the current worker. */
  get pid(): number | undefined {
    return this.#worker.pid;
  }

  /** True while the device gets no work: resting after failing again and again, or suspended. */
  get quarantined(): boolean {
    return this.#suspended || this.#clock.monotonicMs() < this.#quarantinedUntil;
  }

  /** Gives the device no work until {@link restore}; its worker stays, since the card may come back. */
  suspend(): void {
    this.#suspended = true;
  }

  restore(): void {
    this.#suspended = false;
  }

  /** True while {@link suspend} holds. */
  get suspended(): boolean {
    return this.#suspended;
  }

  /** Waits until the worker is ready to take a job. */
  async ready(signal: AbortSignal): Promise<void> {
    await untilAborted(this.#next, signal);
    await this.#worker.started(signal);
  }

  /**
   * Runs one job. When `signal` aborts the worker is told to stop; one that doesn't is killed (`worker-hung`) together
   * with the other jobs it was running, and replaced.
   */
  async transcode(
    job: Omit<TranscodeJob, 'input'>,
    input: TranscodeJob['input'],
    signal: AbortSignal,
    options: Pick<TranscodeOptions, 'onProgress' | 'output'> = {},
  ): Promise<Transcoded> {
    await this.ready(signal);
    const worker = this.#worker;
    const run = worker.transcode(job, input, { ...options, signal });
    const onAbort = () => {
      const timer = setTimeout(() => {
        worker.kill(
          new EngineError({
            code: 'worker-hung',
            message: 'The transcode worker stopped answering and was replaced.',
            nextStep: 'If this repeats, update the GPU driver.',
            details: { stderr: worker.stderrTail },
          }),
        );
      }, STOP_GRACE_MS);
      run.finally(() => clearTimeout(timer)).catch(() => {});
    };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const result = await run;
      this.#healthy();
      return result;
    } catch (error) {
      this.#note(error);
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Tries what the device can do; the protocol's capability numbers. */
  async selfTest(signal: AbortSignal): Promise<readonly number[]> {
    await this.ready(signal);
    return untilAborted(this.#worker.selfTest(), signal);
  }

  endSession(sessionId: string): void {
    this.#worker.endSession(sessionId);
  }

  /** Makes the worker fail; tests only. */
  fault(fault: 'crash' | 'hang'): void {
    this.#worker.fault(fault);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new EngineError({ code: 'aborted', message: 'Transcoding was stopped.' }));
    await this.#worker[Symbol.asyncDispose]();
    await this.#next.catch(() => {});
    await this.#worker[Symbol.asyncDispose]();
  }

  #start(): WorkerProcess {
    const { spec } = this;
    const worker = new WorkerProcess({
      device: spec.kind,
      cores: spec.kind === 'cpu' ? spec.cores : GPU_WORKER_CORES,
      ...(spec.kind === 'gpu' ? { gpuUuid: spec.id } : {}),
      faults: this.#faults,
    });
    void worker.exited.then(() => this.#replace(worker));
    return worker;
  }

  #replace(lost: WorkerProcess): void {
    if (this.#stop.signal.aborted || lost !== this.#worker) return;
    this.#failed();
    const rest = Math.max(this.#restart.next(), this.#quarantinedUntil - this.#clock.monotonicMs());
    this.#log.warn({ stderr: lost.stderrTail, restartInMs: Math.round(rest) }, 'transcode worker lost');
    this.#next = sleep(rest, this.#stop.signal).then(() => {
      this.#worker = this.#start();
    });
    this.#next.catch(() => {});
  }

  #healthy(): void {
    this.#failures = 0;
    this.#quarantines = 0;
    this.#restart.reset();
  }

  /**
   * Encoder failures count against a GPU; on a CPU they are the profile's fault. A lost worker counts once, when it is
   * replaced, however many jobs it took with it.
   */
  #note(error: unknown): void {
    const code = error instanceof EngineError ? error.code : undefined;
    if (this.spec.kind === 'gpu' && (code === 'media-encoder-failed' || code === 'gpu-lost')) this.#failed();
  }

  #failed(): void {
    this.#failures += 1;
    if (this.#failures >= this.#rules.failures && !this.quarantined) this.rest('it failed repeatedly');
  }

  /** Takes the device out of service for a while, longer each time, and gives it a fresh worker afterwards. */
  rest(why: string): void {
    if (this.quarantined) return;
    const rest = Math.min(this.#rules.maxMs, this.#rules.firstMs * 2 ** this.#quarantines);
    this.#quarantines += 1;
    // After the rest one more failure is enough to rest again, longer.
    this.#failures = this.#rules.failures - 1;
    this.#quarantinedUntil = this.#clock.monotonicMs() + rest;
    this.#log.error({ why, restMs: rest }, 'device quarantined');
    // A GPU that was lost stays lost for the process that had it; after the rest a new one tries.
    this.#worker.kill(
      new EngineError({
        code: 'gpu-quarantined',
        message: 'The device failed repeatedly and rests for a while.',
        nextStep: 'It is tried again by itself; see the log for the reason.',
        details: { stderr: this.#worker.stderrTail },
      }),
    );
  }
}
