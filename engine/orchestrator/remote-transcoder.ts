import { create } from '@bufbuild/protobuf';
import {
  AuthTokenSchema,
  type Capabilities,
  type NotifySegment,
  NotifySegmentSchema,
  SegDataSchema,
} from '../wire/gen/net/lp_rpc_pb.js';
import type { ReceivedRendition } from '../wire/received-results.ts';
import { INVALID_PROFILES } from '../wire/seg-data.ts';
import type { RenditionResult } from './job.ts';
import type { Attempt, AttemptObserver, Task, TaskOutcome, TranscoderMember } from './member.ts';
import { Outbox } from './outbox.ts';
import type { TaskBoard } from './task-board.ts';

/** Messages that may wait for one transcoder's stream before it counts as stuck. */
const OUTBOX_LIMIT = 1024;

export interface RemoteTranscoderParameters {
  readonly id: string;
  readonly address: string;
  readonly capacity: number;
  readonly capabilities: Capabilities;
  readonly board: TaskBoard;
  /** Text for the outputs' metadata: the orchestrator's address, or `offchain`. */
  readonly orchestratorId: string;
}

/** A transcoder that registered over the network. Its tasks go out on its stream, its results come in by POST. */
export class RemoteTranscoder implements TranscoderMember {
  readonly id: string;
  readonly address: string;
  readonly capacity: number;
  readonly capabilities: Capabilities;
  readonly #board: TaskBoard;
  readonly #orchestratorId: string;
  readonly #outbox = new Outbox<NotifySegment>(OUTBOX_LIMIT);
  /** Tasks it was given and has not answered. */
  readonly #sent = new Map<bigint, AttemptObserver>();
  #draining = false;

  constructor(parameters: RemoteTranscoderParameters) {
    this.id = parameters.id;
    this.address = parameters.address;
    this.capacity = parameters.capacity;
    this.capabilities = parameters.capabilities;
    this.#board = parameters.board;
    this.#orchestratorId = parameters.orchestratorId;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** The registration's stream: runs until the transcoder goes away or is closed; then its running tasks are told lost. */
  async *messages(signal: AbortSignal): AsyncGenerator<NotifySegment, void, undefined> {
    try {
      yield* this.#outbox.drain(signal);
    } finally {
      this.close();
    }
  }

  begin(task: Task, observer: AttemptObserver): Attempt {
    let ended = false;
    const taskId = this.#board.open({
      name: (received, index) => nameRendition(task, received, index),
      deliver: (outcome) => finish(outcome),
    });
    const finish = (outcome: TaskOutcome) => {
      if (ended) return;
      ended = true;
      this.#sent.delete(taskId);
      this.#board.close(taskId);
      observer.onOutcome(outcome);
    };
    const message = create(NotifySegmentSchema, {
      url: task.url,
      taskId,
      orchId: this.#orchestratorId,
      profiles: INVALID_PROFILES,
      segData: task.segData,
    });
    const accepted = this.#outbox.push({
      message,
      onSent: () => {
        if (ended) return;
        this.#sent.set(taskId, observer);
        observer.onSent();
      },
      onDropped: () => finish({ kind: 'not-sent', text: 'its stream ended' }),
    });
    if (!accepted) queueMicrotask(() => finish({ kind: 'not-sent', text: 'its stream is closed or stuck' }));
    return {
      cancel: () => {
        ended = true;
        this.#sent.delete(taskId);
        this.#board.close(taskId);
      },
    };
  }

  /** Tells it to free what it keeps for the session; a teardown is a message without url (go-livepeer `core/orchestrator.go`). */
  endSession(sessionId: string): void {
    const authToken = create(AuthTokenSchema, { sessionId });
    const message = create(NotifySegmentSchema, { segData: create(SegDataSchema, { authToken }) });
    this.#outbox.push({ message, onSent: () => {}, onDropped: () => {} });
  }

  drain(): void {
    this.#draining = true;
  }

  close(): void {
    this.#outbox.close();
    for (const [taskId, observer] of [...this.#sent]) {
      this.#sent.delete(taskId);
      observer.onLost();
    }
  }
}

/** A received rendition with the name and container of its profile; one too many is named by its place. */
function nameRendition(task: Task, { data, pixels, hash }: ReceivedRendition, index: number): RenditionResult {
  const profile = task.job.profiles[index];
  return {
    name: profile?.name ?? `#${index}`,
    container: profile?.container ?? 'mpegts',
    data,
    pixels,
    ...(hash === undefined ? {} : { signature: hash }),
  };
}
