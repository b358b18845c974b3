import type { GpuSample } from '../api/hardware.ts';
import { sleep } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { isAbortError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Config } from '../config/schema.ts';
import type { GpuProcess } from '../gpu/gpu-processes.ts';
import { useByOthers } from './card-use.ts';
import type { CardUse, NeededCard } from './facts.ts';
import { NOT_SUSTAINED, type Sustained, sustain } from './hysteresis.ts';

/** How often cards are looked at, milliseconds. */
const INTERVAL_MS = 5000;

/** A card that work of ours may run on. */
export interface WatchedCard {
  readonly uuid: string;
  /** As `nvidia-smi` counts. */
  readonly index: number;
  /** Streams of ours on it now. */
  readonly streams: number;
  readonly sample: GpuSample | null;
}

/** What a {@link CardUseWatch} works with. */
export interface CardUseWatchParameters {
  readonly settings: () => Config['availability']['gpuNeeded'];
  readonly cards: () => readonly WatchedCard[];
  readonly processes: (signal: AbortSignal) => Promise<readonly GpuProcess[]>;
  /** Whether a process is this engine's own. */
  readonly isOurs: (pid: number) => Promise<boolean>;
  readonly clock: Clock;
  readonly log: Log;
  readonly onChange: () => void;
  readonly intervalMs?: number;
}

/**
 * Notices cards that other programs need for a while. The driver's list of processes is only asked for while a card is busy at
 * all, so an idle machine is not polled for it.
 */
export class CardUseWatch implements AsyncDisposable {
  readonly #parameters: CardUseWatchParameters;
  readonly #stop = new AbortController();
  readonly #states = new Map<string, { sustained: Sustained; use: CardUse }>();
  #unknown: string | undefined;
  #loop: Promise<void> | undefined;

  constructor(parameters: CardUseWatchParameters) {
    this.#parameters = parameters;
  }

  /** Cards that others need now. */
  get needed(): readonly NeededCard[] {
    return [...this.#states].flatMap(([uuid, { sustained, use }]) => (sustained.active ? [{ uuid, ...use }] : []));
  }

  /** Why nothing can be told; undefined = it can. */
  get unknown(): string | undefined {
    return this.#unknown;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new DOMException('The watch over the cards was stopped.', 'AbortError'));
    await this.#loop;
  }

  /** Looks once; for the loop, and for tests. */
  async look(signal: AbortSignal): Promise<void> {
    const { settings, cards, clock, onChange } = this.#parameters;
    const { enabled, abovePercent, afterSeconds, resumeAfterSeconds } = settings();
    const watched = enabled ? cards() : [];
    for (const uuid of this.#states.keys()) if (!watched.some((card) => card.uuid === uuid)) this.#states.delete(uuid);
    const busy = watched.filter(({ sample }) => loadOf(sample) >= abovePercent);
    const uses = busy.length > 0 ? await this.#uses(busy, signal) : new Map<string, CardUse>();
    for (const { uuid, sample } of watched) {
      const before = this.#states.get(uuid) ?? { sustained: NOT_SUSTAINED, use: { percent: null } };
      const use = uses?.get(uuid) ?? { percent: loadOf(sample) < abovePercent ? 0 : null };
      const seen = use.percent === null || sample === null ? undefined : use.percent >= abovePercent;
      const limits = { afterMs: afterSeconds * 1000, clearMs: resumeAfterSeconds * 1000 };
      const sustained = sustain(before.sustained, seen, clock.monotonicMs(), limits);
      // While it is active but quiet now, the words stay those of the use that made it so.
      this.#states.set(uuid, { sustained, use: seen === true || !sustained.active ? use : before.use });
    }
    onChange();
  }

  async #uses(busy: readonly WatchedCard[], signal: AbortSignal): Promise<ReadonlyMap<string, CardUse> | undefined> {
    const { processes, isOurs, log } = this.#parameters;
    try {
      const listed = await processes(signal);
      const pids = [...new Set(listed.map(({ pid }) => pid))];
      const ours = new Set((await Promise.all(pids.map(async (pid) => ((await isOurs(pid)) ? [pid] : [])))).flat());
      this.#unknown = undefined;
      return new Map(
        busy.map(({ uuid, index, streams, sample }) => {
          const load = { corePercent: sample?.utilisationPercent ?? null, encoderPercent: sample?.encoderPercent ?? null };
          const own = listed.filter(({ gpuIndex }) => gpuIndex === index);
          return [uuid, useByOthers(own, (pid) => ours.has(pid), load, streams)];
        }),
      );
    } catch (error) {
      if (isAbortError(error)) throw error;
      if (this.#unknown === undefined) log.warn({ err: error }, 'the programs that use the GPUs could not be listed');
      this.#unknown = 'The driver does not tell which programs use the GPU.';
      return undefined;
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.look(signal);
      } catch (error) {
        if (!isAbortError(error)) this.#parameters.log.warn({ err: error }, 'looking at the use of the GPUs failed');
      }
      await sleep(this.#parameters.intervalMs ?? INTERVAL_MS, signal).catch(() => {});
    }
  }
}

/** How busy a card is with everything, percent; unknown counts as idle. */
function loadOf(sample: GpuSample | null): number {
  return Math.max(sample?.utilisationPercent ?? 0, sample?.encoderPercent ?? 0);
}
