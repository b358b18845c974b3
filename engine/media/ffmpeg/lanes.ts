/** Runs codec work on the pool, at its turn. */
export type Lane = <T>(work: () => Promise<T>) => Promise<T>;

/** What the calls of a lane make, one after the other; says when it is their turn. */
export interface LaneWork {
  /** How much is left to do, in whatever unit all works of these lanes share. */
  remaining(): number;
  /** Cores one of its calls fills. */
  readonly threads: number;
  /** When its segment should be through, milliseconds of `performance.now()`. */
  readonly dueMs: number;
  /** Place among its segment's works, in which their results are sent. */
  readonly place: number;
}

interface Waiting {
  /** None goes before all others. */
  readonly work: LaneWork | undefined;
  readonly start: () => void;
}

/**
 * Decides which codec call runs next. Of those waiting it is
 *
 * 1. one that everything else waits for;
 * 2. one whose work, left alone, would take as long as everything that is left on all cores: if it waited, cores would be idle at the end;
 * 3. one of the segment that is due first, and of that the rendition that is sent first, so that it is on its way when the last one ends.
 *
 * Within a work, calls go in their order.
 */
export class Lanes {
  readonly #cores: number;
  #slots: number;
  #running = 0;
  readonly #waiting: Waiting[] = [];
  /** Works with calls that wait or run, and how many. */
  readonly #present = new Map<LaneWork, number>();

  /** `cores` that the calls share; `slots` calls that may run at once. */
  constructor({ cores, slots }: { readonly cores: number; readonly slots: number }) {
    this.#cores = cores;
    this.#slots = slots;
  }

  /** Calls that may run at once from now on; those that run already go on. */
  set slots(slots: number) {
    this.#slots = slots;
  }

  /** A lane for calls that everything else waits for; they go before all others. */
  first(): Lane {
    return (call) => this.#run(undefined, call);
  }

  lane(work: LaneWork): Lane {
    return (call) => this.#run(work, call);
  }

  async #run<T>(work: LaneWork | undefined, call: () => Promise<T>): Promise<T> {
    this.#count(work, 1);
    if (this.#running >= this.#slots) await new Promise<void>((start) => this.#waiting.push({ work, start }));
    else this.#running += 1;
    try {
      return await call();
    } finally {
      // Not at once: first whoever just finished may ask for its next call, which often is the one to go first.
      setImmediate(() => this.#handOver(work));
    }
  }

  #handOver(done: LaneWork | undefined): void {
    this.#count(done, -1);
    this.#running -= 1;
    while (this.#running < this.#slots && this.#waiting.length > 0) {
      const [next] = this.#waiting.splice(this.#next(), 1);
      this.#running += 1;
      next?.start();
    }
  }

  #count(work: LaneWork | undefined, change: number): void {
    if (!work) return;
    const calls = (this.#present.get(work) ?? 0) + change;
    if (calls > 0) this.#present.set(work, calls);
    else this.#present.delete(work);
  }

  /** Index of the waiting call whose turn it is. */
  #next(): number {
    let total = 0;
    for (const work of this.#present.keys()) total += work.remaining();
    let best = 0;
    let mostPressing = -1;
    for (const [index, { work }] of this.#waiting.entries()) {
      if (!work) return index;
      const alone = work.remaining() / work.threads;
      // Of two that must not wait the longer one; 0 for all that may.
      const pressing = alone * this.#cores >= total ? alone : 0;
      const { work: chosen } = this.#waiting[best] ?? {};
      if (pressing > mostPressing || (pressing === mostPressing && chosen && isSooner(work, chosen))) {
        best = index;
        mostPressing = pressing;
      }
    }
    return best;
  }
}

function isSooner(one: LaneWork, other: LaneWork): boolean {
  return one.dueMs === other.dueMs ? one.place < other.place : one.dueMs < other.dueMs;
}
