import type { Clock } from '../base/clock.ts';
import { isStreamFault, LOST_TEXT, segmentError, WIRE_TEXT } from './faults.ts';
import type { SegmentResult } from './job.ts';
import type { Attempt, Task, TaskOutcome, TranscoderMember } from './member.ts';

/** Renditions shorter than this are no media (go-livepeer `core/orchestrator.go`, ZeroSegments). */
const MIN_RENDITION_BYTES = 25;

/** Transcoders that may fail one segment for their own reasons before the gateway is told. */
const MAX_FAULTS = 3;

/** What an assignment asks of its manager. */
export interface AssignmentPort {
  readonly clock: Clock;
  /** Milliseconds given to a lost transcoder's late result when nobody else can take over. */
  readonly lostGraceMs: number;
  /** Chooses a member for the task (binding its session), or gives the protocol's text. */
  choose(task: Task, avoid: ReadonlySet<TranscoderMember>): { readonly member: TranscoderMember } | { readonly error: string };
  /** Frees the session's place at the member, if it has one there. */
  unbind(member: TranscoderMember): void;
  /** Bookkeeping of one try's end. */
  note(member: TranscoderMember, event: AttemptEvent, tookMs: number, result?: SegmentResult, text?: string): void;
  /** The member given by `choose` is done with the task, whatever came of it. */
  release(member: TranscoderMember): void;
  /** Throws a member out. */
  dismiss(member: TranscoderMember, reason: string): void;
}

/** How a try ended, for the statistics. */
export type AttemptEvent = 'done' | 'failed' | 'timeout' | 'lost' | 'not-sent';

interface Try {
  readonly member: TranscoderMember;
  readonly startedMs: number;
  attempt: Attempt | undefined;
  sentMs: number | undefined;
  lost: boolean;
}

/**
 * One segment's way over the transcoders. It goes to one transcoder; to another one when it could not be sent, when the
 * first was lost (whose late result is still taken: the first result wins), or when the first failed for a reason of its
 * own. One deadline covers all tries, counted from the first sending; a transcoder that had all of it is dismissed.
 *
 * The reference retries only after a failed sending and waits a lost transcoder's deadline out; gateways cannot tell
 * the difference, except by the segments that are not lost.
 */
export class Assignment {
  readonly #port: AssignmentPort;
  readonly #task: Task;
  readonly #startedMs: number;
  readonly #tries = new Set<Try>();
  readonly #avoid = new Set<TranscoderMember>();
  #count = 0;
  #faults = 0;
  #lastFault: string | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #grace: NodeJS.Timeout | undefined;
  #settled = false;
  readonly #resolve: (result: SegmentResult) => void;
  readonly #reject: (error: unknown) => void;
  readonly #stopListening: () => void;
  /** Settles with the segment's result or error. */
  readonly result: Promise<SegmentResult>;

  constructor(port: AssignmentPort, task: Task, signal: AbortSignal) {
    this.#port = port;
    this.#task = task;
    this.#startedMs = port.clock.monotonicMs();
    const { promise, resolve, reject } = Promise.withResolvers<SegmentResult>();
    this.result = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    const onAbort = () => this.#fail(signal.reason);
    this.#stopListening = () => signal.removeEventListener('abort', onAbort);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) {
      onAbort();
      return;
    }
    this.#armDeadline();
    this.#next();
  }

  /** A transcoder came: it may take over a segment whose transcoder was lost. */
  memberJoined(): void {
    if (!this.#settled && this.#grace !== undefined) this.#next();
  }

  /** Gives the task to the next transcoder; without one, says so or lets a lost one's late result come. */
  #next(): void {
    const chosen = this.#port.choose(this.#task, this.#avoid);
    if ('error' in chosen) {
      if (this.#tries.size > 0) this.#armGrace();
      else this.#fail(this.#lastFault === undefined ? noTranscoder(chosen.error) : transcoderFailed(this.#lastFault));
      return;
    }
    this.#clearGrace();
    this.#count += 1;
    const entry: Try = {
      member: chosen.member,
      startedMs: this.#port.clock.monotonicMs(),
      attempt: undefined,
      sentMs: undefined,
      lost: false,
    };
    this.#tries.add(entry);
    entry.attempt = chosen.member.begin(this.#task, {
      onSent: () => this.#onSent(entry),
      onOutcome: (outcome) => this.#onOutcome(entry, outcome),
      onLost: () => this.#onLost(entry),
    });
  }

  #onSent(entry: Try): void {
    if (this.#settled) return;
    entry.sentMs = this.#port.clock.monotonicMs();
    if (this.#count === 1) this.#armDeadline();
  }

  #onOutcome(entry: Try, outcome: TaskOutcome): void {
    if (this.#settled || !this.#tries.delete(entry)) return;
    this.#port.release(entry.member);
    const tookMs = this.#port.clock.monotonicMs() - entry.startedMs;
    if (outcome.kind === 'not-sent') {
      this.#port.note(entry.member, 'not-sent', tookMs, undefined, outcome.text);
      this.#port.dismiss(entry.member, `sending to it failed: ${outcome.text}`);
      this.#avoid.add(entry.member);
      this.#port.unbind(entry.member);
      this.#next();
      return;
    }
    if (outcome.kind === 'failed') {
      this.#port.note(entry.member, 'failed', tookMs, undefined, outcome.text);
      this.#port.unbind(entry.member);
      if (isStreamFault(outcome.text)) this.#fail(transcoderFailed(outcome.text));
      else this.#ownFault(entry, outcome.text);
      return;
    }
    const wrong = checkRenditions(this.#task, outcome.renditions);
    if (wrong !== undefined) {
      this.#port.note(entry.member, 'failed', tookMs, undefined, wrong);
      this.#ownFault(entry, wrong);
      return;
    }
    const result: SegmentResult = {
      renditions: outcome.renditions,
      decodedPixels: outcome.decodedPixels,
      transcoderId: entry.member.id,
      tries: this.#count,
      tookMs: this.#port.clock.monotonicMs() - this.#startedMs,
    };
    this.#port.note(entry.member, 'done', tookMs, result);
    this.#settle(() => this.#resolve(result));
  }

  /** The transcoder failed for a reason of its own: another one may do better, if there is one with room. */
  #ownFault(entry: Try, text: string): void {
    this.#lastFault = text;
    this.#avoid.add(entry.member);
    this.#faults += 1;
    if (!this.#allLost()) return;
    if (this.#faults >= MAX_FAULTS) this.#fail(transcoderFailed(text));
    else this.#next();
  }

  #onLost(entry: Try): void {
    if (this.#settled || entry.lost) return;
    entry.lost = true;
    this.#port.note(entry.member, 'lost', this.#port.clock.monotonicMs() - entry.startedMs);
    this.#avoid.add(entry.member);
    this.#port.unbind(entry.member);
    if (this.#allLost()) this.#next();
  }

  /** True when no transcoder that is still there works on the segment. */
  #allLost(): boolean {
    return [...this.#tries].every(({ lost }) => lost);
  }

  #armDeadline(): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#onDeadline(), this.#task.timeoutMs);
  }

  #onDeadline(): void {
    const now = this.#port.clock.monotonicMs();
    for (const { member, startedMs, sentMs, lost } of this.#tries) {
      if (lost) continue;
      this.#port.note(member, 'timeout', now - startedMs);
      this.#port.unbind(member);
      // Timers may fire a moment early, hence the tenth.
      const hadAll = sentMs === undefined || now - sentMs >= this.#task.timeoutMs * 0.9;
      if (hadAll) this.#port.dismiss(member, WIRE_TEXT.tooLong);
    }
    this.#fail(
      segmentError(
        'transcoder-too-slow',
        WIRE_TEXT.tooLong,
        `No transcoder delivered segment ${this.#task.job.seq} within ${this.#task.timeoutMs / 1000} s`,
        'Lower the renditions or add transcoders.',
      ),
    );
  }

  #armGrace(): void {
    if (this.#grace !== undefined) return;
    const graceMs = Math.max(this.#port.lostGraceMs, this.#task.job.durationMs);
    this.#grace = setTimeout(
      () =>
        this.#fail(
          segmentError(
            'transcoder-failed',
            LOST_TEXT,
            `The transcoder working on segment ${this.#task.job.seq} was lost and no other one could take over`,
          ),
        ),
      graceMs,
    );
  }

  #clearGrace(): void {
    clearTimeout(this.#grace);
    this.#grace = undefined;
  }

  #fail(error: unknown): void {
    this.#settle(() => this.#reject(error));
  }

  #settle(how: () => void): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#deadline);
    this.#clearGrace();
    this.#stopListening();
    for (const { attempt, member } of this.#tries) {
      attempt?.cancel();
      this.#port.release(member);
    }
    this.#tries.clear();
    how();
  }
}

function checkRenditions(task: Task, renditions: readonly { readonly data: Uint8Array }[]): string | undefined {
  if (renditions.length !== task.job.profiles.length) return WIRE_TEXT.mismatch;
  if (renditions.some(({ data }) => data.length < MIN_RENDITION_BYTES)) return WIRE_TEXT.zero;
  return undefined;
}

function noTranscoder(text: string) {
  return segmentError(
    'no-transcoder',
    text,
    text === WIRE_TEXT.noCapable
      ? 'No connected transcoder can do what this stream asks for'
      : 'No transcoder is connected that has room for this session',
    'Connect a transcoder, or raise the capacity of those that are connected.',
  );
}

function transcoderFailed(text: string) {
  return segmentError('transcoder-failed', text, `The transcoder answered: ${text}`);
}
