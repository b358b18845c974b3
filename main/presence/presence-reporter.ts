import type { Presence } from '../../engine/api/availability.ts';

/** What the machine tells, without whether it is about to sleep. */
export type Sighting = Omit<Presence, 'suspending'>;

/** A report is made at least this often while a rule depends on it, milliseconds; the engine forgets after 60 s. */
export const REPORT_MS = 15_000;

/** While the time since the last input matters, it is looked at this often, milliseconds, so that the person's return is seen soon. */
export const LOOK_MS = 5_000;

/** So long after it was said to sleep a machine on which this program runs is awake, whether the system said so or not, milliseconds. */
export const SUSPEND_LIMIT_MS = 60_000;

/** What the engine wants to know at present. */
export interface Wanted {
  readonly battery: boolean;
  readonly idle: boolean;
}

/** What a {@link PresenceReporter} is made with. */
export interface PresenceReporterParameters {
  /** Asks the system; cheap. */
  readonly look: () => Sighting;
  /** Tells the engine. False = none is connected. */
  readonly report: (presence: Presence) => boolean;
}

/** Tells the engine what only the desktop knows: on change and regularly while a rule wants it, otherwise nothing. */
export class PresenceReporter implements Disposable {
  readonly #parameters: PresenceReporterParameters;
  #wanted: Wanted = { battery: false, idle: false };
  /** When the machine was said to go to sleep, by the monotonic clock; undefined = it is awake. */
  #suspendingSince: number | undefined;
  #last: Presence | undefined;
  #reportedAtMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(parameters: PresenceReporterParameters) {
    this.#parameters = parameters;
  }

  /** The rules have changed, or another engine is there (`afresh`): it knows nothing yet. */
  want(wanted: Wanted, afresh = false): void {
    const changed = wanted.battery !== this.#wanted.battery || wanted.idle !== this.#wanted.idle;
    this.#wanted = wanted;
    // Sleep is told whatever the rules say: running segments are finished first.
    if ((this.#any && (changed || afresh)) || (afresh && this.#suspending)) this.#report();
    else if (!this.#any) this.#stop();
  }

  /** Something happened that is not looked for: mains or battery, locked or not. */
  changed(): void {
    if (this.#any) this.#report();
  }

  /** The machine goes to sleep, or has woken. */
  suspending(now: boolean): void {
    this.#suspendingSince = now ? performance.now() : undefined;
    this.#report();
  }

  [Symbol.dispose](): void {
    this.#stop();
  }

  get #any(): boolean {
    return this.#wanted.battery || this.#wanted.idle;
  }

  get #suspending(): boolean {
    return this.#suspendingSince !== undefined && performance.now() - this.#suspendingSince < SUSPEND_LIMIT_MS;
  }

  #report(): void {
    const presence = { ...this.#parameters.look(), suspending: this.#suspending };
    this.#last = presence;
    this.#reportedAtMs = performance.now();
    const connected = this.#parameters.report(presence);
    this.#stop();
    if (this.#any && connected) this.#timer = setInterval(() => this.#tick(), this.#wanted.idle ? LOOK_MS : REPORT_MS);
  }

  #tick(): void {
    const sighting = this.#parameters.look();
    const last = this.#last;
    const back = (sighting.idleSeconds ?? 0) < (last?.idleSeconds ?? 0);
    const other = sighting.onBattery !== last?.onBattery || sighting.locked !== last?.locked;
    if (back || other || performance.now() - this.#reportedAtMs >= REPORT_MS - 500) this.#report();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
