/**
 * Lets a few segments in at once, the others in the order they came. On a CPU more segments than fill its cores only take each other's
 * cache and make all of them late; one after the other they are through sooner, and no later than side by side.
 */
export class Turns {
  readonly #places: number;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  constructor(places: number) {
    this.#places = places;
  }

  /** Segments that are in. */
  get inside(): number {
    return this.#inside;
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
