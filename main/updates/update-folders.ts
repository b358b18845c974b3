import path from 'node:path';
import { readJsonFile, writeJsonFile } from '../json-file.ts';
import { NO_TRIAL, type Trial, TrialSchema } from './trial.ts';

/** Where updates keep their things, below the shell's own folder. */
export interface UpdateFolders {
  readonly trialFile: string;
  /** Downloads in progress. */
  readonly cache: string;
  /** Windows: installers of versions that ran here. */
  readonly installers: string;
}

/** The folders of this shell. */
export function updateFolders(userData: string): UpdateFolders {
  const folder = path.join(userData, 'updates');
  return {
    trialFile: path.join(folder, 'trial.json'),
    cache: path.join(folder, 'cache'),
    installers: path.join(folder, 'installers'),
  };
}

/** How the last update went; a missing or broken file means that nothing is on trial. */
export function readTrial({ trialFile }: UpdateFolders): Trial {
  return readJsonFile(trialFile, TrialSchema).value ?? NO_TRIAL;
}

/** Keeps it: the file is the old or the new one at every moment. Throws the disk's error. */
export function writeTrial({ trialFile }: UpdateFolders, trial: Trial): void {
  writeJsonFile(trialFile, trial);
}
