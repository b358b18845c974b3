import type { RunState, RunStateName } from '../api/snapshot.ts';
import { deadline, isTimeout } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { EngineError, toEngineError } from '../base/errors.ts';
import type { Role } from '../base/role.ts';

/** Why the engine is asked to stop taking work. */
export type StopReason = NonNullable<RunState['reason']>;

/** What one pause is. When it ends is decided by who asked for it. */
export interface PauseParameters {
  readonly reason: StopReason;
  /** Plain words shown to the person. */
  readonly text: string;
  /** When it is expected to end, milliseconds since the Unix epoch; only shown. */
  readonly resumeAtMs?: number;
  /** A rule asked for it. */
  readonly automatic?: boolean;
  /** What else asks for it, in plain words. */
  readonly also?: readonly string[];
}

/** Dependencies of a {@link RunStateMachine}. */
export interface RunStateParameters {
  readonly roles: readonly Role[];
  readonly clock: Clock;
  /** Milliseconds running segments get to end before they are given up. */
  readonly drainMs: number;
  readonly onChange: (state: RunState) => void;
}

/**
 * The one state machine behind every reason to stop: running → draining → paused → running, and → stopped at the end.
 * Roles always drain first; what a role cannot end within `drainMs` is given up and reported by the role itself.
 * Commands are serialised: a resume that comes during a drain waits for it.
 */
export class RunStateMachine {
  readonly #parameters: RunStateParameters;
  #state: RunState;
  #queue: Promise<unknown> = Promise.resolve();
  #roles: readonly Role[];
  /** The roles have not been started yet (they were exchanged during a pause). */
  #unstarted = true;
  /** Ends the {@link hold} that runs or waits. */
  #held: AbortController | undefined;

  constructor(parameters: RunStateParameters) {
    this.#parameters = parameters;
    this.#roles = parameters.roles;
    this.#state = { state: 'starting', sinceMs: parameters.clock.nowMs(), inFlight: 0 };
  }

  get state(): RunState {
    return this.#state;
  }

  /** Starts every role, in order; with `pause`, they start with the next resume instead. */
  start(pause?: PauseParameters): Promise<void> {
    return this.#serial(async () => {
      if (pause) {
        this.#enter('paused', shown(pause));
        return;
      }
      await this.#startRoles();
      this.#enter('running', {});
    });
  }

  /**
   * Exchanges the roles: drains those there are, releases them, and starts the ones that `make` gives; during a pause they
   * start with the next resume. When that fails, `fallback` makes roles instead, and the failure is thrown after they run.
   * `make` runs when the old roles hold nothing any more (ports, sessions). When the fallback fails too, nothing runs.
   */
  exchange(text: string, make: () => Promise<readonly Role[]>, fallback: () => Promise<readonly Role[]>): Promise<void> {
    this.#endHold();
    return this.#serial(async () => {
      if (this.#state.state === 'stopped') throw stoppedError();
      const paused = this.#state.state === 'paused';
      if (!paused) {
        this.#enter('draining', { reason: 'settings', text });
        await this.#drainRoles();
      }
      await this.#releaseRoles();
      try {
        await this.#take(make, paused);
      } catch (error) {
        await this.#take(fallback, paused).catch(() => {
          this.#enter('stopped', { reason: 'error', text: toEngineError(error).message });
        });
        throw error;
      }
    });
  }

  /**
   * Drains, runs `action` while nothing works, and works on; during a pause it runs at once. Every other command ends it early
   * by its signal, so that nobody waits for it. Rejects as `action` does.
   */
  hold(text: string, action: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#endHold();
    const control = new AbortController();
    this.#held = control;
    return this.#serial(async () => {
      if (this.#state.state === 'stopped') throw stoppedError();
      const working = this.#state.state === 'running';
      try {
        if (working) {
          this.#enter('draining', { reason: 'settings', text });
          await this.#drainRoles();
          this.#enter('paused', { reason: 'settings', text });
        }
        control.signal.throwIfAborted();
        await action(control.signal);
      } finally {
        if (this.#held === control) this.#held = undefined;
        if (working) {
          for (const role of this.#roles) await role.resume();
          this.#enter('running', {});
        }
      }
    });
  }

  #endHold(): void {
    this.#held?.abort(new EngineError({ code: 'aborted', message: 'Something else came first' }));
  }

  /** Drains, then stays paused until {@link resume}. During a pause it only changes what is shown. */
  pause(pause: PauseParameters): Promise<void> {
    this.#endHold();
    return this.#serial(async () => {
      if (this.#state.state === 'stopped') throw stoppedError();
      const facts = shown(pause);
      if (this.#state.state === 'paused') {
        const { sinceMs } = this.#state;
        this.#enter('paused', facts, sinceMs);
        return;
      }
      this.#enter('draining', facts);
      await this.#drainRoles();
      this.#enter('paused', facts);
    });
  }

  /** Takes work again; does nothing when already running. */
  resume(): Promise<void> {
    this.#endHold();
    return this.#serial(async () => {
      if (this.#state.state === 'stopped') throw stoppedError();
      if (this.#state.state === 'running') return;
      if (this.#unstarted) await this.#startRoles();
      else for (const role of this.#roles) await role.resume();
      this.#enter('running', {});
    });
  }

  /** Drains for the last time and releases every role, in reverse order. */
  stop(reason: StopReason, text: string): Promise<void> {
    this.#endHold();
    return this.#serial(async () => {
      if (this.#state.state === 'stopped') return;
      if (this.#state.state !== 'paused') {
        this.#enter('draining', { reason, text });
        await this.#drainRoles();
      }
      await this.#releaseRoles();
      this.#enter('stopped', { reason, text });
    });
  }

  /** Tells watchers how many segments are running; called by the recorder. */
  refreshInFlight(): void {
    const inFlight = this.#inFlight();
    if (inFlight === this.#state.inFlight) return;
    this.#state = { ...this.#state, inFlight };
    this.#parameters.onChange(this.#state);
  }

  #inFlight(): number {
    return this.#roles.reduce((sum, role) => sum + role.inFlight, 0);
  }

  async #take(make: () => Promise<readonly Role[]>, paused: boolean): Promise<void> {
    try {
      this.#roles = await make();
      this.#unstarted = true;
      if (paused) return;
      await this.#startRoles();
      this.#enter('running', {});
    } catch (error) {
      await this.#releaseRoles();
      throw error;
    }
  }

  async #startRoles(): Promise<void> {
    for (const role of this.#roles) await role.start();
    this.#unstarted = false;
  }

  async #releaseRoles(): Promise<void> {
    const roles = [...this.#roles].reverse();
    this.#roles = [];
    for (const role of roles) await role[Symbol.asyncDispose]();
  }

  async #drainRoles(): Promise<void> {
    using limit = deadline(this.#parameters.drainMs, 'Finishing the running segments');
    await Promise.all(
      this.#roles.map((role) =>
        role.drain(limit.signal).catch((error: unknown) => {
          if (!isTimeout(error)) throw error;
        }),
      ),
    );
  }

  #enter(state: RunStateName, facts: ShownFacts, sinceMs = this.#parameters.clock.nowMs()): void {
    this.#state = { state, sinceMs, inFlight: this.#inFlight(), ...facts };
    this.#parameters.onChange(this.#state);
  }

  #serial(action: () => Promise<void>): Promise<void> {
    const run = this.#queue.then(action);
    this.#queue = run.catch(() => {});
    return run;
  }
}

type ShownFacts = Omit<RunState, 'state' | 'sinceMs' | 'inFlight'>;

function shown({ reason, text, resumeAtMs, automatic = false, also = [] }: PauseParameters): ShownFacts {
  return {
    reason,
    text,
    ...(resumeAtMs === undefined ? {} : { resumeAtMs }),
    ...(automatic ? { automatic } : {}),
    ...(also.length === 0 ? {} : { also }),
  };
}

function stoppedError(): EngineError {
  return new EngineError({ code: 'not-ready', message: 'The engine has stopped', nextStep: 'Start it again.' });
}
