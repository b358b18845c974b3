import { setImmediate } from 'node:timers/promises';

/** Bytes that are not kept back for more. */
const BATCH = 64 * 1024;

interface Waiting {
  readonly size: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Bytes that come in piece by piece until they end, or break off with an error. They are read by position, or as an iteration whose
 * every step gives all pieces that came since the last one. Pieces are kept as they are and must not be changed.
 */
export class GrowingBytes implements AsyncIterable<readonly Uint8Array[]> {
  readonly #pieces: Uint8Array[] = [];
  /** Where each piece begins. */
  readonly #starts: number[] = [];
  #size = 0;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  #waiting: Waiting[] = [];

  /** Bytes that are complete from the beginning. */
  static of(bytes: Uint8Array): GrowingBytes {
    const whole = new GrowingBytes();
    whole.add(bytes);
    whole.end();
    return whole;
  }

  /** Bytes that are there. */
  get size(): number {
    return this.#size;
  }

  /** True when all bytes are there. */
  get ended(): boolean {
    return this.#ended;
  }

  add(piece: Uint8Array): void {
    if (this.#settled || piece.length === 0) return;
    this.#pieces.push(piece);
    this.#starts.push(this.#size);
    this.#size += piece.length;
    this.#wake();
  }

  /** No piece follows. */
  end(): void {
    if (this.#settled) return;
    this.#ended = true;
    this.#wake();
  }

  /** No piece follows, and whoever waits or reads on gets this error. Without effect after the end. */
  fail(error: unknown): void {
    if (this.#settled) return;
    this.#failure = { error };
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  /** Resolves when there are `size` bytes, or fewer and their end. Rejects when they broke off. */
  until(size: number): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure.error);
    if (this.#ended || this.#size >= size) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ size, resolve, reject });
    });
  }

  /** Bytes from `position` on, at most `most`, as many as lie together; empty when there are none. */
  at(position: number, most: number): Uint8Array {
    if (position >= this.#size) return new Uint8Array();
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= position) low = middle;
      else high = middle - 1;
    }
    const from = position - (this.#starts[low] ?? 0);
    return this.#pieces[low]?.subarray(from, from + most) ?? new Uint8Array();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly Uint8Array[], void, undefined> {
    let given = 0;
    let size = 0;
    while (true) {
      await this.until(size + 1);
      // What comes in the same turn of the event loop goes together, but no more than a batch, so that it can be worked on meanwhile.
      if (!this.#ended) await Promise.race([this.until(size + BATCH), setImmediate()]);
      const fresh = this.#pieces.slice(given);
      if (fresh.length === 0) {
        if (this.#ended) return;
        continue;
      }
      given += fresh.length;
      size = this.#size;
      yield fresh;
    }
  }

  get #settled(): boolean {
    return this.#ended || this.#failure !== undefined;
  }

  #wake(): void {
    if (this.#waiting.length === 0) return;
    const ready = this.#waiting.filter(({ size }) => this.#ended || this.#size >= size);
    this.#waiting = this.#waiting.filter((waiting) => !ready.includes(waiting));
    for (const { resolve } of ready) resolve();
  }
}
