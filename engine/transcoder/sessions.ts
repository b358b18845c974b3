import type { DeviceRef } from '../api/media.ts';
import type { SegmentRecord, SessionRecord } from '../api/snapshot.ts';
import type { Clock } from '../base/clock.ts';
import { SESSION_IDLE_MS } from '../wire/limits.ts';

/** Sessions remembered at most; the longest idle one is ended when there would be more. */
const MAX_SESSIONS = 1000;

/** Segments that the median of the realtime factor looks back on. */
const MEDIAN_OF = 20;

interface Entry {
  record: SessionRecord;
  running: number;
  lastActiveMs: number;
  /** When the last segment came, and how long after the one before (undefined after the first), monotonic milliseconds. */
  arrivedMs: number;
  intervalMs: number | undefined;
  factors: number[];
}

/** What the table tells and asks of others. */
export interface SessionTableOptions {
  readonly clock: Clock;
  readonly idleMs?: number;
  readonly onChange: (record: SessionRecord) => void;
  /** The session has ended: free what is kept for it. */
  readonly onEnd: (sessionId: string) => void;
}

/**
 * The sessions this machine knows, from their first segment to their end: by the orchestrator's teardown or, since none comes after an
 * error, by 70 s without a segment.
 */
export class SessionTable implements Disposable {
  readonly #options: SessionTableOptions;
  readonly #idleMs: number;
  readonly #entries = new Map<string, Entry>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: SessionTableOptions) {
    this.#options = options;
    this.#idleMs = options.idleMs ?? SESSION_IDLE_MS;
    this.#timer = setInterval(() => this.#expire(), Math.min(5000, this.#idleMs / 4));
    this.#timer.unref();
  }

  /** Live sessions. */
  get size(): number {
    return this.#entries.size;
  }

  /** A segment of the session has arrived. */
  begin(sessionId: string, manifestId: string, profiles: readonly string[]): void {
    const { clock } = this.#options;
    const now = clock.nowMs();
    const known = this.#entries.get(sessionId);
    if (!known && this.#entries.size >= MAX_SESSIONS) this.#endLongestIdle();
    const entry: Entry = known ?? {
      record: {
        id: sessionId,
        manifestId,
        startedAtMs: now,
        lastSegmentAtMs: now,
        segments: 0,
        failed: 0,
        encodedPixels: 0,
        profiles,
      },
      running: 0,
      lastActiveMs: 0,
      arrivedMs: 0,
      intervalMs: undefined,
      factors: [],
    };
    entry.running += 1;
    entry.lastActiveMs = clock.monotonicMs();
    if (known) entry.intervalMs = entry.lastActiveMs - entry.arrivedMs;
    entry.arrivedMs = entry.lastActiveMs;
    entry.record = { ...entry.record, lastSegmentAtMs: now, profiles };
    this.#entries.set(sessionId, entry);
    this.#options.onChange(entry.record);
  }

  /** A segment announced by {@link begin} is done or failed. */
  finish(segment: SegmentRecord): void {
    const entry = this.#entries.get(segment.sessionId);
    if (!entry) return;
    entry.running = Math.max(0, entry.running - 1);
    entry.lastActiveMs = this.#options.clock.monotonicMs();
    if (segment.state === 'done' && segment.realtimeFactor !== undefined) {
      entry.factors = [...entry.factors, segment.realtimeFactor].slice(-MEDIAN_OF);
    }
    const factor = median(entry.factors);
    const device: DeviceRef | undefined = segment.device ?? entry.record.device;
    entry.record = {
      ...entry.record,
      segments: entry.record.segments + 1,
      failed: entry.record.failed + (segment.state === 'failed' ? 1 : 0),
      encodedPixels: entry.record.encodedPixels + (segment.state === 'done' ? segment.encodedPixels : 0),
      ...(factor === undefined ? {} : { realtimeFactor: factor }),
      ...(device === undefined ? {} : { device }),
    };
    this.#options.onChange(entry.record);
  }

  /**
   * Whether a segment is likely to come within `ms` milliseconds: one of a session that has none running (an orchestrator sends one at a
   * time) and whose rhythm says so. A session that is late by more than its interval is taken to have stopped.
   */
  expectsWithin(ms: number): boolean {
    const now = this.#options.clock.monotonicMs();
    return [...this.#entries.values()].some(({ running, arrivedMs, intervalMs }) => {
      if (running > 0 || intervalMs === undefined) return false;
      const dueInMs = arrivedMs + intervalMs - now;
      return dueInMs <= ms && dueInMs > -intervalMs;
    });
  }

  /** Ends a session; unknown ones are ignored. */
  end(sessionId: string): void {
    const entry = this.#entries.get(sessionId);
    if (!entry) return;
    this.#entries.delete(sessionId);
    this.#options.onEnd(sessionId);
    this.#options.onChange({ ...entry.record, endedAtMs: this.#options.clock.nowMs() });
  }

  /** Ends all sessions: the orchestrator gives them to others. */
  endAll(): void {
    for (const sessionId of [...this.#entries.keys()]) this.end(sessionId);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.endAll();
  }

  #expire(): void {
    const before = this.#options.clock.monotonicMs() - this.#idleMs;
    for (const [sessionId, entry] of [...this.#entries]) {
      if (entry.running === 0 && entry.lastActiveMs <= before) this.end(sessionId);
    }
  }

  #endLongestIdle(): void {
    const idle = [...this.#entries].filter(([, entry]) => entry.running === 0);
    idle.sort(([, a], [, b]) => a.lastActiveMs - b.lastActiveMs);
    const first = idle[0];
    if (first) this.end(first[0]);
  }
}

function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? undefined : (upper + lower) / 2;
}
