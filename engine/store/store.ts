import type { HistoryQuery } from '../api/commands.ts';
import type { GpuSample } from '../api/hardware.ts';
import type { SegmentRecord, SessionRecord, Totals } from '../api/snapshot.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { EngineError } from '../base/errors.ts';
import { type Log, silentLog } from '../base/log.ts';
import type { Health } from '../health/health.ts';
import { type ConfigEvent, readConfigEvents, writeConfigEvents } from './config-events.ts';
import type { Db } from './connection.ts';
import { type GpuSeriesQuery, readGpuSeries, writeGpuSamples } from './gpu-samples.ts';
import { readHistory, readSessions, writeSegment, writeSession } from './history.ts';
import { clearProbes, readProbe, readValue, writeProbe, writeValue } from './key-values.ts';
import { type OpenedDatabase, openDatabase } from './open-database.ts';
import { type Compacted, compact, type Retention } from './retention.ts';
import { storeError, storeFailure } from './sqlite-errors.ts';
import { readTotals } from './totals.ts';

/** What a store needs. */
export interface StoreParameters {
  /** The database file; its folder is created where missing. */
  readonly file: string;
  readonly log?: Log;
  readonly clock?: Clock;
  /** Where the standing problems `store-write` and `store-corrupt` are set and cleared. */
  readonly health?: Health;
  /** Records kept in memory while the disk refuses them; the oldest go beyond that. */
  readonly maxPending?: number;
  /** Milliseconds between tries to write what is pending. */
  readonly retryMs?: number;
}

/** `recorded`: survives kill -9 from now on. `pending`: kept in memory, written as soon as the disk takes it. */
export type RecordResult = 'recorded' | 'pending';

type PendingWrite = (db: Db) => void;

const CHECKPOINT_MS = 30_000;
const COMPACT_MS = 15 * 60_000;
const FIRST_COMPACT_MS = 60_000;
const FLUSH_BATCH = 500;
const RETRY_MS = 5000;
/** Another program's lock is mostly over in a moment: the first retry comes soon and before any problem is shown. */
const LOCKED_RETRY_MS = 250;
/** A database that is damaged again this soon after it was replaced is not replaced again: the disk is broken. */
const REPLACE_AGAIN_MS = 60_000;

/**
 * The history: sessions, segments, GPU readings, changes of the configuration, and small kept values.
 * Writes are made at once, on the caller's thread: one costs some 50 µs, since nothing is flushed to the disk (WAL), and
 * what is committed survives the process. While the disk refuses (full, read-only, locked) records wait in memory.
 */
export class Store implements Disposable {
  readonly #parameters: StoreParameters;
  readonly #log: Log;
  readonly #clock: Clock;
  #db: Db;
  #pending: PendingWrite[] = [];
  #lost = 0;
  /** Failed tries to write in a row. */
  #failures = 0;
  #replacedAtMs = Number.NEGATIVE_INFINITY;
  #dirty = false;
  #retryTimer: NodeJS.Timeout | undefined;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #stopping = new AbortController();

  /**
   * Opens the history; only for the process that holds the data folder (lockDataDir). A damaged file is put aside and reported as `store-corrupt`; a new one is begun.
   * @throws EngineError data-dir-unwritable, disk-full, store-newer
   */
  constructor(parameters: StoreParameters) {
    this.#parameters = parameters;
    this.#log = parameters.log ?? silentLog;
    this.#clock = parameters.clock ?? systemClock;
    this.#db = this.#open(false);
  }

  /** Records a finished segment (`done` or `failed`); the same id again replaces it. Never throws for the disk's sake. */
  recordSegment(segment: SegmentRecord): RecordResult {
    if (segment.state !== 'done' && segment.state !== 'failed') {
      throw new Error(`segment ${segment.id} is still ${segment.state}: only finished ones are recorded`);
    }
    return this.#record((db) => writeSegment(db, segment));
  }

  /** Records a session as it is now; the same id again replaces it. */
  upsertSession(session: SessionRecord): RecordResult {
    return this.#record((db) => writeSession(db, session));
  }

  /** Records changes of the configuration. */
  recordConfigEvents(events: readonly ConfigEvent[]): RecordResult {
    return this.#record((db) => writeConfigEvents(db, events));
  }

  /** Writes GPU readings; while the disk refuses they are dropped, the next second brings new ones. */
  insertGpuSamples(samples: readonly GpuSample[]): void {
    if (this.#pending.length > 0) return;
    try {
      writeGpuSamples(this.#db, samples);
      this.#dirty = true;
    } catch (error) {
      this.#failed(error);
    }
  }

  /** A page of the history, newest first. What is still pending is not in it. */
  history(query: HistoryQuery): SegmentRecord[] {
    return this.#read((db) => readHistory(db, query));
  }

  /** The last finished segments, newest first. */
  recentSegments(limit: number): SegmentRecord[] {
    return this.#read((db) => readHistory(db, { limit }));
  }

  /** The sessions that began last, newest first. */
  recentSessions(limit: number): SessionRecord[] {
    return this.#read((db) => readSessions(db, limit));
  }

  /** Totals of the segments that began at or after `sinceMs` (see addSegment for the rules). */
  totals(sinceMs: number): Totals {
    return this.#read((db) => readTotals(db, sinceMs));
  }

  /** One GPU's readings, oldest first. */
  gpuSeries(query: GpuSeriesQuery): GpuSample[] {
    return this.#read((db) => readGpuSeries(db, query));
  }

  /** The last changes of the configuration, newest first. */
  configEvents(limit: number): ConfigEvent[] {
    return this.#read((db) => readConfigEvents(db, limit));
  }

  /** What was kept under a key, to be parsed by the caller; undefined when there is nothing. */
  getValue(key: string): unknown {
    return this.#read((db) => readValue(db, key));
  }

  /** Keeps a small JSON value under a key. */
  setValue(key: string, value: unknown): RecordResult {
    return this.#record((db) => writeValue(db, key, value));
  }

  /** A probe's outcome if it is not older than `maxAgeMs`, to be parsed by the caller. */
  getProbe(key: string, maxAgeMs: number): unknown {
    return this.#read((db) => readProbe(db, key, this.#clock.nowMs(), maxAgeMs));
  }

  /** Keeps a probe's outcome. */
  setProbe(key: string, value: unknown): RecordResult {
    const nowMs = this.#clock.nowMs();
    return this.#record((db) => writeProbe(db, key, value, nowMs));
  }

  /** Forgets all probes' outcomes. */
  clearProbes(): RecordResult {
    return this.#record(clearProbes);
  }

  /** Records that wait in memory for the disk. */
  get pending(): number {
    return this.#pending.length;
  }

  /** Takes away what is too old or too much, in steps. @throws EngineError disk-full, data-dir-unwritable, store-corrupt */
  async compact(retention: Retention): Promise<Compacted> {
    try {
      return await compact(this.#db, retention, this.#clock.nowMs(), this.#stopping.signal);
    } catch (error) {
      throw storeError(error, this.#parameters.file);
    }
  }

  /** Keeps the history in its bounds and safe from power cuts from now on, until the store is closed. */
  startMaintenance(retention: () => Retention): void {
    const tidy = (): void => {
      this.compact(retention()).then(
        (compacted) => this.#log.debug(compacted, 'history compacted'),
        (error: unknown) => this.#failed(error instanceof EngineError ? error.cause : error),
      );
    };
    this.#timers.push(
      setInterval(() => this.#checkpoint(), CHECKPOINT_MS).unref(),
      setInterval(tidy, COMPACT_MS).unref(),
      setTimeout(tidy, FIRST_COMPACT_MS).unref(),
    );
  }

  /** Tries to write what is pending now; true when nothing is left. */
  flush(): boolean {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
    try {
      while (this.#pending.length > 0) {
        const batch = this.#pending.slice(0, FLUSH_BATCH);
        this.#writeBatch(batch);
        this.#pending.splice(0, batch.length);
        this.#dirty = true;
      }
      this.#recovered();
      return true;
    } catch (error) {
      this.#failed(error);
      return false;
    }
  }

  /** Writes what is pending and closes the database. What even now cannot be written is lost, and logged as such. */
  [Symbol.dispose](): void {
    if (!this.#db.open) return;
    this.#stopping.abort();
    for (const timer of this.#timers) clearTimeout(timer);
    if (this.#pending.length > 0) this.flush();
    clearTimeout(this.#retryTimer);
    if (this.#pending.length > 0) this.#log.error({ records: this.#pending.length }, 'history records could not be written');
    this.#db.close();
  }

  #open(damaged: boolean): Db {
    const opened: OpenedDatabase = openDatabase(this.#parameters.file, { nowMs: this.#clock.nowMs(), damaged });
    const { damagedFile, backupFile } = opened;
    if (backupFile !== undefined) this.#log.info({ backupFile }, 'history migrated; the old one was kept');
    if (damagedFile !== undefined) {
      this.#log.error({ damagedFile }, 'the history was damaged; a new one was begun');
      this.#parameters.health?.set({
        key: 'store-corrupt',
        code: 'store-corrupt',
        severity: 'warning',
        title: 'The history was damaged',
        text: `Siphon began a new history. The damaged one is kept as ${damagedFile}.`,
        nextStep: 'Check the disk for errors. The old rows can often be read with: sqlite3 <file> .recover',
      });
    }
    return opened.db;
  }

  #record(write: PendingWrite): RecordResult {
    // Order matters (a session's newer state must not be overwritten by an older one): behind what waits, all wait.
    if (this.#pending.length > 0) {
      this.#enqueue(write);
      return 'pending';
    }
    try {
      this.#db.transaction(write).immediate(this.#db);
      this.#dirty = true;
      return 'recorded';
    } catch (error) {
      if (storeFailure(error) === 'bug') throw error;
      this.#enqueue(write);
      this.#failed(error);
      return this.#pending.length > 0 ? 'pending' : 'recorded';
    }
  }

  #enqueue(write: PendingWrite): void {
    this.#pending.push(write);
    if (this.#pending.length <= (this.#parameters.maxPending ?? 20_000)) return;
    this.#pending.shift();
    this.#lost += 1;
  }

  #writeBatch(batch: readonly PendingWrite[]): void {
    try {
      this.#db
        .transaction((db: Db) => {
          for (const write of batch) write(db);
        })
        .immediate(this.#db);
    } catch (error) {
      if (storeFailure(error) !== 'bug') throw error;
      this.#writeOneByOne(batch);
    }
  }

  /** One record that no database would take must not hold up the others: it is logged and dropped. */
  #writeOneByOne(batch: readonly PendingWrite[]): void {
    for (const write of batch) {
      try {
        this.#db.transaction(write).immediate(this.#db);
      } catch (error) {
        if (storeFailure(error) !== 'bug') throw error;
        this.#log.error({ err: error }, 'a history record was refused and is dropped');
      }
    }
  }

  /** After a failed write: a damaged file is replaced at once; anything else is tried again, and shown if it lasts. */
  #failed(error: unknown): void {
    if (this.#stopping.signal.aborted) return;
    const failure = storeFailure(error);
    if (failure === 'corrupt' && this.#replaceDamaged()) return;
    const mapped = storeError(error, this.#parameters.file);
    if (!(mapped instanceof EngineError)) {
      this.#log.error({ err: error }, 'writing the history failed');
      return;
    }
    this.#failures += 1;
    const passing = failure === 'locked' && this.#failures === 1;
    if (!passing) this.#raise(mapped);
    const retryMs = passing ? LOCKED_RETRY_MS : (this.#parameters.retryMs ?? RETRY_MS);
    this.#retryTimer ??= setTimeout(() => this.flush(), retryMs).unref();
  }

  #replaceDamaged(): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#replacedAtMs < REPLACE_AGAIN_MS) return false;
    this.#replacedAtMs = nowMs;
    try {
      this.#db.close();
      this.#db = this.#open(true);
    } catch (error) {
      this.#log.error({ err: error }, 'the damaged history could not be replaced');
      return false;
    }
    return this.flush();
  }

  #raise(error: EngineError): void {
    const lost = this.#lost > 0 ? ` ${this.#lost} older ones had to be dropped.` : '';
    if (this.#failures === 1) this.#log.error({ err: error }, 'the history cannot be written; records wait in memory');
    this.#parameters.health?.set({
      key: 'store-write',
      code: error.code,
      severity: 'error',
      title: error.code === 'disk-full' ? 'The disk is full' : 'The history cannot be written',
      text: `${sentence(error.message)} Work goes on; ${this.#pending.length} records wait in memory.${lost}`,
      nextStep: error.nextStep ?? 'See the log for details.',
    });
  }

  #recovered(): void {
    if (this.#failures === 0) return;
    this.#log.info({ lost: this.#lost }, 'the history can be written again');
    this.#failures = 0;
    this.#lost = 0;
    this.#parameters.health?.clear('store-write');
  }

  #read<T>(read: (db: Db) => T): T {
    try {
      return read(this.#db);
    } catch (error) {
      if (storeFailure(error) === 'corrupt' && this.#replaceDamaged()) return read(this.#db);
      throw storeError(error, this.#parameters.file);
    }
  }

  /** Moves what was committed from the write-ahead log into the database and flushes it: safe from a power cut. */
  #checkpoint(): void {
    if (!this.#dirty) return;
    this.#dirty = false;
    try {
      this.#db.pragma('wal_checkpoint(PASSIVE)');
    } catch (error) {
      this.#failed(error);
    }
  }
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
