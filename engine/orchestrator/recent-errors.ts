import type { OrchestratorError } from '../api/orchestrator.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';

/** Different errors remembered; the one longest not seen makes room. */
const KEPT = 50;

/** The same error is written to the log again after so long, milliseconds. */
const LOG_AGAIN_MS = 60_000;

/** `failure` = work that was taken and not done; `refusal` = a request that was not taken, often the other side's fault. */
export type ErrorKind = 'failure' | 'refusal';

interface Entry {
  readonly kind: ErrorKind;
  atMs: number;
  count: number;
  loggedAtMs: number;
}

/** What went wrong lately, counted by its text; a flood of one error is one line in the log, not a flood. */
export class RecentErrors {
  readonly #entries = new Map<string, Entry>();
  readonly #clock: Clock;
  readonly #log: Log;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Counts an error. `facts` go to the log only; they must hold no secrets. */
  note(kind: ErrorKind, text: string, facts: Readonly<Record<string, unknown>> = {}): void {
    const now = this.#clock.nowMs();
    const known = this.#entries.get(text);
    const entry = known ?? { kind, atMs: now, count: 0, loggedAtMs: Number.NEGATIVE_INFINITY };
    entry.atMs = now;
    entry.count += 1;
    if (now - entry.loggedAtMs >= LOG_AGAIN_MS) {
      entry.loggedAtMs = now;
      this.#log.warn({ ...facts, times: entry.count }, text);
    }
    // Moved to the end: the map's order is the order of the last time seen.
    this.#entries.delete(text);
    this.#entries.set(text, entry);
    if (this.#entries.size > KEPT) {
      for (const oldest of this.#entries.keys()) {
        this.#entries.delete(oldest);
        break;
      }
    }
  }

  /** All of them, the last ones first. */
  list(): readonly OrchestratorError[] {
    return this.#where(() => true);
  }

  /** Failures seen in the last `withinMs` milliseconds, the last ones first. */
  failures(withinMs: number): readonly OrchestratorError[] {
    const since = this.#clock.nowMs() - withinMs;
    return this.#where(({ kind, atMs }) => kind === 'failure' && atMs >= since);
  }

  #where(wanted: (entry: Entry) => boolean): readonly OrchestratorError[] {
    return [...this.#entries]
      .filter(([, entry]) => wanted(entry))
      .map(([text, { atMs, count }]) => ({ text, atMs, count }))
      .reverse();
  }
}
