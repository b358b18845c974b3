import {
  AVAILABILITY_RULES,
  type AvailabilityRule,
  type AvailabilityRuleView,
  type AvailabilityView,
  type DeviceUse,
  PRESENCE_STALE_MS,
  type Presence,
} from '../api/availability.ts';
import type { GpuSample } from '../api/hardware.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Config } from '../config/schema.ts';
import { BINDING, combine, type Decision } from './combine.ts';
import type { DeviceFact, Facts, NeededCard } from './facts.ts';
import { hotCards } from './hysteresis.ts';
import { OwnPauseBook, type PauseKeeper, type PauseWish } from './own-pause.ts';
import { lookAtRules } from './rules.ts';

/** The longest time between two looks at the rules, milliseconds: clocks that jump and days that change are noticed within. */
const TICK_MS = 5000;

/** What {@link Availability} works with. */
export interface AvailabilityParameters {
  readonly settings: () => Config['availability'];
  readonly keeper: PauseKeeper;
  readonly clock: Clock;
  readonly log: Log;
  /** The battery as the engine itself can read it. */
  readonly battery: () => Promise<Facts['ownBattery']>;
  /** What other programs need, and why nothing can be told. */
  readonly use: () => { readonly needed: readonly NeededCard[]; readonly unknown: string | undefined };
  readonly onDecision: (decision: Decision) => void;
  readonly onView: (view: AvailabilityView) => void;
  readonly tickMs?: number;
}

/** Gathers the facts, looks at the rules, and tells what they and the person together want, whenever that changes. */
export class Availability implements Disposable {
  readonly #parameters: AvailabilityParameters;
  readonly #own: OwnPauseBook;
  readonly #temperatures = new Map<string, number | null>();
  #presence: { readonly facts: Presence; readonly atMs: number; readonly atMonotonic: number } | undefined;
  #battery: Facts['ownBattery'];
  #hot: ReadonlySet<string> = new Set();
  #devices: readonly DeviceFact[] | undefined;
  #uses: readonly DeviceUse[] = [];
  #overridden = new Set<AvailabilityRule>();
  #rules: readonly AvailabilityRuleView[] = [];
  #decision: Decision = { pause: null, restingGpus: [] };
  #told = '';
  #shown = '';
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(parameters: AvailabilityParameters) {
    this.#parameters = parameters;
    this.#own = new OwnPauseBook(parameters.clock, parameters.keeper);
  }

  /** What is wanted now. */
  get decision(): Decision {
    return this.#decision;
  }

  /** Reads the battery once, then looks at the rules again and again. */
  async start(): Promise<void> {
    await this.#readBattery();
    this.look();
    this.#schedule();
  }

  /** The person's own pause; replaces one that stands. */
  pause(wish: PauseWish): void {
    this.#own.begin(wish);
    this.look();
    this.#schedule();
  }

  /** Ends the person's own pause. */
  resume(): void {
    this.#own.end();
    this.look();
  }

  /** Works although these rules (all that are active, when left out) ask for a pause; each until it has cleared. */
  override(rules: readonly AvailabilityRule[] = AVAILABILITY_RULES): void {
    this.look();
    for (const { rule, state } of this.#rules) {
      if (state === 'active' && rules.includes(rule) && !BINDING.has(rule)) this.#overridden.add(rule);
    }
    this.#own.end();
    this.look();
  }

  /** Takes a report of the desktop shell. */
  report(facts: Presence): void {
    const { clock } = this.#parameters;
    this.#presence = { facts, atMs: clock.nowMs(), atMonotonic: clock.monotonicMs() };
    this.look();
  }

  /** Takes a reading of the cards' sensors. */
  observe(samples: readonly GpuSample[]): void {
    for (const { uuid, temperatureC } of samples) this.#temperatures.set(uuid, temperatureC);
    this.look();
  }

  /** Takes what devices there are; undefined = no device is needed, or none is known yet. */
  setDevices(devices: readonly DeviceFact[] | undefined, uses: readonly DeviceUse[]): void {
    this.#devices = devices;
    this.#uses = uses;
    this.look();
  }

  /** Looks at all rules now: facts or settings have changed. */
  look(): void {
    if (this.#stopped) return;
    const { clock, onDecision, onView } = this.#parameters;
    const facts = this.#facts();
    const outcomes = lookAtRules(facts);
    for (const rule of this.#overridden) if (outcomes.get(rule)?.state !== 'active') this.#overridden.delete(rule);
    const nowMs = clock.nowMs();
    this.#rules = [...outcomes].map(([rule, outcome]): AvailabilityRuleView => {
      const before = this.#rules.find((each) => each.rule === rule);
      const sinceMs = before?.state === outcome.state ? before.sinceMs : nowMs;
      if (!this.#overridden.has(rule)) return { rule, sinceMs, ...outcome };
      return {
        rule,
        sinceMs,
        ...outcome,
        text: `${outcome.text} You chose to work anyway until this is over.`,
        overridden: true,
      };
    });
    const ownPause = this.#own.current();
    this.#decision = combine(this.#rules, ownPause, this.#devices);
    const told = JSON.stringify(this.#decision);
    if (told !== this.#told) {
      this.#told = told;
      onDecision(this.#decision);
    }
    const { presence } = facts;
    const view: AvailabilityView = {
      rules: this.#rules,
      ownPause,
      presence: presence && this.#presence ? { ...presence, atMs: this.#presence.atMs } : null,
      restingGpus: this.#decision.restingGpus,
      devices: this.#uses,
    };
    const shown = JSON.stringify(view);
    if (shown === this.#shown) return;
    this.#shown = shown;
    onView(view);
  }

  [Symbol.dispose](): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #facts(): Facts {
    const { settings, clock, use } = this.#parameters;
    const { temperature } = settings();
    this.#hot = hotCards(this.#hot, this.#temperatures, temperature);
    const { needed, unknown } = use();
    const presence = this.#presence;
    const fresh = presence !== undefined && clock.monotonicMs() - presence.atMonotonic <= PRESENCE_STALE_MS;
    return {
      nowMs: clock.nowMs(),
      settings: settings(),
      devices: this.#devices,
      presence: fresh ? presence.facts : undefined,
      ownBattery: this.#battery,
      temperatures: this.#temperatures,
      hot: this.#hot,
      needed,
      ...(unknown === undefined ? {} : { useUnknown: unknown }),
    };
  }

  async #readBattery(): Promise<void> {
    const { settings, battery, log } = this.#parameters;
    if (settings().onBattery === 'work') return;
    try {
      this.#battery = await battery();
    } catch (error) {
      log.debug({ err: error }, 'the battery could not be read');
    }
  }

  /** Short timers only, and the clock read anew each time: sleep, summer time and a clock that is set do no harm. */
  #schedule(): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    const { clock, tickMs = TICK_MS } = this.#parameters;
    const ownUntil = this.#own.current()?.until;
    const borders = [...this.#rules.map(({ endsAtMs }) => endsAtMs), ownUntil?.kind === 'time' ? ownUntil.atMs : undefined];
    const next = Math.min(tickMs, ...borders.flatMap((at) => (at === undefined ? [] : [at - clock.nowMs()])));
    this.#timer = setTimeout(() => void this.#tick(), Math.max(20, next)).unref();
  }

  async #tick(): Promise<void> {
    await this.#readBattery();
    this.look();
    this.#schedule();
  }
}
