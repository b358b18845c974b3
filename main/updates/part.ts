import path from 'node:path';
import process from 'node:process';
import { app } from 'electron';
import type { UpdateState } from '../../engine/api/desktop.ts';
import type { DesktopContext, DesktopPart } from '../desktop-context.ts';
import { updatesTextDe } from '../text/de-updates.ts';
import { type UpdatesText, updatesTextEn } from '../text/en-updates.ts';
import { type Installation, isReplaceable } from './installation.ts';
import { appImageInstaller, nsisInstaller } from './installers.ts';
import { isMetered } from './metered.ts';
import { relaunchAppImage, sandboxArgs } from './relaunch.ts';
import { thisInstallation } from './this-version.ts';
import { updateFolders } from './update-folders.ts';
import { UpdateManager } from './update-manager.ts';
import { readUpdateSource, type UpdateSource } from './update-source.ts';
import { createUpdater } from './updaters.ts';
import { watchTrial } from './watch-trial.ts';

/** Milliseconds after the start of the first look for updates: the engine and the page come first. */
const FIRST_LOOK_MS = 60_000;

/** Milliseconds between looks. */
const LOOK_EVERY_MS = 6 * 3600_000;

/** Updates of the app, as a part of the shell. */
export const updates: DesktopPart = (context: DesktopContext): Disposable => {
  const { state, settings, paths, quitting, language } = context;
  const log = (message: string, fields?: Readonly<Record<string, unknown>>): void =>
    context.log.info(`updates: ${message}`, fields);
  const text = (): UpdatesText => (language() === 'de' ? updatesTextDe : updatesTextEn);
  const version = app.getVersion();
  const folders = updateFolders(paths.userData);
  const installation = thisInstallation();
  const show = (update: UpdateState): void => state.change({ update });
  const trial = watchTrial({ context, folders, installation, version, text, log });

  const source = readUpdateSource(__dirname);
  const off = whyOff(installation, source, text());
  const initial = trial.rolledBack ?? { kind: 'none', checkedAtMs: null };
  if (off !== undefined || source === undefined || (installation.kind !== 'appimage' && installation.kind !== 'nsis')) {
    show(trial.rolledBack ?? { kind: 'off', reason: off ?? '' });
    const refuse = (): never => {
      throw new Error(off);
    };
    for (const command of ['checkForUpdate', 'downloadUpdate', 'installUpdate'] as const) context.handle(command, refuse);
    return trial;
  }

  const ended = new AbortController();
  const updater = createUpdater(installation.kind, {
    source,
    channel: () => (settings.current.updates.channel === 'beta' ? 'beta' : 'latest'),
    signal: () => ended.signal,
    version,
    userData: paths.userData,
    cache: folders.cache,
    log,
  });
  const installer =
    installation.kind === 'appimage'
      ? appImageInstaller({
          folders,
          version,
          file: installation.file,
          checkArgs: sandboxArgs(process.argv),
          relaunch: (program) => relaunchAppImage(program, process.argv),
        })
      : nsisInstaller({ folders, version, updater, relaunch: () => app.relaunch() });
  const manager = new UpdateManager({
    updater,
    installer,
    refused: trial.refused,
    automatic: () => settings.current.updates.automatic,
    isMetered: () => isMetered(process.platform),
    quit: (options) => quitting.quit(options),
    text,
    onState: show,
    log,
    now: Date.now,
    initial,
  });
  context.handle('checkForUpdate', () => manager.check({ asked: true }));
  context.handle('downloadUpdate', () => manager.download());
  context.handle('installUpdate', () => manager.install());
  const first = setTimeout(() => void manager.automatic(), FIRST_LOOK_MS);
  const repeated = setInterval(() => void manager.automatic(), LOOK_EVERY_MS);
  let { channel } = settings.current.updates;
  const watched = settings.onChange(({ updates: changed }) => {
    if (changed.channel === channel) return;
    channel = changed.channel;
    void manager.automatic();
  });
  const engine = state.onChange(({ engine: { kind } }) => {
    if (kind === 'running' && !quitting.ending) manager.cancelled();
  });
  return {
    [Symbol.dispose]() {
      clearTimeout(first);
      clearInterval(repeated);
      watched[Symbol.dispose]();
      engine[Symbol.dispose]();
      ended.abort(new Error('Siphon ends'));
      manager.ending();
      trial[Symbol.dispose]();
    },
  };
};

/** Why this Siphon does not update itself; undefined when it does. */
function whyOff(installation: Installation, source: UpdateSource | undefined, { off }: UpdatesText): string | undefined {
  switch (installation.kind) {
    case 'development':
      return off.development;
    case 'portable':
      return off.portable;
    case 'package-manager':
      return off.packageManager;
    case 'appimage':
      if (!isReplaceable(installation.file)) return off.notReplaceable(path.dirname(installation.file));
      break;
    case 'nsis':
      break;
  }
  return source === undefined ? off.unsigned : undefined;
}
