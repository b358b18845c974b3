import { z } from 'zod';
import type { OwnPause } from '../api/availability.ts';
import type { Clock } from '../base/clock.ts';

/** How the person asked for a pause. */
export interface PauseWish {
  readonly forMs?: number | undefined;
  readonly until?: 'restart' | undefined;
}

/** Where a pause is kept over restarts of the engine; null = none. */
export interface PauseKeeper {
  read(): unknown;
  write(pause: OwnPause | null): void;
}

const KeptSchema = z.object({
  sinceMs: z.number(),
  until: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('time'), atMs: z.number() }),
    z.object({ kind: z.literal('resume') }),
  ]),
});

/** How far the clock may differ from what has passed before it counts as set back, milliseconds. */
const CLOCK_SLACK_MS = 2000;

/** The person's own pause: one at most, kept over restarts unless it was asked for until then. */
export class OwnPauseBook {
  readonly #clock: Clock;
  readonly #keeper: PauseKeeper;
  #pause: OwnPause | null = null;
  /** When a timed pause ends at the latest, monotonic: a clock that is set back does not prolong it. */
  #endsAtMonotonic = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, keeper: PauseKeeper) {
    this.#clock = clock;
    this.#keeper = keeper;
    const kept = KeptSchema.safeParse(keeper.read());
    if (!kept.success) return;
    const { sinceMs, until } = kept.data;
    if (until.kind === 'resume') this.#pause = { sinceMs, until };
    else if (until.atMs > clock.nowMs()) this.#begin(sinceMs, until.atMs - clock.nowMs());
    else keeper.write(null);
  }

  /** The pause as it stands now; one whose time is over is forgotten. */
  current(): OwnPause | null {
    const pause = this.#pause;
    if (pause?.until.kind !== 'time') return pause;
    const nowMs = this.#clock.nowMs();
    const leftMs = Math.min(pause.until.atMs - nowMs, this.#endsAtMonotonic - this.#clock.monotonicMs());
    if (leftMs <= 0) this.end();
    else if (nowMs + leftMs < pause.until.atMs - CLOCK_SLACK_MS) {
      this.#pause = { sinceMs: pause.sinceMs, until: { kind: 'time', atMs: nowMs + leftMs } };
      this.#keeper.write(this.#pause);
    }
    return this.#pause;
  }

  begin({ forMs, until }: PauseWish): void {
    const sinceMs = this.#clock.nowMs();
    if (forMs !== undefined) this.#begin(sinceMs, forMs);
    else this.#pause = { sinceMs, until: { kind: until ?? 'resume' } };
    this.#keeper.write(until === 'restart' ? null : this.#pause);
  }

  end(): void {
    if (this.#pause === null) return;
    this.#pause = null;
    this.#keeper.write(null);
  }

  #begin(sinceMs: number, leftMs: number): void {
    this.#pause = { sinceMs, until: { kind: 'time', atMs: this.#clock.nowMs() + leftMs } };
    this.#endsAtMonotonic = this.#clock.monotonicMs() + leftMs;
  }
}
