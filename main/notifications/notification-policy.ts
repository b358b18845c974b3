import type { Notice, NotificationSettings } from './notices.ts';
import { quietUntil } from './quiet-hours.ts';

/** A problem must stand this long before it is told, milliseconds: many end by themselves. */
export const STAND_MS = 30_000;

/** A problem that comes back is told again only after this, milliseconds. */
export const AGAIN_MS = 3_600_000;

/** At most one notification of problems in this time, milliseconds; those that come meanwhile are told together. */
export const REST_MS = 300_000;

/** What there is to do now. */
export interface NotificationDecision {
  /** Notices to show now, those of problems as one group. */
  readonly show: readonly Notice[];
  /** Notices that are dealt with: shown, or not wanted, or seen by the person on the page. */
  readonly done: readonly Notice[];
  /** When to decide again although nothing changes, milliseconds since the Unix epoch; undefined = not needed. */
  readonly againAtMs: number | undefined;
}

/** What a decision is made from. */
export interface NotificationInput {
  /** Everything that stands now. */
  readonly notices: readonly Notice[];
  readonly settings: NotificationSettings;
  /** The app's window is in front, so the person sees it there. */
  readonly attending: boolean;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

/** Decides which notices become notifications, and when. Holds what was told since the app started. */
export class NotificationPolicy {
  /** When each notice that stands was first seen. */
  readonly #seen = new Map<string, number>();
  /** Notices told, by when; those that stand are never told again. */
  readonly #told = new Map<string, number>();
  #lastProblemAtMs = Number.NEGATIVE_INFINITY;

  decide({ notices, settings, attending, nowMs }: NotificationInput): NotificationDecision {
    this.#follow(notices, nowMs);
    const due: Notice[] = [];
    const done: Notice[] = [];
    let againAtMs: number | undefined;
    const later = (atMs: number): void => {
      againAtMs = Math.min(againAtMs ?? atMs, atMs);
    };
    const quietEndMs = quietUntil(settings.quietHours, nowMs);
    for (const notice of notices) {
      if (this.#told.has(notice.key)) continue;
      if (!settings[notice.kind]) {
        // A problem that is switched on again still stands; the others were their moment.
        if (notice.kind !== 'problem') done.push(notice);
        continue;
      }
      const ripeAtMs = this.#ripeAtMs(notice, nowMs);
      if (ripeAtMs > nowMs) later(ripeAtMs);
      else if (attending) done.push(notice);
      else if (quietEndMs !== undefined) later(quietEndMs);
      else due.push(notice);
    }
    for (const notice of [...due, ...done]) this.#told.set(notice.key, nowMs);
    if (due.some(({ kind }) => kind === 'problem')) this.#lastProblemAtMs = nowMs;
    return { show: due, done: [...due, ...done], againAtMs };
  }

  #follow(notices: readonly Notice[], nowMs: number): void {
    const standing = new Set(notices.map(({ key }) => key));
    for (const key of this.#seen.keys()) if (!standing.has(key)) this.#seen.delete(key);
    // A clock that was set back must silence nothing: what was seen in its future begins anew.
    for (const key of standing) if ((this.#seen.get(key) ?? Number.POSITIVE_INFINITY) > nowMs) this.#seen.set(key, nowMs);
    // What has gone may be told again later.
    for (const [key, toldAtMs] of this.#told) {
      if (!standing.has(key) && (nowMs - toldAtMs >= AGAIN_MS || toldAtMs > nowMs)) this.#told.delete(key);
    }
  }

  #ripeAtMs({ key, kind, urgent }: Notice, nowMs: number): number {
    if (kind !== 'problem' || urgent) return nowMs;
    const restEndsAtMs = this.#lastProblemAtMs > nowMs ? nowMs : this.#lastProblemAtMs + REST_MS;
    return Math.max((this.#seen.get(key) ?? nowMs) + STAND_MS, restEndsAtMs);
  }
}
