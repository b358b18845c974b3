import { type Clock, systemClock } from '../base/clock.ts';
import { Emitter } from '../base/emitter.ts';
import { type Log, silentLog } from '../base/log.ts';
import { isSelectable } from '../wire/capabilities.ts';
import { Assignment, type AssignmentPort, type AttemptEvent } from './assignment.ts';
import type { SegmentJob, SegmentResult } from './job.ts';
import type { PreparedJob, Task, TranscoderMember } from './member.ts';
import { TranscoderPool } from './selection.ts';
import { MemberRecord, type TranscoderStatistics } from './statistics.ts';

/** Times of the manager; the defaults are the reference's, tests shorten them. */
export interface ManagerTimes {
  /** A transcoder may take max(`minTaskMs`, `taskFactor` × duration). */
  readonly minTaskMs: number;
  readonly taskFactor: number;
  /** Least time a lost transcoder's late result is waited for when nobody else can take over. */
  readonly lostGraceMs: number;
}

/** go-livepeer `core/orchestrator.go`: max(8 s, 4 × duration). */
const DEFAULT_TIMES: ManagerTimes = { minTaskMs: 8_000, taskFactor: 4, lostGraceMs: 2_000 };

export interface TranscoderManagerParameters {
  readonly times?: Partial<ManagerTimes>;
  readonly clock?: Clock;
  readonly log?: Log;
}

/** What changed among the transcoders. */
export type ManagerEvent =
  | { readonly kind: 'joined'; readonly id: string; readonly address: string; readonly capacity: number }
  | { readonly kind: 'left'; readonly id: string; readonly address: string; readonly reason: string };

/**
 * The orchestrator's transcoders, remote and local alike: who is there, which session is whose, and every segment's way
 * over them (go-livepeer `core/orchestrator.go`, RemoteTranscoderManager).
 */
export class TranscoderManager {
  readonly #times: ManagerTimes;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #pool = new TranscoderPool<TranscoderMember>();
  readonly #records = new Map<TranscoderMember, MemberRecord>();
  readonly #running = new Set<Assignment>();
  readonly #events: Emitter<ManagerEvent>;

  constructor({ times, clock = systemClock, log = silentLog }: TranscoderManagerParameters = {}) {
    this.#times = { ...DEFAULT_TIMES, ...times };
    this.#clock = clock;
    this.#log = log;
    this.#events = new Emitter((error) => log.error({ err: error }, 'a listener of the transcoder manager failed'));
  }

  /** Calls back when a transcoder comes or goes. */
  onEvent(listener: (event: ManagerEvent) => void): Disposable {
    return this.#events.on(listener);
  }

  get members(): readonly TranscoderMember[] {
    return this.#pool.members;
  }

  /** Segments on their way now. */
  get inFlight(): number {
    return this.#running.size;
  }

  /** Sum of the capacities of all transcoders that take new sessions. */
  get capacity(): number {
    return this.#pool.members.reduce((sum, { capacity, draining }) => sum + (draining ? 0 : capacity), 0);
  }

  statistics(): readonly TranscoderStatistics[] {
    return [...this.#records.values()].map((record) => record.snapshot(this.#pool.load(record.member)));
  }

  /** Id of the transcoder that a session is bound to. */
  boundTo(sessionId: string): string | undefined {
    return this.#pool.boundTo(sessionId)?.id;
  }

  /** Takes a transcoder in. Segments whose transcoder was lost may go to it at once. */
  join(member: TranscoderMember): void {
    this.#pool.add(member);
    this.#records.set(member, new MemberRecord(member, this.#clock.nowMs()));
    this.#log.info({ transcoder: member.id, address: member.address, capacity: member.capacity }, 'transcoder joined');
    this.#events.emit({ kind: 'joined', id: member.id, address: member.address, capacity: member.capacity });
    for (const assignment of [...this.#running]) assignment.memberJoined();
  }

  /** Takes a transcoder out (its stream ended, or it is thrown out). Running tasks learn it from the member itself. */
  leave(member: TranscoderMember, reason: string): void {
    if (!this.#pool.remove(member)) return;
    this.#records.delete(member);
    this.#log.info({ transcoder: member.id, address: member.address, reason }, 'transcoder left');
    this.#events.emit({ kind: 'left', id: member.id, address: member.address, reason });
  }

  /** Gives a transcoder no new sessions; it keeps those it has. Returns false for an unknown id. */
  drain(id: string): boolean {
    const member = this.#pool.members.find((other) => other.id === id);
    member?.drain();
    return member !== undefined;
  }

  /** Throws a transcoder out: clean end of its stream. Returns false for an unknown id. */
  remove(id: string, reason: string): boolean {
    const member = this.#pool.members.find((other) => other.id === id);
    if (!member) return false;
    this.#dismiss(member, reason);
    return true;
  }

  /** Transcodes one segment; see `SegmentPort.submit` for the errors. */
  async transcode(prepared: PreparedJob, signal: AbortSignal): Promise<SegmentResult> {
    const timeoutMs = Math.max(this.#times.minTaskMs, this.#times.taskFactor * prepared.job.durationMs);
    const assignment = new Assignment(this.#port(prepared.job), { ...prepared, timeoutMs }, signal);
    this.#running.add(assignment);
    try {
      return await assignment.result;
    } finally {
      this.#running.delete(assignment);
    }
  }

  /** Ends a session: the transcoder it is bound to frees what it keeps for it. */
  endSession(sessionId: string): void {
    this.#pool.unbind(sessionId)?.endSession(sessionId);
  }

  /** Ends the relation with every transcoder. */
  close(reason: string): void {
    for (const member of [...this.#pool.members]) this.#dismiss(member, reason);
  }

  #port(job: SegmentJob): AssignmentPort {
    return {
      clock: this.#clock,
      lostGraceMs: this.#times.lostGraceMs,
      choose: (task: Task, avoid) => {
        const chosen = this.#pool.select(
          job.sessionId,
          ({ capabilities }) => isSelectable(task.job.capabilities, capabilities),
          avoid,
        );
        const record = 'member' in chosen ? this.#records.get(chosen.member) : undefined;
        if (record) record.inFlight += 1;
        return chosen;
      },
      unbind: (member) => {
        this.#pool.unbind(job.sessionId, member);
      },
      note: (member, event, tookMs, result, text) => this.#note(member, job, event, tookMs, result, text),
      release: (member) => {
        const record = this.#records.get(member);
        if (record) record.inFlight -= 1;
      },
      dismiss: (member, reason) => this.#dismiss(member, reason),
    };
  }

  #note(
    member: TranscoderMember,
    job: SegmentJob,
    event: AttemptEvent,
    tookMs: number,
    result: SegmentResult | undefined,
    text: string | undefined,
  ): void {
    this.#records.get(member)?.note(event, tookMs, this.#clock.nowMs(), job.data.length, result, text);
    if (event === 'done') return;
    const facts = {
      transcoder: member.id,
      session: job.sessionId,
      seq: String(job.seq),
      event,
      text,
      tookMs: Math.round(tookMs),
    };
    this.#log.warn(facts, 'a transcoder did not deliver a segment');
  }

  #dismiss(member: TranscoderMember, reason: string): void {
    this.leave(member, reason);
    member.close();
  }
}
