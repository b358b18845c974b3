import { EngineError } from '../base/errors.ts';
import { type LoadedConfig, loadConfig, saveConfig } from '../config/config-file.ts';
import { CONFIG_FIELDS, type ConfigField } from '../config/fields.ts';
import { type ResolvePathsParameters, resolvePaths, type SiphonPaths } from '../config/paths.ts';
import type { Config } from '../config/schema.ts';
import {
  ensureOwnOrchestratorSecret,
  findOrchestratorSecret,
  loadSecrets,
  type Secrets,
  type SecretsProtection,
  saveSecrets,
} from '../config/secrets.ts';
import { normaliseServiceUri } from '../config/service-uri.ts';
import {
  applyOverrides,
  type ConfigOverride,
  configGet,
  configSet,
  configUnset,
  environmentOverrides,
} from '../config/settings.ts';
import { isChosen } from './choices.ts';

/** What settings are opened with. */
export interface OpenSettingsParameters extends ResolvePathsParameters {
  /** Options of the command line; they win over variables, which win over the file. */
  readonly overrides?: readonly ConfigOverride[];
  /** Practise as long as nothing says how this machine takes part, instead of refusing to run. */
  readonly practiceUntilChosen?: boolean;
  /**
   * True: the person consented to secrets in a plain file, so one sealed with `secretsKey` is made plain. False without that key: they
   * did not yet, and no secret is written.
   */
  readonly plainSecrets?: boolean | undefined;
}

/** The configuration and the secret of one Siphon, as commands read and change them. */
export interface Settings {
  readonly paths: SiphonPaths;
  /** All settings in words. */
  readonly fields: readonly ConfigField[];
  /** What wins over the file, later ones over earlier ones. */
  readonly overrides: readonly ConfigOverride[];
  /** The file alone (or another file), without variables and options. */
  readFile(file?: string): Promise<LoadedConfig>;
  /** What an engine started now would use. */
  effective(): Promise<Config>;
  /** One value of {@link effective}, or a section. */
  get(path: string): Promise<unknown>;
  /** Changes settings in the file, all or none; undefined = back to the default. */
  change(changes: ReadonlyArray<{ readonly path: string; readonly value: unknown }>): Promise<Config>;
  /** The orchestrator secret an engine started now would use. */
  orchestratorSecret(): Promise<string | undefined>;
  /** The variable that the orchestrator secret comes from, and which wins over what is kept; undefined = none. */
  readonly secretVariable: string | undefined;
  saveOrchestratorSecret(secret: string): Promise<void>;
  /** The secrets that are kept. */
  secrets(): Promise<Secrets>;
  /** Changes the secrets that are kept; one change at a time. */
  changeSecrets(change: (secrets: Secrets) => Secrets): Promise<void>;
  /** The person has consented to secrets in a plain file. */
  allowPlainSecrets(): void;
  /** What transcoders must know to work for this machine's own orchestrator; made when there is none yet. */
  ownSecret(): Promise<string>;
}

/** Opens the settings of one Siphon; reads nothing yet. Every method can throw the `config-…` errors of the config room. */
export function openSettings(parameters: OpenSettingsParameters): Settings {
  const { env } = parameters;
  const overrides = [...environmentOverrides(env), ...(parameters.overrides ?? [])];
  const paths = resolvePaths(parameters);
  let protection: SecretsProtection = { key: paths.secretsKey, plain: parameters.plainSecrets };
  let changing: Promise<unknown> = Promise.resolve();
  // Two changes at once would each write what it read before the other; reading is one where it seals a plain file, or opens it.
  const alone = <T>(act: () => Promise<T>): Promise<T> => {
    const run = changing.then(act);
    changing = run.catch(() => {});
    return run;
  };
  const changeSecrets = (change: (secrets: Secrets) => Secrets): Promise<void> =>
    alone(async () => {
      const { secretsFile } = paths;
      await saveSecrets(secretsFile, change(await loadSecrets(secretsFile, protection)), protection);
    });
  const effective = async (): Promise<Config> => {
    const { config } = await loadConfig(paths.configFile);
    const given = applyOverrides(config, overrides);
    return parameters.practiceUntilChosen && !isChosen(given) ? { ...given, deploymentType: 'practice' } : given;
  };
  return {
    paths,
    fields: CONFIG_FIELDS,
    overrides,
    readFile: (file = paths.configFile) => loadConfig(file),
    effective,
    get: async (path) => configGet(await effective(), path),
    async change(changes) {
      const { config } = await loadConfig(paths.configFile);
      const changed = changes.reduce(
        (current, { path, value }) => (value === undefined ? configUnset(current, path) : configSet(current, path, value)),
        config,
      );
      await saveConfig(paths.configFile, changed);
      return changed;
    },
    orchestratorSecret: () => alone(() => findOrchestratorSecret(paths.secretsFile, env, protection)),
    secretVariable: ['SIPHON_SECRET', 'SIPHON_SECRET_FILE'].find((name) => env[name]),
    ownSecret: () => alone(() => ensureOwnOrchestratorSecret(paths.secretsFile, protection)),
    secrets: () => alone(() => loadSecrets(paths.secretsFile, protection)),
    changeSecrets,
    allowPlainSecrets() {
      protection = { ...protection, plain: true };
    },
    saveOrchestratorSecret: (orchestratorSecret) => changeSecrets((secrets) => ({ ...secrets, orchestratorSecret })),
  };
}

/**
 * Puts the address of an orchestrator in its one form.
 * @throws EngineError bad-request
 */
export function parseServiceUri(text: string): string {
  const uri = normaliseServiceUri(text);
  if (uri !== undefined) return uri;
  throw new EngineError({
    code: 'bad-request',
    message: `"${text}" is not the address of an orchestrator`,
    nextStep: 'It looks like https://orchestrator.example:8935, without a path.',
  });
}

/** The `SIPHON_*` variables and what they are for, for help texts. */
export const CONFIG_VARIABLES: ReadonlyArray<readonly [name: string, what: string]> = [
  ['SIPHON_DATA_DIR', 'Folder for everything (--data-dir)'],
  ['SIPHON_SECRET', 'Secret of the orchestrator'],
  ['SIPHON_SECRET_FILE', 'File that holds the secret of the orchestrator'],
  ...CONFIG_FIELDS.flatMap(({ variable, what }) => (variable === undefined ? [] : [[variable, what] as const])),
];
