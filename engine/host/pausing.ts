import { isDeepStrictEqual } from 'node:util';
import type { Decision } from '../availability/combine.ts';
import { toEngineError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Health } from '../health/health.ts';
import type { RunStateMachine } from './run-state.ts';

/** A resume that failed is tried again after this long, milliseconds. */
const RETRY_MS = 15_000;
const PROBLEM = 'resume-failed';

/** What {@link Pausing} works with. */
export interface PausingParameters {
  readonly decision: () => Decision;
  /** Undefined until the first roles are made. */
  readonly machine: () => RunStateMachine | undefined;
  /** Makes the devices at work those wanted, without the resting ones. */
  readonly match: (resting: ReadonlySet<string>) => Promise<void>;
  readonly health: Health;
  readonly log: Log;
}

/**
 * Does what is decided about pauses: drains before devices go, brings devices back before work is taken again. Decisions that
 * come meanwhile are not queued: the last one counts.
 */
export class Pausing implements Disposable {
  readonly #parameters: PausingParameters;
  #running: Promise<void> | undefined;
  #again = false;
  /** The pause that the run state is in because of us. */
  #applied: Decision['pause'] = null;
  #stopped = false;
  #retry: NodeJS.Timeout | undefined;

  constructor(parameters: PausingParameters) {
    this.#parameters = parameters;
  }

  /** Brings the run state to what is decided now; resolves when it is there. Rejects with what keeps work from going on. */
  settle(): Promise<void> {
    this.#again = true;
    this.#running ??= this.#run();
    return this.#running;
  }

  /** The run state begins with this pause. */
  begun(pause: Decision['pause']): void {
    this.#applied = pause;
  }

  /** As {@link settle}, for those who do not wait: failures are told as a problem. */
  wake(): void {
    this.settle().catch(() => {});
  }

  [Symbol.dispose](): void {
    this.#stopped = true;
    clearTimeout(this.#retry);
  }

  async #run(): Promise<void> {
    clearTimeout(this.#retry);
    try {
      while (this.#again && !this.#stopped) {
        this.#again = false;
        await this.#once();
      }
      this.#parameters.health.clear(PROBLEM);
    } catch (error) {
      if (this.#stopped || this.#parameters.machine()?.state.state === 'stopped') return;
      this.#failed(error);
      throw error;
    } finally {
      this.#running = undefined;
    }
  }

  async #once(): Promise<void> {
    const { decision, machine: machineOf, match } = this.#parameters;
    const machine = machineOf();
    if (!machine || machine.state.state === 'stopped') return;
    const { pause, restingGpus } = decision();
    // Only changes are told: each command ends a measurement that runs.
    if (pause && !isDeepStrictEqual(pause, this.#applied)) {
      this.#applied = pause;
      await machine.pause(pause);
    }
    await match(new Set(restingGpus.map(({ uuid }) => uuid)));
    // What came meanwhile goes first: nothing starts that would be drained at once.
    if (pause || this.#applied === null || this.#again) return;
    await machine.resume();
    this.#applied = null;
  }

  #failed(thrown: unknown): void {
    const { health, log } = this.#parameters;
    const error = toEngineError(thrown);
    log.error({ err: error }, 'work could not go on; it is tried again');
    health.set({
      key: PROBLEM,
      code: error.code,
      severity: 'error',
      title: 'Siphon could not go on',
      text: error.message,
      nextStep: error.nextStep ?? 'It is tried again by itself; see the log for details.',
    });
    this.#retry = setTimeout(() => this.wake(), RETRY_MS).unref();
  }
}
