import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { EngineError } from '../base/errors.ts';
import type { Db } from './connection.ts';
import { endOrphanedSessions } from './history.ts';
import { STORE_MIGRATIONS } from './schema.ts';
import { storeError, storeFailure } from './sqlite-errors.ts';

/** What {@link openDatabase} did. */
export interface OpenedDatabase {
  readonly db: Db;
  /** Where a damaged file was put aside before a new one was begun. */
  readonly damagedFile?: string;
  /** Copy of the database as it was before it was migrated. */
  readonly backupFile?: string;
}

/** How the schema is brought up to date; tests hand in their own. */
export interface OpenDatabaseOptions {
  readonly migrations?: readonly string[];
  readonly nowMs?: number;
  /** The file is known to be damaged: it is put aside without another look. */
  readonly damaged?: boolean;
}

/**
 * Milliseconds that a write waits for another program's lock. Writes run on the engine's own thread, so this is short;
 * what could not be written then is kept and tried again.
 */
const BUSY_TIMEOUT_MS = 50;
/** Bytes up to which a database is checked at each start; a bigger one only after a crash (a second or more per gigabyte). */
const ALWAYS_CHECKED_BYTES = 32 * 1024 * 1024;

/**
 * Opens the history, creating folder and file where missing, checks it, and brings it to the current schema.
 * A damaged file is put aside (`history.damaged-<time>.db`) and a new one begun.
 * @throws EngineError data-dir-unwritable, disk-full, store-newer
 */
export function openDatabase(file: string, options: OpenDatabaseOptions = {}): OpenedDatabase {
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    if (options.damaged !== true) {
      try {
        return openSound(file, options);
      } catch (error) {
        if (storeFailure(error) !== 'corrupt') throw error;
      }
    }
    const damagedFile = putAside(file, options.nowMs ?? Date.now());
    return { ...openSound(file, options), damagedFile };
  } catch (error) {
    throw storeError(error, file);
  }
}

function openSound(file: string, options: OpenDatabaseOptions): OpenedDatabase {
  const migrations = options.migrations ?? STORE_MIGRATIONS;
  const check = needsCheck(file);
  const db = new Database(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    // Nothing is written before the file is known to be sound and ours.
    if (check) assertSound(db);
    const version = knownVersion(db, file, migrations.length);
    // Must come before the first table.
    if (version === 0) db.pragma('auto_vacuum = INCREMENTAL');
    db.pragma('journal_mode = WAL');
    // WAL + NORMAL: a commit outlives the process at once (kill -9); a power cut can take what was committed since the
    // last checkpoint, which maintenance makes every 30 s. It never damages the file.
    db.pragma('synchronous = NORMAL');
    db.pragma('foreign_keys = ON');
    db.pragma('journal_size_limit = 8388608');
    const backupFile = migrate(db, file, version, migrations);
    endOrphanedSessions(db);
    return { db, ...(backupFile === undefined ? {} : { backupFile }) };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** A left-over write-ahead log means that the last process did not close the database. */
function needsCheck(file: string): boolean {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const wal = statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  return size > 0 && (size <= ALWAYS_CHECKED_BYTES || wal > 0);
}

function assertSound(db: Db): void {
  const found = String(db.pragma('quick_check(1)', { simple: true }));
  if (found !== 'ok') throw Object.assign(new Error(found), { code: 'SQLITE_CORRUPT' });
}

function knownVersion(db: Db, file: string, target: number): number {
  const version = Number(db.pragma('user_version', { simple: true }));
  if (version <= target) return version;
  throw new EngineError({
    code: 'store-newer',
    message: `the history ${file} has version ${version}, but this Siphon knows versions up to ${target}: it was written by a newer Siphon`,
    nextStep: 'Update Siphon, or choose another folder with --data-dir.',
    details: { version, target },
  });
}

function migrate(db: Db, file: string, from: number, migrations: readonly string[]): string | undefined {
  if (from === migrations.length) return undefined;
  const backupFile = from > 0 ? backUp(db, file, from) : undefined;
  for (const [index, sql] of migrations.entries()) {
    if (index < from) continue;
    db.transaction(() => {
      db.exec(sql);
      db.pragma(`user_version = ${index + 1}`);
    }).immediate();
  }
  return backupFile;
}

/** One copy per old version, complete and consistent also while the write-ahead log holds pages. */
function backUp(db: Db, file: string, version: number): string {
  const backup = `${file}.v${version}.bak`;
  rmSync(backup, { force: true });
  db.prepare('VACUUM INTO ?').run(backup);
  return backup;
}

/** Moves a database with its write-ahead log out of the way; nothing is deleted. */
function putAside(file: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replace(/[:.]/g, '-');
  const { dir, name, ext } = path.parse(file);
  const damaged = path.join(dir, `${name}.damaged-${stamp}${ext}`);
  renameSync(file, damaged);
  for (const suffix of ['-wal', '-shm']) {
    if (statSync(`${file}${suffix}`, { throwIfNoEntry: false })) renameSync(`${file}${suffix}`, `${damaged}${suffix}`);
  }
  return damaged;
}
