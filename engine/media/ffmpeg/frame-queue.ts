/** A short first-in first-out line between the decoder and one rendition; the decoder waits when it is full. */
export class FrameQueue<T> {
  readonly #items: T[] = [];
  readonly #limit: number;
  #wakeReader: (() => void) | undefined;
  #wakeWriter: (() => void) | undefined;
  #ended = false;
  #abandoned = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#items.length;
  }

  /** Waits for room. False when the reader has gone, so the item isn't wanted. */
  async room(): Promise<boolean> {
    while (this.#items.length >= this.#limit && !this.#abandoned) {
      await new Promise<void>((resolve) => {
        this.#wakeWriter = resolve;
      });
    }
    return !this.#abandoned;
  }

  push(item: T): void {
    this.#items.push(item);
    this.#wakeReader?.();
    this.#wakeReader = undefined;
  }

  /** No item follows. */
  end(): void {
    this.#ended = true;
    this.#wakeReader?.();
  }

  /** The next read throws. */
  fail(error: unknown): void {
    this.#failure = { error };
    this.#wakeReader?.();
  }

  /** The reader stops; returns what it leaves behind. */
  abandon(): T[] {
    this.#abandoned = true;
    this.#wakeWriter?.();
    return this.#items.splice(0);
  }

  /** Next item; undefined at the end. */
  async next(): Promise<T | undefined> {
    while (this.#items.length === 0) {
      if (this.#failure) throw this.#failure.error;
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve;
      });
    }
    if (this.#failure) throw this.#failure.error;
    const item = this.#items.shift();
    this.#wakeWriter?.();
    this.#wakeWriter = undefined;
    return item;
  }
}
