import path from 'node:path';
import { EngineError } from '../base/errors.ts';

/** What a failed database call means for what to do next. */
export type StoreFailure = 'disk-full' | 'unwritable' | 'locked' | 'corrupt' | 'bug';

/** Sorts an error of SQLite or the file system; anything unknown is a bug, which no retry mends. */
export function storeFailure(error: unknown): StoreFailure {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'string') return 'bug';
  if (/^(SQLITE_FULL|ENOSPC|EDQUOT|EFBIG)/.test(code)) return 'disk-full';
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) return 'corrupt';
  if (/^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(code)) return 'locked';
  if (
    /^(SQLITE_(READONLY|CANTOPEN|PERM|AUTH|IOERR|NOLFS)|EACCES|EPERM|EROFS|EIO|ENOTDIR|ENOENT|EEXIST|ENAMETOOLONG)/.test(code)
  ) {
    return 'unwritable';
  }
  return 'bug';
}

/**
 * Maps a failed database call on `file` to the engine's error, with the next step. `EngineError`s and bugs are returned
 * as they are.
 */
export function storeError(error: unknown, file: string): unknown {
  if (error instanceof EngineError) return error;
  const folder = path.dirname(file);
  const reason = error instanceof Error ? error.message : String(error);
  switch (storeFailure(error)) {
    case 'disk-full':
      return new EngineError({
        code: 'disk-full',
        message: `the history cannot be written: the disk of ${folder} is full`,
        nextStep: 'Free some space on that disk. Siphon tries again by itself while it runs.',
        details: { file },
        cause: error,
      });
    case 'unwritable':
      return new EngineError({
        code: 'data-dir-unwritable',
        message: `the data folder ${folder} cannot be written (${reason})`,
        nextStep: `Make ${folder} writable for this user, or choose another folder with --data-dir or SIPHON_DATA_DIR.`,
        details: { file },
        cause: error,
      });
    case 'locked':
      return new EngineError({
        code: 'data-dir-unwritable',
        message: `another program keeps the history ${file} locked`,
        nextStep: 'Close the program that has the file open (a database browser, a backup). Siphon tries again by itself.',
        details: { file },
        cause: error,
      });
    case 'corrupt':
      return new EngineError({
        code: 'store-corrupt',
        message: `the history ${file} is damaged (${reason})`,
        nextStep: 'Restart Siphon: it puts the damaged file aside and begins a new one.',
        details: { file },
        cause: error,
      });
    case 'bug':
      return error;
  }
}
