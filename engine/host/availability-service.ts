import type { z } from 'zod';
import type { OverrideSchema, Presence } from '../api/availability.ts';
import type { PauseSchema } from '../api/commands.ts';
import { Availability } from '../availability/availability.ts';
import { readBattery } from '../availability/battery.ts';
import { CardUseWatch, type WatchedCard } from '../availability/card-use-watch.ts';
import type { Clock } from '../base/clock.ts';
import { Disposables } from '../base/disposables.ts';
import type { Log } from '../base/log.ts';
import type { Config } from '../config/schema.ts';
import { isOwnProcess } from '../gpu/process-family.ts';
import { isReady } from '../gpu/verdict.ts';
import type { Store } from '../store/store.ts';
import type { HardwareService } from './hardware-service.ts';
import type { EngineState } from './state.ts';
import type { Work } from './work.ts';

/** A fixed piece of work is done at once, whoever uses the computer; heat still counts. */
const AT_ONCE = {
  schedule: null,
  onBattery: 'work',
  onlyWhenIdle: { enabled: false, minutes: 5 },
  gpuNeeded: { enabled: false, abovePercent: 100, afterSeconds: 600, resumeAfterSeconds: 10 },
} as const satisfies Partial<Config['availability']>;

/** Where the person's own pause is kept. */
const KEY = 'own-pause';

/** What an {@link AvailabilityService} needs. */
export interface AvailabilityServiceParameters {
  readonly initial: Config;
  readonly store: Store;
  readonly hardware: HardwareService;
  readonly state: EngineState;
  readonly work: () => Work;
  /** False: this engine does a fixed piece of work, and pauses from earlier runs do not concern it. */
  readonly remembers: boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** The rules of when Siphon works, with where their facts come from and what clients may do about them. */
export class AvailabilityService implements AsyncDisposable {
  readonly availability: Availability;
  readonly #parameters: AvailabilityServiceParameters;
  readonly #watch: CardUseWatch;
  readonly #owned = new Disposables();
  #started = false;

  constructor(parameters: AvailabilityServiceParameters) {
    this.#parameters = parameters;
    const { store, hardware, state, remembers, clock, log } = parameters;
    this.#watch = this.#owned.use(
      new CardUseWatch({
        settings: () => this.#settings.gpuNeeded,
        cards: () => this.#cards(),
        processes: (signal) => hardware.processes(signal),
        isOurs: (pid) => isOwnProcess(pid, this.#started ? (parameters.work().compute?.pids ?? new Set()) : new Set()),
        clock,
        log,
        onChange: () => this.availability.look(),
      }),
    );
    this.availability = this.#owned.use(
      new Availability({
        settings: () => this.#settings,
        keeper: {
          read: () => (remembers ? store.getValue(KEY) : null),
          write: (pause) => {
            if (remembers) store.setValue(KEY, pause);
          },
        },
        battery: readBattery,
        use: () => ({ needed: this.#watch.needed, unknown: this.#watch.unknown }),
        clock,
        log,
        onDecision: ({ pause }) => {
          log.info({ reason: pause?.reason ?? null }, pause === null ? 'nothing asks for a pause' : pause.text);
          if (this.#started) parameters.work().pausing.wake();
        },
        onView: (availability) => state.change({ availability }),
      }),
    );
    this.#owned.use(hardware.onSamples.on((samples) => this.availability.observe(samples)));
  }

  /** Begins to look at the rules; `work` exists from now on. Resolves after the first look. */
  async start(): Promise<void> {
    this.#started = true;
    await this.availability.start();
    this.#watch.start();
  }

  /** Pauses for the person; resolves when running segments have ended, or at once while the engine starts. */
  async pause({ forMs, until }: z.infer<typeof PauseSchema>): Promise<void> {
    this.availability.pause({ forMs, until });
    this.#tellStarting();
    await this.#parameters.work().pausing.settle();
  }

  /** Ends the person's own pause. */
  async resume(): Promise<void> {
    this.availability.resume();
    this.#tellStarting();
    await this.#parameters.work().pausing.settle();
  }

  /** Works although rules ask for a pause. */
  async override({ rules }: z.infer<typeof OverrideSchema>): Promise<void> {
    this.availability.override(rules);
    this.#tellStarting();
    await this.#parameters.work().pausing.settle();
  }

  report(presence: Presence): void {
    this.availability.report(presence);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned[Symbol.asyncDispose]();
  }

  get #settings(): Config['availability'] {
    const { initial, work, remembers } = this.#parameters;
    const { availability } = this.#started ? work().config : initial;
    return remembers ? availability : { ...availability, ...AT_ONCE };
  }

  /** A pause that comes during the start is taken up when the start is done; until then the state says so. */
  #tellStarting(): void {
    const { state, work } = this.#parameters;
    const { run } = state.snapshot;
    if (run.state !== 'starting' || work().machine) return;
    const { pause } = this.availability.decision;
    const { sinceMs, inFlight } = run;
    const facts = pause === null ? {} : { reason: pause.reason, text: `${pause.text}, as soon as the start is done` };
    state.change({ run: { state: 'starting', sinceMs, inFlight, ...facts } });
  }

  /** The cards that are looked at: those that could work. A MIG slice has no load of its own to tell. */
  #cards(): WatchedCard[] {
    const { hardware, state, work } = this.#parameters;
    const gpus = (state.snapshot.hardware ?? hardware.hardware)?.gpus ?? [];
    return gpus.filter(isReady).map(({ uuid, index, sample }) => {
      return { uuid, index, sample, streams: work().compute?.streamsOn(uuid) ?? 0 };
    });
  }
}
