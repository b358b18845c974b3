import { chmod } from 'node:fs/promises';
import path from 'node:path';
import { AppImageUpdater, NsisUpdater } from 'electron-updater';
import type { AppAdapter } from 'electron-updater/out/AppAdapter.js';
import type { DownloadExecutorResult, DownloadUpdateOptions } from 'electron-updater/out/AppUpdater.js';
import { DownloadedUpdateHelper } from 'electron-updater/out/DownloadedUpdateHelper.js';
import { findFile, type ProviderRuntimeOptions } from 'electron-updater/out/providers/Provider.js';
import type { ResolvedUpdateFileInfo } from 'electron-updater/out/types.js';
import { downloadPackage } from './download.ts';
import { originsOf, SignedProvider, type SignedProviderOptions } from './signed-provider.ts';
import { UpdateError } from './update-error.ts';

/** What Siphon needs of a platform's updater. */
export interface Updater {
  /** Asks the server; the release, when there is a newer one for this machine. Rejects with UpdateError. */
  check(): Promise<Offer | undefined>;
  /** Downloads the release of the last check, or finds it downloaded; resolves with the checked file. */
  download(onProgress: (percent: number) => void): Promise<string>;
  /** Runs the downloaded installer (Windows only); the app must end at once. */
  runInstaller(startAfter: boolean): void;
}

/** A release on offer. */
export interface Offer {
  readonly version: string;
  /** Not plain text yet. */
  readonly notes: string | undefined;
  readonly bytes: number | null;
  /** SHA-512 of the package, base64. */
  readonly sha512: string;
}

/** What an updater is made with. */
export interface UpdaterParameters extends SignedProviderOptions {
  readonly version: string;
  readonly userData: string;
  /** Folder for downloads. */
  readonly cache: string;
  readonly log: (text: string) => void;
}

/** electron-updater with Siphon's provider, download and installation in the places of its own. */
export function createUpdater(kind: 'appimage' | 'nsis', parameters: UpdaterParameters): Updater {
  const updater = kind === 'appimage' ? new AppImage(parameters) : new Nsis(parameters);
  const { log } = parameters;
  updater.logger = { info: (text) => log(String(text)), warn: (text) => log(String(text)), error: (text) => log(String(text)) };
  updater.autoDownload = false;
  updater.autoInstallOnAppQuit = false;
  updater.allowDowngrade = false;
  updater.disableDifferentialDownload = true;
  updater.disableWebInstaller = true;
  updater.setFeedURL({
    provider: 'custom',
    updateProvider: class extends SignedProvider {
      constructor(_options: unknown, _updater: unknown, runtime: ProviderRuntimeOptions) {
        super(parameters, runtime);
      }
    },
  });
  // electron-updater also emits every rejection; nobody else listens.
  updater.on('error', () => {});
  return {
    check: async () => {
      const result = await updater.checkForUpdates();
      if (!result?.isUpdateAvailable) return undefined;
      const { version, releaseNotes } = result.updateInfo;
      const { info } = updater.packageOf(result.updateInfo.files);
      return {
        version,
        notes: typeof releaseNotes === 'string' ? releaseNotes : undefined,
        bytes: info.size ?? null,
        sha512: info.sha512,
      };
    },
    download: async (onProgress) => {
      updater.progress = onProgress;
      const [file] = await updater.downloadUpdate();
      if (file === undefined) throw new UpdateError('failed', 'no file was downloaded');
      return file;
    },
    runInstaller: (startAfter) => updater.quitAndInstall(true, startAfter),
  };
}

type Task = (destination: string, file: ResolvedUpdateFileInfo) => Promise<void>;

/** The download that both platforms use. */
function downloadTask({ source, signal }: UpdaterParameters, progress: () => (percent: number) => void): Task {
  return async (destination, { url, info }) => {
    await downloadPackage({
      url,
      destination,
      size: info.size ?? 0,
      sha512: info.sha512,
      origins: originsOf(source),
      signal: signal(),
      onProgress: (percent) => progress()(percent),
    });
  };
}

function packageFrom(files: ResolvedUpdateFileInfo[], extension: string): ResolvedUpdateFileInfo {
  const matching = files.filter(({ url }) => url.pathname.toLowerCase().endsWith(`.${extension}`));
  const found = matching.length > 0 ? findFile(matching, extension) : undefined;
  if (!found) throw new UpdateError('no-package', extension);
  return found;
}

class AppImage extends AppImageUpdater {
  progress: (percent: number) => void = () => {};
  readonly #task: Task;

  constructor(parameters: UpdaterParameters) {
    super(null, adapter(parameters));
    this.downloadedUpdateHelper = new DownloadedUpdateHelper(parameters.cache);
    this.#task = downloadTask(parameters, () => this.progress);
  }

  packageOf(files: ReadonlyArray<ResolvedUpdateFileInfo['info']>): ResolvedUpdateFileInfo {
    return packageFrom(named(files), 'appimage');
  }

  protected override doDownloadUpdate(options: DownloadUpdateOptions): Promise<DownloadExecutorResult> {
    const { info, provider } = options.updateInfoAndProvider;
    const fileInfo = packageFrom(provider.resolveFiles(info), 'appimage');
    return this.executeDownload({
      fileExtension: 'AppImage',
      fileInfo,
      downloadUpdateOptions: options,
      task: async (destination) => {
        await this.#task(destination, fileInfo);
        await chmod(destination, 0o755);
      },
    });
  }

  /** Never used: the file is put in its place by app-image-files.ts, which leaves a runnable app at every moment. */
  protected override doInstall(): boolean {
    throw new UpdateError('failed', 'AppImages are installed by Siphon itself');
  }
}

class Nsis extends NsisUpdater {
  progress: (percent: number) => void = () => {};
  readonly #task: Task;

  constructor(parameters: UpdaterParameters) {
    super(null, adapter(parameters));
    this.downloadedUpdateHelper = new DownloadedUpdateHelper(parameters.cache);
    this.#task = downloadTask(parameters, () => this.progress);
  }

  packageOf(files: ReadonlyArray<ResolvedUpdateFileInfo['info']>): ResolvedUpdateFileInfo {
    return packageFrom(named(files), 'exe');
  }

  protected override doDownloadUpdate(options: DownloadUpdateOptions): Promise<DownloadExecutorResult> {
    const { info, provider } = options.updateInfoAndProvider;
    const fileInfo = packageFrom(provider.resolveFiles(info), 'exe');
    return this.executeDownload({
      fileExtension: 'exe',
      fileInfo,
      downloadUpdateOptions: options,
      task: (destination) => this.#task(destination, fileInfo),
    });
  }
}

function named(files: ReadonlyArray<ResolvedUpdateFileInfo['info']>): ResolvedUpdateFileInfo[] {
  return files.map((info) => ({ url: new URL(info.url, 'file:///'), info }));
}

/** What electron-updater asks about the app. Ending and restarting it is Siphon's own matter. */
function adapter({ version, userData, cache }: UpdaterParameters): AppAdapter {
  return {
    version,
    name: 'siphon',
    isPackaged: true,
    appUpdateConfigPath: path.join(cache, 'none.yml'),
    userDataPath: userData,
    baseCachePath: cache,
    whenReady: () => Promise.resolve(),
    relaunch: () => {},
    quit: () => {},
    onQuit: () => {},
  };
}
