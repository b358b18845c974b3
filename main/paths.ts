import path from 'node:path';

/** Where the shell keeps its things and finds the engine. All paths are absolute. */
export interface AppPaths {
  /** The shell's own folder: desktop.json, window.json, the wrapped key, Chromium's data. */
  readonly userData: string;
  readonly settingsFile: string;
  readonly windowFile: string;
  readonly keyFile: string;
  /** Where desktop.log is. */
  readonly logs: string;
  /** The engine's compiled code, as its Node keeps it. */
  readonly compileCache: string;
  /** The built page. */
  readonly page: string;
  /** Icons: `tray/` and `icons/256x256.png`. */
  readonly resources: string;
  /** Folder that holds `engine/`, `node_modules/` and `package.json`: the project, or `resources/engine` of the packaged app. */
  readonly engineRoot: string;
}

/** What decides on the paths. */
export interface AppPathsParameters {
  readonly userData: string;
  /** Folder of the bundled main process (`dist/desktop`, or the same inside the packaged app). */
  readonly mainDir: string;
  readonly packaged: boolean;
  /** Electron's `process.resourcesPath`. */
  readonly resourcesPath: string;
}

/** The paths of this app. */
export function appPaths({ userData, mainDir, packaged, resourcesPath }: AppPathsParameters): AppPaths {
  return {
    userData,
    settingsFile: path.join(userData, 'desktop.json'),
    windowFile: path.join(userData, 'window.json'),
    keyFile: path.join(userData, 'secrets-key.json'),
    logs: path.join(userData, 'logs'),
    compileCache: path.join(userData, 'engine-code'),
    page: path.join(mainDir, '..', 'renderer'),
    resources: path.join(mainDir, '..', '..', 'resources'),
    engineRoot: packaged ? path.join(resourcesPath, 'engine') : path.join(mainDir, '..', '..'),
  };
}

/**
 * The shell's folder: below the one folder that `SIPHON_DATA_DIR` names for everything, otherwise `siphon/desktop` in the
 * platform's place for applications. (Not Electron's own default: on Windows that would be the engine's folder.)
 */
export function userDataFolder(env: Readonly<Record<string, string | undefined>>, appData: string): string {
  const chosen = env.SIPHON_DATA_DIR;
  return chosen ? path.resolve(chosen, 'desktop') : path.join(appData, 'siphon', 'desktop');
}
