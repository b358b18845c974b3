import type { Capabilities, SegData } from '../wire/gen/net/lp_rpc_pb.js';
import type { RenditionResult, SegmentJob } from './job.ts';

/** A job made ready for any transcoder. */
export interface PreparedJob {
  readonly job: SegmentJob;
  /** What a remote transcoder is told of it. */
  readonly segData: SegData;
  /** Where a remote transcoder fetches the segment. */
  readonly url: string;
}

/** A job on its way to a transcoder. */
export interface Task extends PreparedJob {
  /** Milliseconds a transcoder may take, upload included. */
  readonly timeoutMs: number;
}

/** How one try at one transcoder ended. */
export type TaskOutcome =
  | { readonly kind: 'done'; readonly renditions: readonly RenditionResult[]; readonly decodedPixels: number }
  /** The transcoder answered, but not with renditions; `text` goes to the gateway as it is. */
  | { readonly kind: 'failed'; readonly text: string }
  /** The task never reached it: another transcoder may have it. */
  | { readonly kind: 'not-sent'; readonly text: string };

/** Told about a try's progress. After `onOutcome` or `cancel`, nothing more is told. */
export interface AttemptObserver {
  /** The task has been handed to the transcoder; its time runs from here. */
  onSent(): void;
  onOutcome(outcome: TaskOutcome): void;
  /** The transcoder went away with the task; a late result may still come. */
  onLost(): void;
}

/** One try; cancel it when nobody waits for it any more. */
export interface Attempt {
  cancel(): void;
}

/** One transcoder as the manager sees it: across the network, or in this process. */
export interface TranscoderMember {
  /** Unique in this orchestrator. */
  readonly id: string;
  /** Where it connects from, or `local`. */
  readonly address: string;
  /** Sessions it takes. */
  readonly capacity: number;
  readonly draining: boolean;
  /** What it can do; an orchestrator judges by bits and version. */
  readonly capabilities: Capabilities;
  /** Starts a task. Never throws; everything is told to the observer, never before this returns. */
  begin(task: Task, observer: AttemptObserver): Attempt;
  /** Frees what it keeps for a session. */
  endSession(sessionId: string): void;
  /** Gives it no new sessions from now on. */
  drain(): void;
  /** Ends the relation; a remote transcoder sees a clean end of its stream and may come back. */
  close(): void;
}
