import { spawn } from 'node:child_process';
import { appImageFiles, removeLeftovers, switchToPrevious } from './app-image-files.ts';
import type { Installation } from './installation.ts';
import { notRestorable, started, type Trial } from './trial.ts';
import { readTrial, type UpdateFolders, writeTrial } from './update-folders.ts';
import { KeptInstallers } from './windows-installers.ts';

/** What the first moments of the app need. */
export interface VersionStartParameters {
  readonly folders: UpdateFolders;
  readonly installation: Installation;
  readonly version: string;
  /** Starts this AppImage once the app has ended. */
  readonly relaunch: (program: string) => void;
  readonly log: (text: string, fields?: Readonly<Record<string, unknown>>) => void;
}

/**
 * Counts this start when the version is on trial, and goes back to the previous one after too many. For the first lines of the app.
 * @returns false when the previous version is being started: end at once
 */
export function beginVersion(parameters: VersionStartParameters): boolean {
  const { folders, installation, version, log } = parameters;
  const step = started(readTrial(folders), version);
  keep(parameters, step.trial);
  if (step.action === 'restore') {
    log('the version on trial failed', { version });
    return !restorePrevious(parameters, step.trial);
  }
  // Nothing is on trial: what an update that was cut off left is not needed any more.
  if (installation.kind === 'appimage' && step.trial.state.kind === 'none')
    removeLeftovers({ previous: appImageFiles(installation.file).previous });
  return true;
}

/**
 * Puts the previous version back, whose trial state is kept already, and sees to its start.
 * @returns false when there is nothing to put back; the version on trial then stays
 */
export function restorePrevious(parameters: VersionStartParameters, trial: Trial): boolean {
  const { folders, installation, relaunch, log } = parameters;
  const { state } = trial;
  if (state.kind !== 'restoring') return false;
  if (installation.kind === 'appimage') {
    try {
      if (switchToPrevious(appImageFiles(installation.file))) {
        relaunch(installation.file);
        return true;
      }
    } catch (error) {
      log('the previous version could not be put back', { error: String(error) });
    }
  }
  if (installation.kind === 'nsis') {
    const installer = new KeptInstallers(folders.installers).find(state.to);
    if (installer !== undefined) {
      spawn(installer, ['--updated', '/S', '--force-run'], { detached: true, stdio: 'ignore' }).unref();
      return true;
    }
  }
  log('there is no previous version to put back', { version: state.to });
  keep(parameters, notRestorable(trial));
  return false;
}

function keep({ folders, log }: VersionStartParameters, trial: Trial): void {
  try {
    writeTrial(folders, trial);
  } catch (error) {
    // A full disk must not stop the app; it starts uncounted.
    log('the state of updates could not be kept', { error: String(error) });
  }
}
