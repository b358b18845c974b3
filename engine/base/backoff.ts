/** Shape of an exponential back-off: milliseconds, factor, and the share of random spread (0.5 draws from 0.5–1.5 × interval). */
export interface BackoffOptions {
  readonly initialMs: number;
  readonly factor: number;
  readonly maxMs: number;
  readonly jitter: number;
}

/**
 * The reference's reconnect back-off (go-livepeer `server/ot_rpc.go`: 500 ms × 1.5ⁿ, at most 60 s, ± 50 %).
 * Unlike the reference it is reset after a healthy registration, so that a rig that lost its line once after a week is back at once.
 */
export const RECONNECT_BACKOFF: BackoffOptions = { initialMs: 500, factor: 1.5, maxMs: 60_000, jitter: 0.5 };

/** A growing, jittered delay. */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #random: () => number;
  #attempt = 0;

  constructor(options: BackoffOptions = RECONNECT_BACKOFF, random: () => number = Math.random) {
    this.#options = options;
    this.#random = random;
  }

  /** Attempts since the last reset. */
  get attempt(): number {
    return this.#attempt;
  }

  /** Delay in milliseconds before the next try; grows with each call. */
  next(): number {
    const { initialMs, factor, maxMs, jitter } = this.#options;
    const interval = Math.min(maxMs, initialMs * factor ** this.#attempt);
    this.#attempt += 1;
    return interval * (1 - jitter + 2 * jitter * this.#random());
  }

  reset(): void {
    this.#attempt = 0;
  }
}
