import type { Hardware } from '../api/hardware.ts';
import type { ConfigureResult } from '../api/orchestrator.ts';
import type { Availability } from '../availability/availability.ts';
import { untilAborted } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { EngineError, toEngineError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Role } from '../base/role.ts';
import type { Config } from '../config/schema.ts';
import { configChanges } from '../config/settings.ts';
import type { Health } from '../health/health.ts';
import type { MeasureOptions } from '../media/benchmark.ts';
import type { InviteDesk } from '../orchestrator/invite-route.ts';
import type { PracticeNetwork } from '../practice/network.ts';
import type { Store } from '../store/store.ts';
import type { TranscoderObserver } from '../transcoder/observer.ts';
import { runsOrchestrator } from './choices.ts';
import { type Composition, composeRoles, needsCompute, type RoleSecrets } from './compose.ts';
import { type Compute, startCompute } from './compute.ts';
import { deviceChoices } from './devices.ts';
import type { Measurable } from './estimate.ts';
import { START_KEY } from './fixes.ts';
import type { HardwareService } from './hardware-service.ts';
import { OrchestratorWatch } from './own-orchestrator.ts';
import { Pausing } from './pausing.ts';
import { RunStateMachine, type StopReason } from './run-state.ts';
import type { EngineState } from './state.ts';

/** Milliseconds that running segments get to end when the engine pauses or stops: the longest a segment may take. */
const DRAIN_MS = 20_000;

/** Settings that are only read when the engine starts. */
const AT_NEXT_START = /^(api\.|logLevel$)/;

/** Whether a change of this setting waits for the next start of the engine. */
export function waitsForStart(path: string): boolean {
  return AT_NEXT_START.test(path);
}

/** Settings that running roles take up as they are. */
const LIVE =
  /^(orchestrator\.(operator\.|payoutAddress$)|capacity$|uploadMbps$|history\.|preview$|scale$|gpus\.|cpu\.|availability\.|remote\.|ownOrchestrator\.price)/;

/** What {@link Work} is made from. */
export interface WorkParameters {
  readonly config: Config;
  readonly secrets: RoleSecrets;
  readonly hardware: HardwareService;
  readonly observer: TranscoderObserver;
  readonly store: Store;
  readonly health: Health;
  readonly state: EngineState;
  readonly clock: Clock;
  readonly log: Log;
  readonly dataDir: string;
  /** Exchanges the codes of the own orchestrator's invites. */
  readonly invites?: InviteDesk;
  readonly practiceLimit: number | undefined;
  /** What decides about pauses. */
  readonly availability: Availability;
  /** The practice network has ended by itself, or its video cannot be used. */
  readonly onPracticeEnd: (reason: StopReason, text: string) => void;
  /** This machine's compute has come, gone, or can take more or fewer streams than before. */
  readonly onCompute: () => void;
}

/** What a configuration and its secrets are at one moment. */
export interface Choice {
  readonly config: Config;
  readonly secrets: RoleSecrets;
}

/**
 * What the engine does: this machine's compute, and the roles that the configuration means. A new configuration drains the
 * old roles and starts the new ones; nothing else of the engine (history, page, hardware) is touched by it.
 */
export class Work implements AsyncDisposable, Measurable {
  readonly #parameters: WorkParameters;
  readonly #abort = new AbortController();
  #choice: Choice;
  #found: Hardware | undefined;
  #compute: Compute | undefined;
  #composition: Composition | undefined;
  #watch: OrchestratorWatch | undefined;
  #machine: RunStateMachine | undefined;
  #starting: Promise<void> | undefined;
  /** Does what is decided about pauses. */
  readonly pausing: Pausing;

  constructor(parameters: WorkParameters) {
    this.#parameters = parameters;
    this.#choice = { config: parameters.config, secrets: parameters.secrets };
    this.pausing = new Pausing({
      decision: () => parameters.availability.decision,
      machine: () => this.#machine,
      match: async (resting) => await this.#compute?.match(resting),
      health: parameters.health,
      log: parameters.log,
    });
  }

  /** This machine's compute; undefined where the configuration needs none. */
  get compute(): Compute | undefined {
    return this.#compute;
  }

  /** The configuration that the roles run with. */
  get config(): Config {
    return this.#choice.config;
  }

  get practice(): PracticeNetwork | undefined {
    return this.#composition?.practice;
  }

  /** This process's orchestrator as it is watched; undefined when there is none. */
  get orchestrator(): OrchestratorWatch | undefined {
    return this.#watch;
  }

  /** Pause, resume and stop; undefined until the first roles are made. */
  get machine(): RunStateMachine | undefined {
    return this.#machine;
  }

  /** Looks at the hardware, then starts the roles. Rejects with what keeps them from working at all. */
  start(): Promise<void> {
    this.#starting = this.#start();
    return this.#starting;
  }

  async #start(): Promise<void> {
    const { hardware, clock, state, health, availability } = this.#parameters;
    this.#found = await hardware.detect(false);
    this.#abort.signal.throwIfAborted();
    const roles = await this.#make(this.#choice);
    this.#machine = new RunStateMachine({
      roles,
      clock,
      drainMs: DRAIN_MS,
      onChange: (run) => {
        state.change({ run });
        if (run.state !== 'running') return;
        // Roles exchanged during a pause start with the resume.
        this.#watch?.start();
        health.clear(START_KEY);
      },
    });
    const { pause } = availability.decision;
    this.pausing.begun(pause);
    await this.#machine.start(pause ?? undefined);
    // Something may have changed since.
    this.pausing.wake();
  }

  /** Ends a start that is under way, and takes no more decisions about pauses. */
  abort(): void {
    this.pausing[Symbol.dispose]();
    this.#abort.abort();
  }

  /**
   * Takes up a new configuration. Roles are exchanged only where it asks for other ones; when the new ones cannot start, the
   * old configuration goes on and the result says why. A start that is under way ends first: its roles are made already.
   */
  async reconfigure(next: Choice): Promise<ConfigureResult> {
    await this.#starting?.catch(() => {});
    const machine = this.#machine;
    const before = this.#choice;
    const changed = configChanges(before.config, next.config).map(({ path }) => path);
    const atNextStart = changed.filter((path) => AT_NEXT_START.test(path));
    const sameSecrets = next.secrets.remote === before.secrets.remote && next.secrets.own === before.secrets.own;
    const sameRoles = changed.every((path) => AT_NEXT_START.test(path) || LIVE.test(path) || !concerns(path, next.config));
    if (!machine || (sameRoles && sameSecrets)) {
      this.#choice = next;
      this.#watch?.refresh(next.config);
      this.#showChoices();
      this.#settingsChanged();
      return { changed, rolesChanged: false, atNextStart };
    }
    this.#parameters.log.info({ changed }, 'taking up new settings');
    try {
      await machine.exchange(
        'Taking up new settings',
        () => this.#make(next),
        () => this.#make(before),
      );
      this.#settingsChanged();
      return { changed, rolesChanged: true, atNextStart };
    } catch (error) {
      this.#settingsChanged();
      return { changed: [], rolesChanged: true, atNextStart: [], error: toEngineError(error).toInfo() };
    }
  }

  /** Measures this machine's devices while its roles rest, then lets them work on. */
  async measure(options: MeasureOptions): Promise<void> {
    // Asked for while the engine still starts, it waits for its devices.
    if (this.#starting)
      await untilAborted(
        this.#starting.catch(() => {}),
        options.signal,
      );
    const compute = this.#compute;
    const machine = this.#machine;
    if (!compute || !machine) {
      throw new EngineError({
        code: 'not-ready',
        message: needsCompute(this.config)
          ? 'This machine is not ready yet'
          : 'This configuration does no video work on this machine',
        nextStep: needsCompute(this.config) ? 'Try again in a moment.' : 'Measure on the machine that transcodes.',
      });
    }
    await machine.hold('Measuring what this machine can do', (signal) =>
      compute.measure({ ...options, signal: AbortSignal.any([options.signal, signal]) }),
    );
  }

  measured(): ReturnType<Measurable['measured']> {
    return this.#compute?.measured() ?? null;
  }

  measureLimitMs(): number {
    return this.#compute?.measureLimitMs ?? 0;
  }

  /** Ends what {@link RunStateMachine.stop} leaves: the watch and the compute. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.pausing[Symbol.dispose]();
    this.#watch?.[Symbol.dispose]();
    await this.#compute?.[Symbol.asyncDispose]();
  }

  /** Takes up settings that no role depends on: which devices work, and when. */
  #settingsChanged(): void {
    const { hardware, availability } = this.#parameters;
    const off = Object.entries(this.config.gpus).flatMap(([uuid, { enabled }]) => (enabled ? [] : [uuid]));
    hardware.setDisabled(new Set(off));
    this.#compute?.publish();
    this.#devicesChanged();
    availability.look();
  }

  /** Tells the rules what devices there are now, and brings them to what is wanted. */
  #devicesChanged(): void {
    const { availability } = this.#parameters;
    // Not while the compute is being made: then nothing is known anew.
    if (!this.#compute && needsCompute(this.config)) return;
    availability.setDevices(this.#compute?.choices, this.#compute?.uses ?? []);
    this.pausing.wake();
  }

  /** Makes the roles of a choice; what belonged to the roles before is gone by now. */
  async #make(choice: Choice): Promise<readonly Role[]> {
    const { config, secrets } = choice;
    const { observer, practiceLimit, clock, log, state, health, dataDir, invites } = this.#parameters;
    this.#watch?.[Symbol.dispose]();
    this.#watch = undefined;
    this.#composition = undefined;
    this.#choice = choice;
    health.clear('orchestrator-refused');
    state.change({ practice: null, previews: [], link: null, orchestrator: null });
    this.#showChoices();
    await this.#matchCompute(config);
    const composition = await composeRoles({
      config,
      secrets,
      observer,
      practiceLimit,
      clock,
      log,
      dataDir,
      ...(invites ? { invites } : {}),
      ...(this.#compute ? { transcoder: this.#compute.transcoder } : {}),
    });
    this.#composition = composition;
    if (composition.practice) this.#watchPractice(composition.practice);
    if (composition.orchestrator) {
      this.#watch = new OrchestratorWatch({
        orchestrator: composition.orchestrator,
        health,
        clock,
        onView: (orchestrator) => state.change({ orchestrator }),
      });
    }
    return composition.roles;
  }

  async #matchCompute(config: Config): Promise<void> {
    const { hardware, store, health, clock, log, state, availability } = this.#parameters;
    if (!needsCompute(config)) {
      await this.#compute?.[Symbol.asyncDispose]();
      this.#compute = undefined;
      this.#devicesChanged();
      state.change({ capacity: null });
      this.#parameters.onCompute();
      return;
    }
    // Cards may have come or gone since the start.
    const found = state.snapshot.hardware ?? this.#found;
    if (this.#compute || !found) return;
    availability.setDevices(deviceChoices(found, config), []);
    this.#compute = await startCompute({
      config: () => this.config,
      hardware: found,
      service: hardware,
      resting: new Set(availability.decision.restingGpus.map(({ uuid }) => uuid)),
      store,
      health,
      clock,
      log,
      state,
      signal: this.#abort.signal,
      onDevices: () => this.#devicesChanged(),
    });
    this.#devicesChanged();
    this.#compute.onCapacity.on(() => {
      this.#composition?.client?.refresh();
      this.#parameters.onCompute();
    });
    this.#parameters.onCompute();
  }

  #showChoices(): void {
    const { nodeMode, deploymentType, scale } = this.config;
    this.#parameters.state.change({ choices: { nodeMode, deploymentType, scale } });
  }

  #watchPractice(practice: PracticeNetwork): void {
    const { state, log, onPracticeEnd } = this.#parameters;
    const current = () => this.practice === practice;
    state.change({ practice: practice.status, previews: practice.previews.list() });
    practice.onChange((status) => current() && state.change({ practice: status }));
    practice.onPreviews((previews) => current() && state.change({ previews }));
    practice.finished.then(
      () => current() && onPracticeEnd('user', 'The practice run is complete'),
      (error: unknown) => {
        const { code, message } = toEngineError(error);
        if (code === 'aborted' || !current()) return;
        log.error({ err: error }, 'the practice video cannot be used');
        onPracticeEnd('error', message);
      },
    );
  }
}

/** Whether a setting matters to what a configuration runs: the practice pace of a siphon, for one, does not. */
function concerns(path: string, config: Config): boolean {
  const own = runsOrchestrator(config);
  if (path.startsWith('practice.')) return config.deploymentType === 'practice';
  if (path.startsWith('ownOrchestrator.')) return own;
  if (path.startsWith('orchestrator.')) return !own && config.deploymentType !== 'practice';
  if (path === 'splitHalf') return config.deploymentType === 'ot-split';
  return true;
}
