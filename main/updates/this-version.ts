import process from 'node:process';
import { app } from 'electron';
import type { MainLog } from '../log.ts';
import { findInstallation, type Installation } from './installation.ts';
import { relaunchAppImage } from './relaunch.ts';
import { updateFolders } from './update-folders.ts';
import { beginVersion } from './version-start.ts';

/** How the running Siphon was installed. */
export function thisInstallation(): Installation {
  return findInstallation({
    platform: process.platform,
    packaged: app.isPackaged,
    env: process.env,
    resourcesPath: process.resourcesPath,
    execPath: process.execPath,
  });
}

/** Counts this start where the version is on trial. @returns false when the previous version is being started instead */
export function beginThisVersion(userData: string, log: MainLog): boolean {
  return beginVersion({
    folders: updateFolders(userData),
    installation: thisInstallation(),
    version: app.getVersion(),
    relaunch: (program) => relaunchAppImage(program, process.argv),
    log: (text, fields) => log.info(`updates: ${text}`, fields),
  });
}
