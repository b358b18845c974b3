import { z } from 'zod';
import type { ConfigureResult } from '../api/orchestrator.ts';
import { type ChooseWork, type JoinOrchestrator, SETUP_STEPS, type SetSetup, type Setup } from '../api/setup.ts';
import type { DeploymentType } from '../api/snapshot.ts';
import { EngineError } from '../base/errors.ts';
import type { Store } from '../store/store.ts';
import { isChosen } from './choices.ts';
import { WITHOUT_INVITE } from './joining.ts';
import { parseServiceUri, type Settings } from './settings.ts';

/** Key under which the first run's progress is kept. */
const KEY = 'setup';

const KeptSchema = z.object({ step: z.enum(SETUP_STEPS), done: z.boolean() });
type Kept = z.infer<typeof KeptSchema>;

/** The setup before the settings were read. */
export const SETUP_DONE: Setup = { state: 'done', step: 'machine' };

/** What a {@link SetupService} needs. */
export interface SetupServiceParameters {
  /** Absent: the engine runs with fixed settings, so there is nothing to set up. */
  readonly settings: Settings | undefined;
  readonly store: Pick<Store, 'getValue' | 'setValue'>;
  /** Changes the configuration of the running engine, as `Configurer.change` does. */
  readonly configure: (changes: ReadonlyArray<{ readonly path: string; readonly value: unknown }>) => Promise<ConfigureResult>;
  readonly onChange: (setup: Setup) => void;
}

/** The first run: where the person is in it, and the choice at its end. */
export class SetupService {
  readonly #parameters: SetupServiceParameters;
  #kept: Kept;

  constructor(parameters: SetupServiceParameters) {
    this.#parameters = parameters;
    const kept = KeptSchema.safeParse(parameters.store.getValue(KEY));
    this.#kept = kept.success ? kept.data : { step: 'machine', done: false };
  }

  /** Looks again whether something was chosen, and shows it. A configuration that cannot be read counts as chosen. */
  async refresh(): Promise<void> {
    const chosen = this.#kept.done || (await this.#isChosen().catch(() => true));
    this.#parameters.onChange({ state: chosen ? 'done' : 'new', step: this.#kept.step });
  }

  /** Keeps the step the person is at, or that the first run is over. */
  async set(input: SetSetup): Promise<void> {
    this.#kept = 'step' in input ? { ...this.#kept, step: input.step } : { ...this.#kept, done: true };
    this.#parameters.store.setValue(KEY, this.#kept);
    await this.refresh();
  }

  /**
   * Chooses practice or an orchestrator of one's own, and starts it.
   * @throws EngineError `not-ready` for fixed settings, and when something stronger than the file says otherwise; `config-…`
   */
  async choose({ deploymentType }: ChooseWork): Promise<void> {
    await this.#apply(deploymentType, []);
  }

  /**
   * Keeps an orchestrator and its secret, and works for it as a siphon.
   * @throws EngineError `bad-request` for a text that is no address; `not-ready`, `config-…` as {@link choose}
   */
  async join({ serviceUri, secret }: JoinOrchestrator): Promise<void> {
    const uri = parseServiceUri(serviceUri);
    await this.#settings().saveOrchestratorSecret(secret);
    await this.#apply('siphon', [{ path: 'orchestrator.serviceUri', value: uri }, ...WITHOUT_INVITE]);
  }

  async #apply(deploymentType: DeploymentType, more: ReadonlyArray<{ path: string; value: unknown }>): Promise<void> {
    const settings = this.#settings();
    const { error } = await this.#parameters.configure([{ path: 'deploymentType', value: deploymentType }, ...more]);
    if (error) {
      const { code, message, nextStep } = error;
      throw new EngineError({ code, message, ...(nextStep === undefined ? {} : { nextStep }) });
    }
    await this.set({ done: true });
    const effective = await settings.effective();
    if (effective.deploymentType === deploymentType) return;
    throw new EngineError({
      code: 'not-ready',
      message: `The choice is kept, but this engine was started as "${effective.deploymentType}", which wins until it is started anew`,
      nextStep: 'Start Siphon again without --practice, --deployment-type and SIPHON_DEPLOYMENT_TYPE.',
    });
  }

  #settings(): Settings {
    const { settings } = this.#parameters;
    if (settings) return settings;
    throw new EngineError({ code: 'not-ready', message: 'This engine runs with fixed settings', nextStep: 'Start it anew.' });
  }

  async #isChosen(): Promise<boolean> {
    const { settings } = this.#parameters;
    if (!settings) return true;
    if (isChosen((await settings.readFile()).config)) return true;
    // Variables and options choose too, for those who start it that way; practice by an option is only for that time.
    const effective = await settings.effective();
    return effective.deploymentType !== 'practice' && isChosen(effective);
  }
}
