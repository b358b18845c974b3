/** Bytes of a block: as many as FFmpeg asks for at once (memory-io.ts). */
const BLOCK = 256 * 1024;

/** Blocks that wait for their next segment; more are left to the collector. */
const IDLE_BLOCKS = 64;

interface Waiting {
  readonly size: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Bytes that come in until they end, or break off with an error, and are read by position. They lie in blocks that are used again and
 * again: buffers of their own would make V8 collect all of its memory after nearly every segment, mostly while the next one comes in
 * (docs/decisions/0016).
 */
export class GrowingBytes implements Disposable {
  static readonly #idle: Buffer[] = [];
  readonly #blocks: Buffer[] = [];
  #size = 0;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  #waiting: Waiting[] = [];

  /** A copy of bytes that are complete. */
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

  /** Copies the next bytes. */
  add(bytes: Uint8Array): void {
    if (this.#settled) return;
    for (let at = 0; at < bytes.length; ) {
      const filled = this.#size % BLOCK;
      if (filled === 0) this.#blocks.push(GrowingBytes.#idle.pop() ?? Buffer.allocUnsafeSlow(BLOCK));
      const piece = bytes.subarray(at, at + BLOCK - filled);
      this.#blocks.at(-1)?.set(piece, filled);
      this.#size += piece.length;
      at += piece.length;
    }
    this.#wake();
  }

  /** No more follow. */
  end(): void {
    if (this.#settled) return;
    this.#ended = true;
    this.#wake();
  }

  /** No more follow, and whoever waits gets this error. Without effect after the end. */
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

  /** Bytes from `position` on, at most `most`, as many as lie together; empty when there are none. A view, good until disposal. */
  at(position: number, most: number): Uint8Array {
    const from = position % BLOCK;
    const length = Math.max(0, Math.min(most, BLOCK - from, this.#size - position));
    return this.#blocks[(position - from) / BLOCK]?.subarray(from, from + length) ?? new Uint8Array();
  }

  /** Gives the blocks to other segments; whoever reads on finds nothing. */
  [Symbol.dispose](): void {
    this.#ended = true;
    this.#size = 0;
    GrowingBytes.#idle.push(...this.#blocks.splice(0, Math.max(0, IDLE_BLOCKS - GrowingBytes.#idle.length)));
    this.#blocks.length = 0;
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
