/** Runs codec work on the pool, at its turn. */
export type Lane = <T>(work: () => Promise<T>) => Promise<T>;

interface Waiting {
  readonly priority: number;
  readonly start: () => void;
}

/**
 * Decides which codec call runs next. As many run at once as there are cores; among those waiting the one with the
 * highest priority goes first, then the one that has waited longest. With priorities by picture size the largest
 * rendition, which takes longest, never waits for the small ones, so that all of a segment's renditions end at about the
 * same time and no core is idle at the end.
 */
export class Lanes {
  #slots: number;
  #running = 0;
  readonly #waiting: Waiting[] = [];

  constructor(slots: number) {
    this.#slots = slots;
  }

  /** Calls that may run at once from now on; those that run already go on. */
  set slots(slots: number) {
    this.#slots = slots;
  }

  /** A lane of one priority; higher goes first. */
  lane(priority: number): Lane {
    return (work) => this.#run(priority, work);
  }

  async #run<T>(priority: number, work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#slots) {
      await new Promise<void>((start) => {
        let at = this.#waiting.length;
        while (at > 0 && (this.#waiting[at - 1]?.priority ?? 0) < priority) at -= 1;
        this.#waiting.splice(at, 0, { priority, start });
      });
    } else this.#running += 1;
    try {
      return await work();
    } finally {
      // Not at once: first whoever just finished may ask for its next call, which often is the one to go first.
      setImmediate(this.#handOver);
    }
  }

  readonly #handOver = (): void => {
    this.#running -= 1;
    while (this.#running < this.#slots) {
      const next = this.#waiting.shift();
      if (!next) return;
      this.#running += 1;
      next.start();
    }
  };
}
