import { randomUUID } from 'node:crypto';
import { open, stat, statfs, unlink } from 'node:fs/promises';
import path from 'node:path';
import type { CheckFinding } from '../api/diagnostics.ts';
import { type Check, errnoOf } from './check.ts';

const GIB = 1024 ** 3;
/** The history and logs of weeks fit; below the lower one the database may fail any minute. */
const GOOD_FREE_BYTES = 2 * GIB;
const LEAST_FREE_BYTES = 0.2 * GIB;

/** Can the data folder be written, and is there room? `readFree` is for tests. */
export function dataFolderChecks(folder: string, readFree: (folder: string) => Promise<number> = freeBytes): readonly Check[] {
  return [
    { id: 'data-folder', title: 'Data folder', run: () => checkWritable(folder) },
    {
      id: 'disk-space',
      title: 'Disk space',
      run: async () => {
        const free = await readFree((await nearestFolder(folder)) ?? path.parse(path.resolve(folder)).root);
        const text = `${(free / GIB).toFixed(1)} GiB free where ${folder} lies.`;
        const nextStep = 'Free some space, or move the data folder with --data-dir.';
        if (free < LEAST_FREE_BYTES) return { status: 'fail', text, nextStep };
        if (free < GOOD_FREE_BYTES) return { status: 'warn', text, nextStep };
        return { status: 'ok', text };
      },
    },
  ];
}

async function checkWritable(folder: string): Promise<CheckFinding> {
  const existing = await nearestFolder(folder);
  if (existing === undefined) {
    return {
      status: 'fail',
      text: `${folder} cannot be made: a part of that path is a file, or its drive does not exist.`,
      nextStep: 'Give another folder with --data-dir.',
    };
  }
  const probe = path.join(existing, `.siphon-doctor-${randomUUID()}`);
  try {
    const file = await open(probe, 'wx', 0o600);
    try {
      await file.writeFile('x');
      await file.sync();
    } finally {
      await file.close();
      await unlink(probe);
    }
  } catch (error) {
    const errno = errnoOf(error);
    const why: Readonly<Record<string, string>> = {
      EACCES: 'this user may not write there',
      EPERM: 'this user may not write there',
      EROFS: 'that disk is read-only',
      ENOSPC: 'the disk is full',
    };
    return {
      status: 'fail',
      text: `${folder} cannot be written: ${why[errno] ?? errno}.`,
      nextStep:
        errno === 'ENOSPC'
          ? 'Free some space.'
          : 'Give this user the right to write there, or give another folder with --data-dir.',
    };
  }
  return {
    status: 'ok',
    text: existing === path.resolve(folder) ? `${folder} can be written.` : `${folder} does not exist yet and can be made.`,
  };
}

/** The folder itself, or the nearest one above it that exists; undefined when a file is in the way. */
async function nearestFolder(folder: string): Promise<string | undefined> {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const found = await stat(at).catch((error: unknown) => (errnoOf(error) === 'ENOTDIR' ? 'file' : undefined));
    if (found === 'file') return undefined;
    if (found !== undefined) return found.isDirectory() ? at : undefined;
    if (at === path.dirname(at)) return undefined;
  }
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
