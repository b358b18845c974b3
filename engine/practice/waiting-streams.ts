/** A try that was not refused for so long has found a transcoder, milliseconds. */
const REFUSED_AT_ONCE_MS = 200;

/** One stream more or less that waits, or a new reason. */
export interface WaitingChange {
  readonly waiting: 1 | 0 | -1;
  readonly waitingReason?: string;
}

/** Counts one stream as waiting from `begin` on, until a new try has not been refused at once, or until it is disposed of. */
export class WaitingStream implements Disposable {
  readonly #onChange: (change: WaitingChange) => void;
  #reason: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(onChange: (change: WaitingChange) => void) {
    this.#onChange = onChange;
  }

  /** It waits, for this reason. */
  begin(reason: string): void {
    clearTimeout(this.#timer);
    if (this.#reason === reason) return;
    const waiting = this.#reason === undefined ? 1 : 0;
    this.#reason = reason;
    this.#onChange({ waiting, waitingReason: reason });
  }

  /** A new try begins: unless it is refused at once, the waiting is over. */
  endSoon(): void {
    if (this.#reason !== undefined) this.#timer = setTimeout(() => this[Symbol.dispose](), REFUSED_AT_ONCE_MS);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    if (this.#reason === undefined) return;
    this.#reason = undefined;
    this.#onChange({ waiting: -1 });
  }
}
