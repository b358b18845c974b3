import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, open, realpath, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EngineError } from '../base/errors.ts';

/** How a file is replaced. */
export interface WriteFileAtomicOptions {
  /** Permissions of the file on POSIX, e.g. 0o600. */
  readonly mode: number;
  /** Keep the previous contents beside it, with this added to the name. */
  readonly backupSuffix?: string;
}

/** What another program (an editor, a virus scanner) holding the file for a moment looks like on Windows. */
const BUSY = new Set(['EPERM', 'EBUSY', 'EACCES']);
const RENAME_TRIES = process.platform === 'win32' ? 10 : 1;
const RENAME_PAUSE_MS = 50;

/**
 * Replaces a file so that at every moment, power loss included, either the old or the new contents are there: written
 * beside it, flushed, renamed over it. Creates missing folders (0700). A symbolic link stays one; its target is replaced.
 * @throws EngineError disk-full or data-dir-unwritable
 */
export async function writeFileAtomic(file: string, contents: string, options: WriteFileAtomicOptions): Promise<void> {
  let temporary: string | undefined;
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    const target = await realpath(file).catch(() => file);
    temporary = `${target}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
    await writeFlushed(temporary, contents, options.mode);
    if (options.backupSuffix !== undefined) await keepPrevious(target, `${target}${options.backupSuffix}`);
    await renameOver(temporary, target);
    await flushFolder(path.dirname(target));
  } catch (error) {
    if (temporary !== undefined) await rm(temporary, { force: true }).catch(() => {});
    throw fileWriteError(file, error);
  }
}

async function writeFlushed(file: string, contents: string, mode: number): Promise<void> {
  const handle = await open(file, 'wx', mode);
  try {
    await handle.writeFile(contents);
    // The process's umask may have taken bits away, never added any; 0600 is what secrets rely on.
    await handle.chmod(mode).catch(() => {});
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function keepPrevious(file: string, backup: string): Promise<void> {
  await copyFile(file, backup).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

async function renameOver(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await rename(from, to);
      return;
    } catch (error) {
      if (attempt >= RENAME_TRIES || !BUSY.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
      await delay(RENAME_PAUSE_MS);
    }
  }
}

/** Makes the rename itself durable. Windows has no such call, some file systems refuse it: then the rename is what it is. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

/** Maps a failed write to the engine's codes, with the next step. */
function fileWriteError(file: string, error: unknown): EngineError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return new EngineError({
      code: 'disk-full',
      message: `${file} could not be written: the disk is full`,
      nextStep: 'Free some space on that disk, then try again. The previous contents are unchanged.',
      cause: error,
    });
  }
  return new EngineError({
    code: 'data-dir-unwritable',
    message: `${file} could not be written: ${message}`,
    nextStep: `Make ${path.dirname(file)} writable for this user, or choose another folder with --data-dir or SIPHON_DATA_DIR.`,
    cause: error,
  });
}
