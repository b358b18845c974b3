import type { GpuSample, NvencBudget } from '../api/hardware.ts';
import { sleep, untilAborted } from '../base/abort.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { Emitter } from '../base/emitter.ts';
import { EngineError, isAbortError } from '../base/errors.ts';
import { type Log, silentLog } from '../base/log.ts';

/** Counts free sessions while these are open; see `measureNvencSessions`. */
export type MeasureNvenc = (open: {
  readonly ours: number;
  readonly others: number;
  readonly signal: AbortSignal;
}) => Promise<NvencBudget>;

/** What {@link NvencMeter} is made of. */
export interface NvencMeterParameters {
  readonly measure: MeasureNvenc;
  /** What detection has measured already, if it has. */
  readonly initial?: NvencBudget | null;
  readonly clock?: Clock;
  readonly log?: Log;
  /** Milliseconds between measurements while nothing of ours runs. */
  readonly idleIntervalMs?: number;
  /** At least these milliseconds lie between a measurement and one asked for by a refusal. */
  readonly minIntervalMs?: number;
}

/** NVENC sessions set aside for one stream; dispose it when its encoders are closed. */
export interface NvencLease extends Disposable {
  readonly sessions: number;
  /** Call when opening one of the sessions was refused with NVENC error 10: the cap is lower than thought. */
  refused(): void;
}

/**
 * The NVENC budget of this machine: streams are admitted against it, one session per rendition. The cap is never
 * assumed but met, and met anew while running: after a refusal, and now and then while idle. Other programs' sessions
 * come from the driver's count.
 */
export class NvencMeter implements AsyncDisposable {
  readonly #measure: MeasureNvenc;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #idleIntervalMs: number;
  readonly #minIntervalMs: number;
  readonly #stop = new AbortController();
  readonly #changes = new Emitter<NvencBudget>();
  #ours = 0;
  /** Most of ours since the last look at the driver's count, which lags behind: what was ours then is nobody else's. */
  #oursPeak = 0;
  #others = 0;
  #measured: { readonly total: number | null; readonly testedUpTo: number; readonly measuredAtMs: number } | null;
  #measuring: Promise<void> | undefined;
  #loop: Promise<void> | undefined;
  #refusedSinceMeasured = false;
  #attemptedAtMs: number;

  constructor({
    measure,
    initial = null,
    clock = systemClock,
    log = silentLog,
    idleIntervalMs = 30 * 60_000,
    minIntervalMs = 60_000,
  }: NvencMeterParameters) {
    this.#measure = measure;
    this.#measured = initial;
    this.#others = initial === null ? 0 : initial.used - initial.ours;
    this.#clock = clock;
    this.#log = log;
    this.#idleIntervalMs = idleIntervalMs;
    this.#minIntervalMs = minIntervalMs;
    this.#attemptedAtMs = initial?.measuredAtMs ?? Number.NEGATIVE_INFINITY;
  }

  /** The meter to show; null until first measured. */
  get budget(): NvencBudget | null {
    if (this.#measured === null) return null;
    return { ...this.#measured, used: this.#ours + this.#others, ours: this.#ours };
  }

  /** Sessions that may still be opened; null = no limit is known. */
  get free(): number | null {
    const total = this.#measured?.total ?? null;
    return total === null ? null : Math.max(0, total - this.#ours - this.#others);
  }

  /** Begins to measure now and then while idle, and soon after refusals. */
  start(): void {
    this.#loop ??= this.#run();
  }

  /** Tells after each change of the meter. */
  onChange(listener: (budget: NvencBudget) => void): Disposable {
    return this.#changes.on(listener);
  }

  /** Takes the driver's session counts: what is not ours belongs to other programs. */
  observe(samples: readonly GpuSample[]): void {
    const counts = samples.map(({ nvencSessions }) => nvencSessions).filter((count) => count !== null);
    const peak = this.#oursPeak;
    this.#oursPeak = this.#ours;
    // A measurement's own sessions are counted by the driver too: such a reading tells nothing.
    if (counts.length === 0 || this.#measuring !== undefined) return;
    const others = Math.max(0, counts.reduce((sum, count) => sum + count, 0) - peak);
    if (others === this.#others) return;
    this.#others = others;
    this.#changed();
  }

  /**
   * Sets `sessions` aside for a stream (one per rendition). Waits while the cap is being measured. Rejects with
   * `nvenc-sessions-full` when they don't fit, or with the signal's reason.
   */
  async acquire(sessions: number, signal?: AbortSignal): Promise<NvencLease> {
    while (this.#measuring !== undefined) {
      await (signal === undefined ? this.#measuring : untilAborted(this.#measuring, signal));
    }
    signal?.throwIfAborted();
    const free = this.free;
    if (free !== null && free < sessions) {
      throw new EngineError({
        code: 'nvenc-sessions-full',
        message: `The NVIDIA driver allows ${this.#measured?.total} encoder sessions at once, ${this.#ours + this.#others} are in use${this.#others > 0 ? ` (${this.#others} by other programs)` : ''}, and this stream needs ${sessions}.`,
        nextStep:
          this.#others > 0
            ? 'Close other programs that record or stream (OBS, ShadowPlay, Plex), or wait for a stream to end.'
            : 'Wait for a stream to end. A newer NVIDIA driver may allow more sessions.',
      });
    }
    this.#ours += sessions;
    this.#oursPeak = Math.max(this.#oursPeak, this.#ours);
    this.#changed();
    let held = true;
    return {
      sessions,
      refused: () => this.#refused(held ? sessions : 0),
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        this.#ours -= sessions;
        this.#changed();
      },
    };
  }

  /** Measures now; callers share one measurement. Rejects like the measure function. */
  async remeasure(): Promise<void> {
    this.#measuring ??= this.#measureOnce().finally(() => {
      this.#measuring = undefined;
    });
    await this.#measuring;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new EngineError({ code: 'aborted', message: 'The NVENC meter was stopped.' }));
    await this.#loop;
    await this.#measuring?.catch(() => {});
  }

  async #measureOnce(): Promise<void> {
    this.#attemptedAtMs = this.#clock.nowMs();
    const budget = await this.#measure({ ours: this.#ours, others: this.#others, signal: this.#stop.signal });
    this.#measured = { total: budget.total, testedUpTo: budget.testedUpTo, measuredAtMs: budget.measuredAtMs };
    this.#refusedSinceMeasured = false;
    this.#changed();
  }

  /** A session was refused: until measured anew, what is open without that stream is all there is. */
  #refused(sessions: number): void {
    const total = Math.max(0, this.#ours - sessions + this.#others);
    const known = this.#measured?.total ?? null;
    if (known === null || total < known) {
      this.#measured = { total, testedUpTo: total, measuredAtMs: this.#measured?.measuredAtMs ?? this.#clock.nowMs() };
    }
    this.#refusedSinceMeasured = true;
    this.#changed();
  }

  async #run(): Promise<void> {
    try {
      while (true) {
        await sleep(Math.min(this.#minIntervalMs, this.#idleIntervalMs), this.#stop.signal);
        const idle = this.#measured === null || this.#ours === 0;
        const due = this.#refusedSinceMeasured || (idle && this.#clock.nowMs() - this.#attemptedAtMs >= this.#idleIntervalMs);
        if (!due) continue;
        await this.remeasure().catch((error: unknown) => {
          if (!isAbortError(error)) this.#log.warn({ err: error }, 'the NVENC session cap could not be measured');
        });
      }
    } catch {
      // stopped
    }
  }

  #changed(): void {
    const budget = this.budget;
    if (budget !== null) this.#changes.emit(budget);
  }
}
