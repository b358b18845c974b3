import path from 'node:path';
import envPaths from 'env-paths';

/** Where everything of one Siphon lives. All paths are absolute. */
export interface SiphonPaths {
  /** Folder of the configuration and the secrets. */
  readonly configDir: string;
  /** Folder of the history and what the running engine leaves there. */
  readonly dataDir: string;
  readonly configFile: string;
  readonly secretsFile: string;
  /** SQLite database of the history. */
  readonly databaseFile: string;
  /** Bearer token of the local API, 0600, written by the running engine. */
  readonly tokenFile: string;
  /** The 32 bytes that the secrets file is encrypted with, kept by the desktop app; absent = the file is plain (0600). */
  readonly secretsKey?: Uint8Array;
}

/** What decides on the folders. */
export interface ResolvePathsParameters {
  /** `--data-dir`; wins over the environment. Relative paths count from the working directory. */
  readonly dataDir?: string | undefined;
  /** Environment to read SIPHON_DATA_DIR from. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Key of the secrets file (32 bytes), as the desktop app handed it over. */
  readonly secretsKey?: Uint8Array | undefined;
}

/**
 * The folders of this Siphon: the platform's own (Linux: `~/.config/siphon` and `~/.local/share/siphon`, XDG variables
 * respected; Windows: `%APPDATA%\siphon\Config` and `%LOCALAPPDATA%\siphon\Data`), or one folder for everything when
 * `--data-dir` or SIPHON_DATA_DIR names it. Creates nothing.
 */
export function resolvePaths({ dataDir, env, secretsKey }: ResolvePathsParameters): SiphonPaths {
  const chosen = dataDir || env.SIPHON_DATA_DIR;
  const platform = envPaths('siphon', { suffix: '' });
  const configFolder = chosen ? path.resolve(chosen) : platform.config;
  const dataFolder = chosen ? path.resolve(chosen) : platform.data;
  return {
    configDir: configFolder,
    dataDir: dataFolder,
    configFile: path.join(configFolder, 'siphon.json'),
    secretsFile: path.join(configFolder, 'secrets.json'),
    databaseFile: path.join(dataFolder, 'history.db'),
    tokenFile: path.join(dataFolder, 'api-token'),
    ...(secretsKey === undefined ? {} : { secretsKey }),
  };
}
