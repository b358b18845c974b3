import process from 'node:process';
import { app } from 'electron';
import type { UpdateState } from '../../engine/api/desktop.ts';
import type { DesktopContext } from '../desktop-context.ts';
import type { UpdatesText } from '../text/en-updates.ts';
import { appImageFiles, removeLeftovers } from './app-image-files.ts';
import type { Installation } from './installation.ts';
import { relaunchAppImage } from './relaunch.ts';
import { healthy, undecided, unhealthy } from './trial.ts';
import { readTrial, type UpdateFolders, writeTrial } from './update-folders.ts';
import { restorePrevious } from './version-start.ts';
import { KeptInstallers } from './windows-installers.ts';

/** Milliseconds that the engine of a version on trial gets: one slow start, and the supervisor's own second try. */
const HEALTHY_WITHIN_MS = 150_000;

/** What watching needs. */
interface WatchTrialParameters {
  readonly context: DesktopContext;
  readonly folders: UpdateFolders;
  readonly installation: Installation;
  readonly version: string;
  readonly text: () => UpdatesText;
  readonly log: (text: string, fields?: Readonly<Record<string, unknown>>) => void;
}

/** The trial of this version, watched until it is decided. */
export interface WatchedTrial extends Disposable {
  /** What to show when the version before this one was rolled back. */
  readonly rolledBack: UpdateState | undefined;
  readonly refused: () => readonly string[];
}

/** Watches whether the engine of a version on trial comes up; goes back to the previous version when it does not. */
export function watchTrial({ context, folders, installation, version, text, log }: WatchTrialParameters): WatchedTrial {
  const { state: first } = readTrial(folders);
  const refused = (): readonly string[] => readTrial(folders).refused;
  const rolledBack = first.kind === 'rolled-back' ? first : undefined;
  if (first.kind !== 'trial' || first.to !== version) return { rolledBack, refused, [Symbol.dispose]: () => {} };

  let decided = false;
  const decide = (verdict: 'healthy' | 'unhealthy', reason: string): void => {
    if (decided || context.quitting.ending) return;
    decided = true;
    stopWatching();
    const { trial, action } = verdict === 'healthy' ? healthy(readTrial(folders)) : unhealthy(readTrial(folders), reason);
    writeTrial(folders, trial);
    log(`this version is ${verdict}`, { version, reason });
    if (verdict === 'healthy') {
      if (installation.kind === 'appimage') removeLeftovers(appImageFiles(installation.file));
      new KeptInstallers(folders.installers).forgetAllBut([version]);
    }
    const relaunch = (program: string): void => relaunchAppImage(program, process.argv);
    if (action === 'restore') {
      const going = restorePrevious({ folders, installation, version, relaunch, log }, trial);
      if (going) context.quitting.quit();
    } else if (action === 'restart') {
      if (installation.kind === 'appimage') relaunch(installation.file);
      else app.relaunch();
      context.quitting.quit();
    }
  };
  const look = (): void => {
    const { engine } = context.state.current;
    if (engine.kind === 'running') decide('healthy', '');
    if (engine.kind === 'safe-mode') decide('unhealthy', engine.reason);
  };
  const timer = setTimeout(() => decide('unhealthy', text().neverReady(HEALTHY_WITHIN_MS / 1000)), HEALTHY_WITHIN_MS);
  const listening = context.state.onChange(look);
  const stopWatching = (): void => {
    clearTimeout(timer);
    listening[Symbol.dispose]();
  };
  look();
  return {
    rolledBack,
    refused,
    [Symbol.dispose]() {
      stopWatching();
      if (!decided) writeTrial(folders, undecided(readTrial(folders)));
    },
  };
}
