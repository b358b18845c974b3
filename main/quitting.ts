import type { DesktopContext, Quitting } from './desktop-context.ts';
import type { EngineSupervisor } from './supervisor/engine-supervisor.ts';

/** Dependencies of {@link QuitSequence}. */
export interface QuitSequenceParameters {
  readonly supervisor: Pick<EngineSupervisor, 'stop' | 'start' | 'kill' | 'state'>;
  /** Asked when Siphon is told a second time to end; true = without waiting. */
  readonly confirmEndNow: (inFlight: number | null) => Promise<boolean>;
  /** Ends the parts of the shell; the last thing before `exit`. */
  readonly beforeExit: () => Promise<void>;
  /** Ends the process for good. */
  readonly exit: () => void;
  readonly log: DesktopContext['log'];
}

/**
 * The way out: the engine drains, then the app ends. Asked again meanwhile, the person may end it at once; `cancel` takes it back.
 */
export class QuitSequence implements Quitting {
  readonly #parameters: QuitSequenceParameters;
  #phase: 'no' | 'draining' | 'leaving' = 'no';
  #after: (() => void) | undefined;
  #asking = false;

  constructor(parameters: QuitSequenceParameters) {
    this.#parameters = parameters;
  }

  get ending(): boolean {
    return this.#phase !== 'no';
  }

  /** True once nothing holds the process any more. */
  get leaving(): boolean {
    return this.#phase === 'leaving';
  }

  quit({ after, quick = false }: { readonly after?: () => void; readonly quick?: boolean } = {}): void {
    const { supervisor, log } = this.#parameters;
    if (after) this.#after = after;
    if (this.#phase === 'leaving') return;
    if (this.#phase === 'draining' && !quick) {
      void this.#ask();
      return;
    }
    const first = this.#phase === 'no';
    this.#phase = 'draining';
    log.info('ending', { quick });
    const stopped = supervisor.stop({ reason: after ? 'update' : 'shutdown', quick });
    if (first) void stopped.then(() => this.#leave());
  }

  cancel(): void {
    if (this.#phase !== 'draining') return;
    this.#phase = 'no';
    this.#after = undefined;
    this.#parameters.log.info('ending taken back');
    // The engine cannot take a drain back; the next one starts when it has ended.
    this.#parameters.supervisor.start();
  }

  async #ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const { state } = this.#parameters.supervisor;
    const inFlight = state.kind === 'draining' ? state.inFlight : null;
    // A dialog that could not be shown is no word of the person.
    const now = await this.#parameters.confirmEndNow(inFlight).catch(() => false);
    this.#asking = false;
    if (now && this.#phase === 'draining') this.#parameters.supervisor.kill();
  }

  async #leave(): Promise<void> {
    if (this.#phase !== 'draining') return;
    this.#phase = 'leaving';
    await this.#parameters.beforeExit().catch(() => {});
    this.#after?.();
    this.#parameters.exit();
  }
}
