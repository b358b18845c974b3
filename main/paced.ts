/** Runs a task not more often than its callers allow: one timer, and none while there is nothing to do. */
export class Paced implements Disposable {
  readonly #task: () => void;
  #ranAtMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #dueAtMs = Number.POSITIVE_INFINITY;

  constructor(task: () => void) {
    this.#task = task;
  }

  /** Runs the task once the last run is `restMs` ago: at once, or later; what comes first of several calls counts. */
  run(restMs: number): void {
    const now = performance.now();
    const dueAtMs = this.#ranAtMs + restMs;
    if (dueAtMs >= this.#dueAtMs) return;
    clearTimeout(this.#timer);
    if (dueAtMs <= now) {
      this.#go();
      return;
    }
    this.#dueAtMs = dueAtMs;
    this.#timer = setTimeout(() => this.#go(), dueAtMs - now);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#dueAtMs = Number.NEGATIVE_INFINITY;
  }

  #go(): void {
    clearTimeout(this.#timer);
    this.#dueAtMs = Number.POSITIVE_INFINITY;
    this.#ranAtMs = performance.now();
    this.#task();
  }
}
