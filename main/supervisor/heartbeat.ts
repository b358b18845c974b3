/** How often the engine is asked, and how long it may take to answer. Milliseconds. */
export interface HeartbeatParameters {
  readonly everyMs: number;
  readonly limitMs: number;
  readonly ping: (id: number) => void;
  /** The engine has not answered in time; called once, then the heartbeat rests. */
  readonly onSilence: () => void;
}

/**
 * Asks whether the engine's main loop still turns. A check whose own timer came much too late says nothing (this machine slept, or
 * this process hung itself): then it starts over instead of blaming the engine.
 */
export class Heartbeat {
  readonly #parameters: HeartbeatParameters;
  #timer: NodeJS.Timeout | undefined;
  #id = 0;
  /** When the oldest unanswered ping went out, by the monotonic clock; undefined = all answered. */
  #unansweredSince: number | undefined;
  #lastTick = 0;

  constructor(parameters: HeartbeatParameters) {
    this.#parameters = parameters;
  }

  /** Starts, or starts over. */
  start(): void {
    this.stop();
    this.#unansweredSince = undefined;
    this.#lastTick = performance.now();
    this.#timer = setInterval(() => this.#tick(), this.#parameters.everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** An answer came. Only the newest counts: a late one of an old ping proves nothing about now. */
  answered(id: number): void {
    if (id === this.#id) this.#unansweredSince = undefined;
  }

  #tick(): void {
    const { everyMs, limitMs, ping, onSilence } = this.#parameters;
    const now = performance.now();
    const late = now - this.#lastTick > 2 * everyMs + 1_000;
    this.#lastTick = now;
    if (late) this.#unansweredSince = undefined;
    if (this.#unansweredSince !== undefined && now - this.#unansweredSince >= limitMs) {
      this.stop();
      onSilence();
      return;
    }
    if (this.#unansweredSince !== undefined) return;
    this.#unansweredSince = now;
    this.#id += 1;
    ping(this.#id);
  }
}
