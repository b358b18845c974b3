import type { Clock } from '../base/clock.ts';
import { EngineError } from '../base/errors.ts';
import { segmentError, WIRE_TEXT } from './faults.ts';

/** Segments of one session that may wait while one is in work (go-livepeer `core/orchestrator.go`). */
const QUEUE = 4;

export interface SessionTableParameters {
  /** Sessions taken at once. */
  readonly maxSessions: () => number;
  /** Milliseconds without work after which a session ends; the reference's 70 s. */
  readonly idleMs: number;
  readonly clock: Clock;
  /** Frees what belongs to a session. */
  onEnd(sessionId: string): void;
}

interface Session {
  pending: number;
  tail: Promise<unknown>;
  lastMs: number;
  readonly ended: AbortController;
}

/** One session as the status shows it. */
export interface SessionStatus {
  readonly sessionId: string;
  readonly pending: number;
  readonly idleMs: number;
}

/**
 * The orchestrator's open sessions: how many there may be, one segment of each at a time with four more waiting, and their
 * end after a while without work (go-livepeer `core/orchestrator.go`, transcodeSegmentLoop).
 */
export class SessionTable implements Disposable {
  readonly #parameters: SessionTableParameters;
  readonly #sessions = new Map<string, Session>();
  #sweep: NodeJS.Timeout | undefined;

  constructor(parameters: SessionTableParameters) {
    this.#parameters = parameters;
  }

  get size(): number {
    return this.#sessions.size;
  }

  list(): readonly SessionStatus[] {
    const now = this.#parameters.clock.monotonicMs();
    return [...this.#sessions].map(([sessionId, { pending, lastMs }]) => ({ sessionId, pending, idleMs: now - lastMs }));
  }

  /** Segments that wait for an earlier one of their session. */
  get queued(): number {
    return [...this.#sessions.values()].reduce((sum, { pending }) => sum + Math.max(0, pending - 1), 0);
  }

  has(sessionId: string): boolean {
    return this.#sessions.has(sessionId);
  }

  /** Whether a segment of this session would be taken now; known sessions always are, the empty id asks for a new one. */
  admits(sessionId: string): boolean {
    return this.#sessions.has(sessionId) || this.#sessions.size < this.#parameters.maxSessions();
  }

  /**
   * Runs one segment's work after the session's earlier ones. Rejects with `busy` when the session table (`OrchestratorCapped`)
   * or the session's queue (`OrchestratorBusy`) is full, and with `aborted` when the session ends first.
   */
  async run<T>(sessionId: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const session = this.#open(sessionId);
    if (session.pending > QUEUE) {
      throw segmentError('busy', WIRE_TEXT.busy, `Session ${sessionId} has ${QUEUE} segments waiting already`);
    }
    session.pending += 1;
    using both = eitherOf(signal, session.ended.signal);
    const turn = session.tail.then(() => {
      both.signal.throwIfAborted();
      return work(both.signal);
    });
    session.tail = turn.catch(() => {});
    try {
      return await turn;
    } finally {
      session.pending -= 1;
      session.lastMs = this.#parameters.clock.monotonicMs();
    }
  }

  /** Ends a session: its waiting segments are refused, and what it holds is freed. Unknown ids are ignored. */
  end(sessionId: string): void {
    const session = this.#sessions.get(sessionId);
    if (!session) return;
    this.#sessions.delete(sessionId);
    session.ended.abort(new EngineError({ code: 'aborted', message: `Session ${sessionId} has ended` }));
    this.#parameters.onEnd(sessionId);
    if (this.#sessions.size === 0) this.#stopSweep();
  }

  [Symbol.dispose](): void {
    for (const sessionId of [...this.#sessions.keys()]) this.end(sessionId);
    this.#stopSweep();
  }

  #open(sessionId: string): Session {
    const known = this.#sessions.get(sessionId);
    if (known) return known;
    if (this.#sessions.size >= this.#parameters.maxSessions()) {
      throw segmentError(
        'busy',
        WIRE_TEXT.capped,
        `All ${this.#sessions.size} session places are taken`,
        'Wait for a session to end, or raise the session limit.',
      );
    }
    const session: Session = {
      pending: 0,
      tail: Promise.resolve(),
      lastMs: this.#parameters.clock.monotonicMs(),
      ended: new AbortController(),
    };
    this.#sessions.set(sessionId, session);
    this.#sweep ??= setInterval(() => this.#endIdle(), Math.min(5_000, this.#parameters.idleMs / 2)).unref();
    return session;
  }

  #endIdle(): void {
    const now = this.#parameters.clock.monotonicMs();
    for (const [sessionId, { pending, lastMs }] of [...this.#sessions]) {
      if (pending === 0 && now - lastMs >= this.#parameters.idleMs) this.end(sessionId);
    }
  }

  #stopSweep(): void {
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }
}

/** A signal that aborts with the first of two; disposing of it leaves nothing behind on long-lived ones (`AbortSignal.any` does). */
function eitherOf(a: AbortSignal, b: AbortSignal): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const onA = () => controller.abort(a.reason);
  const onB = () => controller.abort(b.reason);
  if (a.aborted) onA();
  else if (b.aborted) onB();
  a.addEventListener('abort', onA, { once: true });
  b.addEventListener('abort', onB, { once: true });
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      a.removeEventListener('abort', onA);
      b.removeEventListener('abort', onB);
    },
  };
}
