/** Something to be sent, and who wants to know what became of it. Exactly one of the two is called, once. */
export interface Outgoing<T> {
  readonly message: T;
  onSent(): void;
  onDropped(): void;
}

/** Messages waiting for one stream, first in first out, bounded; a full or closed outbox refuses. */
export class Outbox<T> {
  readonly #items: Outgoing<T>[] = [];
  readonly #limit: number;
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Returns false, and calls nothing, when the item was refused. */
  push(item: Outgoing<T>): boolean {
    if (this.#closed || this.#items.length >= this.#limit) return false;
    this.#items.push(item);
    this.#wake?.();
    return true;
  }

  /** Drops what is waiting and ends the stream. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const item of this.#items.splice(0)) item.onDropped();
    this.#wake?.();
  }

  /**
   * The stream's messages until `close` or the signal. An item counts as sent once its reader asks for the next one: that
   * is when the transport has taken the bytes.
   */
  async *drain(signal: AbortSignal): AsyncGenerator<T, void, undefined> {
    const onAbort = () => this.close();
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) this.close();
    try {
      while (!this.#closed) {
        const item = this.#items.shift();
        if (item === undefined) {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
          this.#wake = undefined;
          continue;
        }
        let sent = false;
        try {
          yield item.message;
          sent = !signal.aborted;
        } finally {
          if (sent) item.onSent();
          else item.onDropped();
        }
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.close();
    }
  }
}
