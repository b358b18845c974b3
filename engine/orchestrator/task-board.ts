import type { ReceivedRendition } from '../wire/received-results.ts';
import type { RenditionResult } from './job.ts';
import type { TaskOutcome } from './member.ts';

/** A task somebody waits for. */
export interface OpenTask {
  /** Makes a received rendition the one of its place in the job. */
  name(received: ReceivedRendition, index: number): RenditionResult;
  /** Takes the outcome; called at most once. */
  deliver(outcome: TaskOutcome): void;
}

/**
 * Tasks that were sent out, by their number. Results find their task here, whatever connection they come on; the first one
 * wins, later and unknown ones find nothing (go-livepeer `core/orchestrator.go`, task channels).
 */
export class TaskBoard {
  readonly #open = new Map<bigint, OpenTask>();
  #next = 0n;

  get size(): number {
    return this.#open.size;
  }

  /** Registers a task under the next number; the first is 0. */
  open(task: OpenTask): bigint {
    const id = this.#next;
    this.#next += 1n;
    this.#open.set(id, task);
    return id;
  }

  /** The task, while somebody still waits for it. */
  find(id: bigint): OpenTask | undefined {
    return this.#open.get(id);
  }

  /** Hands the outcome to the one who waits; returns false when nobody does. */
  deliver(id: bigint, outcome: TaskOutcome): boolean {
    const task = this.#open.get(id);
    if (!task) return false;
    this.#open.delete(id);
    task.deliver(outcome);
    return true;
  }

  /** Nobody waits for it any more. */
  close(id: bigint): void {
    this.#open.delete(id);
  }
}
