import { EngineError } from '../base/errors.ts';
import type { MemoryAccount } from './download.ts';

/** Memory for segments in flight (sources while they arrive and are worked on), bytes. Three of the largest segments fit. */
const MAX_BYTES_IN_FLIGHT = 1_000_000_000;

/** Segments of one session at once: one worked on and four waiting, as in the reference's queue (go-livepeer `core/lb.go`). */
export const MAX_TASKS_PER_SESSION = 5;

/** A task's place; give it back when the task has ended. */
export interface Admitted extends Disposable {
  readonly memory: MemoryAccount;
}

/**
 * Decides which tasks are taken, so that memory and work stay bounded whatever an orchestrator sends. An orchestrator that keeps to the
 * capacity it was told never meets these bounds: it sends one segment of a session at a time.
 */
export class Admission {
  readonly #sessions: () => number;
  readonly #maxBytes: number;
  readonly #perSession = new Map<string, number>();
  #tasks = 0;
  #bytes = 0;

  /** `sessions` tells the capacity at this moment. */
  constructor(sessions: () => number, maxBytes: number = MAX_BYTES_IN_FLIGHT) {
    this.#sessions = sessions;
    this.#maxBytes = maxBytes;
  }

  get bytesInFlight(): number {
    return this.#bytes;
  }

  /**
   * Takes a task of a session.
   * @throws EngineError `busy` (wire text `TranscoderBusy`) when the machine has too much to do already
   */
  admit(sessionId: string): Admitted {
    // Twice the capacity: after a lost connection the orchestrator hands out sessions anew while old tasks still run.
    const limit = 2 * Math.max(1, this.#sessions()) + MAX_TASKS_PER_SESSION;
    const ofSession = this.#perSession.get(sessionId) ?? 0;
    if (this.#tasks >= limit) throw busy(`This machine already works on ${this.#tasks} segments.`);
    if (ofSession >= MAX_TASKS_PER_SESSION) throw busy(`${ofSession} segments of this session are already waiting.`);
    this.#tasks += 1;
    this.#perSession.set(sessionId, ofSession + 1);
    let taken = 0;
    let returned = false;
    return {
      memory: {
        take: (bytes) => {
          if (this.#bytes + bytes > this.#maxBytes) return false;
          this.#bytes += bytes;
          taken += bytes;
          return true;
        },
      },
      [Symbol.dispose]: () => {
        if (returned) return;
        returned = true;
        this.#bytes -= taken;
        this.#tasks -= 1;
        const left = (this.#perSession.get(sessionId) ?? 1) - 1;
        if (left > 0) this.#perSession.set(sessionId, left);
        else this.#perSession.delete(sessionId);
      },
    };
  }
}

function busy(message: string): EngineError {
  return new EngineError({
    code: 'busy',
    message,
    nextStep: 'If it keeps happening, offer fewer sessions.',
    details: { wireText: 'TranscoderBusy' },
  });
}
