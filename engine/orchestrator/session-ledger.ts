import type { Clock } from '../base/clock.ts';
import type { SegmentJob } from './job.ts';

/** What is known of one open session beside its queue. */
export interface SessionFacts {
  readonly manifestId: string;
  /** Address text of the gateway; null = this process. */
  readonly gateway: string | null;
  readonly startedAtMs: number;
  readonly lastSegmentAtMs: number | null;
  readonly segments: number;
  readonly failed: number;
}

interface Entry {
  readonly manifestId: string;
  readonly gateway: string | null;
  readonly startedAtMs: number;
  lastSegmentAtMs: number | null;
  segments: number;
  failed: number;
}

/** Counts what each open session does, and lately all of them together. */
export class SessionLedger {
  readonly #entries = new Map<string, Entry>();
  readonly #clock: Clock;
  #lastDoneMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** When a segment was last delivered, milliseconds since the Unix epoch. */
  get lastDoneMs(): number | undefined {
    return this.#lastDoneMs;
  }

  /** A segment of a session begins; opens its entry with the first. */
  begin({ sessionId, manifestId, gateway }: SegmentJob): void {
    const now = this.#clock.nowMs();
    const entry = this.#entries.get(sessionId) ?? {
      manifestId,
      gateway: gateway ?? null,
      startedAtMs: now,
      lastSegmentAtMs: null,
      segments: 0,
      failed: 0,
    };
    entry.lastSegmentAtMs = now;
    this.#entries.set(sessionId, entry);
  }

  /** A segment was delivered, or not. */
  end(sessionId: string, delivered: boolean): void {
    if (delivered) this.#lastDoneMs = this.#clock.nowMs();
    const entry = this.#entries.get(sessionId);
    if (!entry) return;
    if (delivered) entry.segments += 1;
    else entry.failed += 1;
  }

  facts(sessionId: string): SessionFacts | undefined {
    return this.#entries.get(sessionId);
  }

  /** The session is over. */
  forget(sessionId: string): void {
    this.#entries.delete(sessionId);
  }
}
