/** The place of a segment that came in early. */
export interface EarlyTurn extends Disposable {
  /** All its bytes are there: from now on it counts like the others. */
  complete(): void;
}

/**
 * Lets a few segments in at once, the others in the order they came. On a CPU more segments than fill its cores only take each other's
 * cache and make all of them late; one after the other they are through sooner, and no later than side by side.
 */
export class Turns {
  readonly #places: number;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;
  /** Those that are in while their bytes are still coming. */
  #early = 0;

  constructor(places: number) {
    this.#places = places;
  }

  /** Segments that are in. */
  get inside(): number {
    return this.#inside + this.#early;
  }

  /**
   * Lets a segment in whose bytes are still coming, if there is a place that nobody uses; undefined if not. It keeps nobody out before it
   * is told to be complete: what waits for a slow line leaves the cores to others.
   */
  early(): EarlyTurn | undefined {
    if (this.inside >= this.#places) return undefined;
    this.#early += 1;
    let state: 'early' | 'complete' | 'left' = 'early';
    return {
      complete: () => {
        if (state !== 'early') return;
        state = 'complete';
        this.#early -= 1;
        this.#inside += 1;
      },
      [Symbol.dispose]: () => {
        if (state === 'early') this.#early -= 1;
        else if (state === 'complete') this.#leave();
        state = 'left';
      },
    };
  }

  /**
   * Waits for a place; dispose what comes back to give it up. After `patienceMs` milliseconds there is one in any case, so that long
   * segments can't keep live ones waiting for ever. Rejects with the signal's reason.
   */
  async take(signal: AbortSignal, patienceMs: number): Promise<Disposable> {
    signal.throwIfAborted();
    if (this.#inside < this.#places) this.#inside += 1;
    else await this.#wait(signal, patienceMs);
    return { [Symbol.dispose]: () => this.#leave() };
  }

  #wait(signal: AbortSignal, patienceMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        const at = this.#waiting.indexOf(enter);
        if (at >= 0) this.#waiting.splice(at, 1);
      };
      const enter = () => {
        settle();
        this.#inside += 1;
        resolve();
      };
      const onAbort = () => {
        settle();
        reject(signal.reason);
      };
      const timer = setTimeout(enter, patienceMs);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(enter);
    });
  }

  #leave(): void {
    this.#inside -= 1;
    if (this.#inside < this.#places) this.#waiting[0]?.();
  }
}
