import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { EngineError } from '../base/errors.ts';
import { storeError, storeFailure } from './sqlite-errors.ts';

const HolderSchema = z.object({
  pid: z.number().int(),
  /** Milliseconds since the Unix epoch. */
  startedAtMs: z.number(),
  /** Address of its local API, e.g. `http://127.0.0.1:17935`; absent until it listens. */
  address: z.string().optional(),
});

/** The engine that holds a data folder, as it describes itself in `engine.json`. */
export type DataDirHolder = z.infer<typeof HolderSchema>;

/** A data folder held by this process until disposed or the process ends, however it ends. */
export interface DataDirLock extends Disposable {
  /** Tells others where this engine listens (the CLI finds it by this). */
  setAddress(address: string): void;
}

/** Who takes the lock. */
export interface LockDataDirParameters {
  readonly dataDir: string;
  readonly pid: number;
  readonly startedAtMs: number;
}

/**
 * Takes a data folder for this process, creating it where missing. The lock is the operating system's, held through an
 * open transaction on the tiny database `engine.lock`: it ends with the process, also after kill -9 or a power cut.
 * @throws EngineError data-dir-locked (names the first engine), data-dir-unwritable, disk-full
 */
export function lockDataDir({ dataDir, pid, startedAtMs }: LockDataDirParameters): DataDirLock {
  const file = path.join(dataDir, 'engine.lock');
  let db: Database.Database | undefined;
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    db = new Database(file, { timeout: 0 });
    db.pragma('journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
    const holder: DataDirHolder = { pid, startedAtMs };
    writeHolder(dataDir, holder);
    return new HeldLock(db, dataDir, holder);
  } catch (error) {
    db?.close();
    throw storeFailure(error) === 'locked' ? lockedError(dataDir) : storeError(error, file);
  }
}

/** Reads who holds (or last held) a data folder; undefined when nobody left a readable note. */
export function readDataDirHolder(dataDir: string): DataDirHolder | undefined {
  try {
    return HolderSchema.parse(JSON.parse(readFileSync(holderFile(dataDir), 'utf8')));
  } catch {
    return undefined;
  }
}

class HeldLock implements DataDirLock {
  readonly #db: Database.Database;
  readonly #dataDir: string;
  readonly #holder: DataDirHolder;

  constructor(db: Database.Database, dataDir: string, holder: DataDirHolder) {
    this.#db = db;
    this.#dataDir = dataDir;
    this.#holder = holder;
  }

  setAddress(address: string): void {
    try {
      writeHolder(this.#dataDir, { ...this.#holder, address });
    } catch (error) {
      throw storeError(error, holderFile(this.#dataDir));
    }
  }

  [Symbol.dispose](): void {
    if (!this.#db.open) return;
    // The note goes first: whoever gets the lock next writes its own.
    try {
      rmSync(holderFile(this.#dataDir), { force: true });
    } catch {
      // A folder that became read-only: the note stays and is overwritten by the next engine.
    }
    this.#db.close();
  }
}

function holderFile(dataDir: string): string {
  return path.join(dataDir, 'engine.json');
}

function writeHolder(dataDir: string, holder: DataDirHolder): void {
  const temporary = `${holderFile(dataDir)}.${holder.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
  renameSync(temporary, holderFile(dataDir));
}

function lockedError(dataDir: string): EngineError {
  const holder = readDataDirHolder(dataDir);
  const who = holder
    ? `process ${holder.pid}, running since ${new Date(holder.startedAtMs).toISOString()}${holder.address ? `, page at ${holder.address}` : ''}`
    : 'which has just started';
  return new EngineError({
    code: 'data-dir-locked',
    message: `another Siphon (${who}) already uses the data folder ${dataDir}`,
    nextStep: 'Use that one, stop it first, or give this one its own folder with --data-dir.',
    details: { dataDir, ...holder },
  });
}
