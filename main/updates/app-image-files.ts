import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  copyFileSync,
  createReadStream,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { access, chmod, copyFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { UpdateError } from './update-error.ts';

/** The files of an AppImage beside it: the next version before it is in place, the previous one until it is not needed. */
export interface AppImageFiles {
  readonly current: string;
  readonly next: string;
  readonly previous: string;
}

/** The names used beside an AppImage. Its own name stays whatever the person gave it, so that shortcuts keep working. */
export function appImageFiles(current: string): AppImageFiles {
  const beside = (suffix: string) => path.join(path.dirname(current), `.${path.basename(current)}.${suffix}`);
  return { current, next: beside('next'), previous: beside('previous') };
}

/**
 * Copies a checked download beside the AppImage and checks the copy once more, so that nothing that happened to the cache
 * since can get in. Rejects with UpdateError, or the disk's error.
 */
export async function placeNext({ current, next }: AppImageFiles, downloaded: string, sha512: string): Promise<void> {
  await access(path.dirname(current), constants.W_OK).catch(() => {
    throw new UpdateError('not-writable', path.dirname(current));
  });
  await rm(next, { force: true });
  try {
    await copyFile(downloaded, next, constants.COPYFILE_FICLONE);
    if (!(await isPlaced({ next }, sha512))) throw new UpdateError('wrong-hash', next);
    await chmod(next, 0o755);
    flush(next);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}

/** Whether the file of the next version is there and is the one with this SHA-512 (base64). */
export async function isPlaced({ next }: Pick<AppImageFiles, 'next'>, sha512: string): Promise<boolean> {
  if (!existsSync(next)) return false;
  const hash = createHash('sha512');
  await pipeline(createReadStream(next), hash);
  return hash.digest('base64') === sha512;
}

/**
 * Puts the next version in place and keeps the running one beside it: a second name for it where the disk can, otherwise a
 * copy; then one rename, so that there is a whole AppImage at every moment.
 * @param beforeSwitch what must be on disk before any start of the new version
 */
export function switchToNext({ current, next, previous }: AppImageFiles, beforeSwitch: () => void): void {
  rmSync(previous, { force: true });
  try {
    linkSync(current, previous);
  } catch {
    copyFileSync(current, previous, constants.COPYFILE_FICLONE);
    flush(previous);
  }
  beforeSwitch();
  renameSync(next, current);
  flush(path.dirname(current));
}

/** Puts the previous version back; false when it is gone. */
export function switchToPrevious({ current, previous }: AppImageFiles): boolean {
  if (!existsSync(previous)) return false;
  renameSync(previous, current);
  flush(path.dirname(current));
  return true;
}

/** Removes what is no longer needed. Never throws: leftovers cost only space. */
export function removeLeftovers({ next, previous }: Partial<AppImageFiles>): void {
  for (const file of [next, previous]) {
    try {
      if (file !== undefined) rmSync(file, { force: true });
    } catch {
      // A read-only folder: they stay.
    }
  }
}

/** Makes a file, or a folder's names, survive a power cut. */
function flush(file: string): void {
  const handle = openSync(file, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
