/** What a full {@link BoundedQueue} does with one more item. */
export type WhenFull = 'refuse' | 'drop-oldest';

/** A first-in first-out queue with a fixed bound, read by one async consumer. */
export class BoundedQueue<T> {
  readonly #items: T[] = [];
  readonly #limit: number;
  readonly #whenFull: WhenFull;
  #waiting: ((result: IteratorResult<T, undefined>) => void) | undefined;
  #closed = false;
  #dropped = 0;

  constructor(limit: number, whenFull: WhenFull) {
    this.#limit = limit;
    this.#whenFull = whenFull;
  }

  get size(): number {
    return this.#items.length;
  }

  /** Items lost to the bound so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Adds an item. Returns false when it was refused (full, or closed). */
  push(item: T): boolean {
    if (this.#closed) return false;
    if (this.#waiting) {
      const wake = this.#waiting;
      this.#waiting = undefined;
      wake({ value: item, done: false });
      return true;
    }
    if (this.#items.length >= this.#limit) {
      this.#dropped += 1;
      if (this.#whenFull === 'refuse') return false;
      this.#items.shift();
    }
    this.#items.push(item);
    return true;
  }

  /** Ends the consumer's loop once what is queued has been read. */
  close(): void {
    this.#closed = true;
    this.#waiting?.({ value: undefined, done: true });
    this.#waiting = undefined;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    while (true) {
      const item = this.#items.shift();
      if (item !== undefined) {
        yield item;
        continue;
      }
      if (this.#closed) return;
      const result = await new Promise<IteratorResult<T, undefined>>((resolve) => {
        this.#waiting = resolve;
      });
      if (result.done) return;
      yield result.value;
    }
  }
}
