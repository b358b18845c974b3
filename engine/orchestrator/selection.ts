import { WIRE_TEXT } from './faults.ts';

/** What selection must know of a transcoder. */
export interface Selectable {
  /** Sessions it takes. */
  readonly capacity: number;
  /** True once it must get no new sessions (but keeps those it has). */
  readonly draining: boolean;
}

/** A transcoder in the pool with the sessions bound to it. */
interface Entry<M extends Selectable> {
  readonly member: M;
  load: number;
  live: boolean;
}

/** The chosen transcoder, or the protocol's text saying why there is none. */
export type Selection<M> = { readonly member: M } | { readonly error: string };

/**
 * Which transcoder gets which session: go-livepeer `core/orchestrator.go` (RemoteTranscoderManager.selectTranscoder).
 * Sessions stick to their transcoder; a new one goes to the lowest load factor (sessions ÷ capacity) among those that
 * accept the job. Pure bookkeeping: no clock, no network.
 */
export class TranscoderPool<M extends Selectable> {
  /** Sorted by load factor, highest first; scanned from the end, as the reference does. */
  #entries: Entry<M>[] = [];
  readonly #bySession = new Map<string, Entry<M>>();
  readonly #byMember = new Map<M, Entry<M>>();

  get members(): readonly M[] {
    return this.#entries.map(({ member }) => member);
  }

  /** Sessions bound to a member now. */
  load(member: M): number {
    return this.#byMember.get(member)?.load ?? 0;
  }

  /** The live member a session is bound to. */
  boundTo(sessionId: string): M | undefined {
    const entry = this.#bySession.get(sessionId);
    return entry?.live ? entry.member : undefined;
  }

  add(member: M): void {
    const entry: Entry<M> = { member, load: 0, live: true };
    this.#entries.push(entry);
    this.#byMember.set(member, entry);
    this.#sort();
  }

  /** Takes a member out; its sessions are bound anew when their next segment comes. Returns false when it was not in. */
  remove(member: M): boolean {
    const entry = this.#byMember.get(member);
    if (!entry) return false;
    entry.live = false;
    this.#byMember.delete(member);
    this.#entries = this.#entries.filter((other) => other !== entry);
    return true;
  }

  /**
   * Chooses for one segment and binds the session. `accepts` says whether a member can do the job at all. A bound
   * session stays where it is without being asked again, exactly as in the reference; `avoid` names members that already
   * failed this segment: a session bound to one of them moves if another has room, and else stays bound.
   */
  select(sessionId: string, accepts: (member: M) => boolean, avoid?: ReadonlySet<M>): Selection<M> {
    if (this.#entries.length === 0) return { error: WIRE_TEXT.noTranscoders };
    const able = this.#entries.filter(({ member }) => accepts(member));
    if (able.length === 0) return { error: WIRE_TEXT.noCapable };
    const bound = this.#bySession.get(sessionId);
    if (bound?.live && avoid?.has(bound.member) !== true) return { member: bound.member };
    if (bound && !bound.live) this.unbind(sessionId);
    const entry = able.findLast(({ member }) => !member.draining && avoid?.has(member) !== true);
    if (!entry || entry.load >= entry.member.capacity) return { error: WIRE_TEXT.noTranscoders };
    this.unbind(sessionId);
    this.#bySession.set(sessionId, entry);
    entry.load += 1;
    this.#sort();
    return { member: entry.member };
  }

  /** Frees a session's place, if `from` is given only at that member; returns the live member that held it. */
  unbind(sessionId: string, from?: M): M | undefined {
    const entry = this.#bySession.get(sessionId);
    if (!entry || (from !== undefined && entry.member !== from)) return undefined;
    this.#bySession.delete(sessionId);
    entry.load -= 1;
    this.#sort();
    return entry.live ? entry.member : undefined;
  }

  #sort(): void {
    this.#entries.sort((a, b) => b.load / b.member.capacity - a.load / a.member.capacity);
  }
}
