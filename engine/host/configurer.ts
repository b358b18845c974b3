import type { ConfigureResult } from '../api/orchestrator.ts';
import type { Clock } from '../base/clock.ts';
import { EngineError, toEngineError } from '../base/errors.ts';
import type { Config } from '../config/schema.ts';
import type { Health } from '../health/health.ts';
import type { Store } from '../store/store.ts';
import { checkComposable, type RoleSecrets } from './compose.ts';
import { recordConfigChanges } from './config-history.ts';
import { SETTINGS_KEY } from './fixes.ts';
import type { Settings } from './settings.ts';
import { forForm } from './settings-view.ts';
import type { Work } from './work.ts';

/** What a {@link Configurer} needs. */
export interface ConfigurerParameters {
  /** Absent: the engine was started with a configuration that is not kept in a file. */
  readonly settings: Settings | undefined;
  readonly work: Work;
  readonly store: Store;
  readonly health: Health;
  readonly clock: Clock;
  readonly secretsFor: (config: Config, remote: string | undefined) => Promise<RoleSecrets>;
  /** The file has changed, whatever became of it. */
  readonly onChanged: () => void;
}

/** Changes the configuration of a running engine: first the file, then what runs. One change at a time. */
export class Configurer {
  readonly #parameters: ConfigurerParameters;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(parameters: ConfigurerParameters) {
    this.#parameters = parameters;
  }

  /**
   * Writes the changes (undefined = back to the default; none = the file as it is) and takes up what the file, the variables
   * and the options of this engine say now. A configuration that cannot be run is kept in the file and told in `error`; the
   * engine goes on with the one before.
   * @throws EngineError `config-…`, `not-found`, `bad-request` for settings that cannot be written; then nothing has changed
   */
  change(changes: ReadonlyArray<{ readonly path: string; readonly value: unknown }>): Promise<ConfigureResult> {
    const run = this.#queue.then(() => this.#change(changes));
    this.#queue = run.catch(() => {});
    return run;
  }

  async #change(changes: ReadonlyArray<{ readonly path: string; readonly value: unknown }>): Promise<ConfigureResult> {
    const { settings, work, store, clock } = this.#parameters;
    if (!settings) {
      throw new EngineError({ code: 'not-ready', message: 'This engine runs with fixed settings', nextStep: 'Start it anew.' });
    }
    if (changes.length > 0) {
      await settings.change(changes).catch((error: unknown) => {
        throw forForm(
          error,
          changes.map(({ path }) => path),
        );
      });
    }
    const config = await settings.effective();
    const result = await this.#takeUp(config, settings);
    this.#parameters.onChanged();
    if (result.error) this.#refused(result.error.message, result.error.nextStep);
    else {
      this.#parameters.health.clear(SETTINGS_KEY);
      recordConfigChanges(store, work.config, { atMs: clock.nowMs(), source: 'running' });
    }
    return result;
  }

  async #takeUp(config: Config, settings: Settings): Promise<ConfigureResult> {
    try {
      const remote = config.deploymentType === 'practice' ? undefined : await settings.orchestratorSecret();
      checkComposable(config, remote);
      return await this.#parameters.work.reconfigure({ config, secrets: await this.#parameters.secretsFor(config, remote) });
    } catch (error) {
      return { changed: [], rolesChanged: false, atNextStart: [], error: toEngineError(error).toInfo() };
    }
  }

  #refused(text: string, nextStep = 'Change the settings again: siphon config set …'): void {
    this.#parameters.health.set({
      key: SETTINGS_KEY,
      code: 'config-invalid',
      severity: 'warning',
      title: 'The new settings are not in use',
      text: `${text} Siphon goes on with the settings before.`,
      nextStep,
    });
  }
}
