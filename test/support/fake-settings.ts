import type { Configure, ConfigureResult } from '../../engine/api/orchestrator.ts';
import type { SettingsView } from '../../engine/api/settings.ts';
import { CONFIG_FIELDS } from '../../engine/config/fields.ts';
import { type Config, defaultConfig } from '../../engine/config/schema.ts';
import { applyOverrides, configChanges, configGet, configSet, configUnset } from '../../engine/config/settings.ts';
import type { Settings } from '../../engine/host/settings.ts';
import { forForm, viewSettings } from '../../engine/host/settings-view.ts';
import { waitsForStart } from '../../engine/host/work.ts';

/** A configuration in memory with the real rules; SIPHON_LOG_LEVEL stands over it, so that a fixed setting can be seen. */
export class FakeSettings {
  readonly #overrides = [{ path: 'logLevel', value: 'debug', source: 'SIPHON_LOG_LEVEL' }];
  readonly #startedWith: Config = applyOverrides(defaultConfig(), this.#overrides);
  #inFile = defaultConfig();

  view(): Promise<SettingsView> {
    const effective = async () => applyOverrides(this.#inFile, this.#overrides);
    const unused = () => Promise.reject(new Error('not in the fake'));
    const settings: Settings = {
      paths: {
        configDir: '/home/ada/.config/siphon',
        dataDir: '/home/ada/.local/share/siphon',
        tokenFile: '',
        configFile: '/home/ada/.config/siphon/siphon.json',
        databaseFile: '',
        secretsFile: '',
      },
      fields: CONFIG_FIELDS,
      overrides: this.#overrides,
      readFile: async () => ({ config: this.#inFile, exists: true }),
      effective,
      get: async (path) => configGet(await effective(), path),
      change: unused,
      orchestratorSecret: unused,
      secretVariable: undefined,
      saveOrchestratorSecret: unused,
      secrets: unused,
      changeSecrets: unused,
      allowPlainSecrets: () => {},
      ownSecret: unused,
    };
    return viewSettings({ settings, startedWith: this.#startedWith });
  }

  async configure({ changes }: Configure): Promise<ConfigureResult> {
    const before = this.#inFile;
    try {
      this.#inFile = changes.reduce(
        (config, { path, value }) => (value === null ? configUnset(config, path) : configSet(config, path, value)),
        before,
      );
    } catch (error) {
      throw forForm(
        error,
        changes.map(({ path }) => path),
      );
    }
    const changed = configChanges(before, this.#inFile).map(({ path }) => path);
    return { changed, rolesChanged: false, atNextStart: changed.filter(waitsForStart) };
  }
}
