import { rm } from 'node:fs/promises';
import { appImageFiles, isPlaced, placeNext, switchToNext } from './app-image-files.ts';
import { checkStarts } from './self-check.ts';
import { installing, type Trial } from './trial.ts';
import { readTrial, type UpdateFolders, writeTrial } from './update-folders.ts';
import type { Installer } from './update-manager.ts';
import type { Updater } from './updaters.ts';
import { KeptInstallers } from './windows-installers.ts';

/** What both installers need. */
interface Common {
  readonly folders: UpdateFolders;
  /** The running version. */
  readonly version: string;
}

/** Replaces an AppImage by the next version, keeping the previous one beside it until the next was healthy. */
export function appImageInstaller({
  folders,
  version,
  file,
  checkArgs,
  relaunch,
}: Common & {
  readonly file: string;
  /** Switches that the new version needs to start at all here. */
  readonly checkArgs: readonly string[];
  readonly relaunch: (program: string) => void;
}): Installer {
  const files = appImageFiles(file);
  return {
    whenEnding: true,
    isPrepared: (offer) => isPlaced(files, offer.sha512),
    async prepare(offer, downloaded) {
      await placeNext(files, downloaded, offer.sha512);
      // The copy beside the app is the one that counts; 300 MB need not lie around twice.
      await rm(downloaded, { force: true });
      try {
        await checkStarts(files.next, offer.version, checkArgs);
      } catch (error) {
        await rm(files.next, { force: true });
        throw error;
      }
    },
    install(offer, startAfter) {
      // First: should the switch fail, the version that is there still has to come back.
      if (startAfter) relaunch(file);
      switchToNext(files, () => writeTrial(folders, putOnTrial(folders, version, offer.version)));
    },
  };
}

/** Runs the downloaded installer on Windows, keeping the running version's own for a roll back where it is known. */
export function nsisInstaller({
  folders,
  version,
  updater,
  relaunch,
}: Common & {
  readonly updater: Pick<Updater, 'runInstaller'>;
  /** Starts this version again once the app has ended. */
  readonly relaunch: () => void;
}): Installer {
  const kept = new KeptInstallers(folders.installers);
  return {
    // Windows may be shutting down, which would cut the installer off halfway.
    whenEnding: false,
    isPrepared: async () => false,
    async prepare(offer, downloaded) {
      kept.forgetAllBut([version]);
      kept.keep(offer.version, downloaded);
    },
    install(offer, startAfter) {
      try {
        writeTrial(folders, putOnTrial(folders, version, offer.version));
        updater.runInstaller(startAfter);
      } catch (error) {
        // Nothing was replaced: the person gets back what was there.
        if (startAfter) relaunch();
        throw error;
      }
    },
  };
}

function putOnTrial(folders: UpdateFolders, from: string, to: string): Trial {
  return installing(readTrial(folders), from, to);
}
