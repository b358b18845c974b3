import type { Lane } from './lanes.ts';

/** Measures how long a segment could do nothing but wait for its own bytes, milliseconds. */
export class Starvation {
  #working = 0;
  #waiting = 0;
  #since: number | undefined;
  #ms = 0;

  get ms(): number {
    return this.#ms + (this.#since === undefined ? 0 : performance.now() - this.#since);
  }

  /** A lane whose calls count as work. */
  lane(lane: Lane): Lane {
    return (work) => this.#counted(1, 0, () => lane(work));
  }

  /** Waits for bytes. */
  wait<T>(coming: () => Promise<T>): Promise<T> {
    return this.#counted(0, 1, coming);
  }

  async #counted<T>(work: number, wait: number, run: () => Promise<T>): Promise<T> {
    this.#change(work, wait);
    try {
      return await run();
    } finally {
      this.#change(-work, -wait);
    }
  }

  #change(work: number, wait: number): void {
    this.#working += work;
    this.#waiting += wait;
    const starving = this.#waiting > 0 && this.#working === 0;
    if (starving && this.#since === undefined) this.#since = performance.now();
    else if (!starving && this.#since !== undefined) {
      this.#ms += performance.now() - this.#since;
      this.#since = undefined;
    }
  }
}
