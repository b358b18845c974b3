import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Db } from './connection.ts';
import { thinGpuSamples } from './gpu-samples.ts';

const DAY_MS = 24 * 3600_000;
/** Rows deleted in one transaction: a few milliseconds of the engine's thread. */
const BATCH_ROWS = 500;
/** Free pages given back to the file system in one step. */
const BATCH_PAGES = 256;
/** Changes of the configuration kept, whatever their age. */
const CONFIG_EVENTS_KEPT = 1000;

/** How much history is kept. */
export interface Retention {
  /** Rows older than this many days go. */
  readonly days: number;
  /** The oldest rows go when the database holds more than this many megabytes (10⁶ bytes). */
  readonly maxMb: number;
}

/** What a run of {@link compact} took away. */
export interface Compacted {
  readonly segments: number;
  readonly sessions: number;
  readonly gpuSamples: number;
  /** Bytes of the database afterwards (without the write-ahead log, which is bounded by itself). */
  readonly bytes: number;
}

/**
 * Thins GPU readings, takes away what is too old or too much, and gives the space back. Works in short steps, between
 * which the engine goes on; stops at the next step when the signal aborts.
 */
export async function compact(db: Db, retention: Retention, nowMs: number, signal?: AbortSignal): Promise<Compacted> {
  const before = nowMs - retention.days * DAY_MS;
  const goOn = (): boolean => db.open && signal?.aborted !== true;
  let gpuSamples = thinGpuSamples(db, nowMs);
  let segments = 0;
  let sessions = 0;
  const drain = async (deleteBatch: () => number): Promise<number> => {
    let total = 0;
    while (goOn()) {
      const gone = deleteBatch();
      total += gone;
      await nextTurn();
      if (gone < BATCH_ROWS) break;
    }
    return total;
  };
  segments += await drain(() => deleteSegments(db, before));
  gpuSamples += await drain(() => deleteGpuSamples(db, before));
  while (goOn() && usedBytes(db) > retention.maxMb * 1e6) {
    // Readings and segments shrink together, so that what is left covers the same time.
    const segmentsGone = deleteSegments(db, Number.MAX_SAFE_INTEGER);
    const oldest = oldestSegmentMs(db);
    const samplesGone = deleteGpuSamples(db, segmentsGone > 0 && oldest !== undefined ? oldest : Number.MAX_SAFE_INTEGER);
    segments += segmentsGone;
    gpuSamples += samplesGone;
    await nextTurn();
    if (segmentsGone + samplesGone === 0) break;
  }
  sessions += await drain(() => deleteSessions(db, Math.max(before, oldestSegmentMs(db) ?? before)));
  if (goOn()) {
    db.prepare('DELETE FROM config_events WHERE id <= (SELECT max(id) FROM config_events) - ?').run(CONFIG_EVENTS_KEPT);
    db.prepare('DELETE FROM probe_cache WHERE at_ms < ?').run(before);
  }
  while (goOn() && pragmaNumber(db, 'freelist_count') > 0) {
    db.pragma(`incremental_vacuum(${BATCH_PAGES})`);
    await nextTurn();
  }
  return { segments, sessions, gpuSamples, bytes: db.open ? usedBytes(db) : 0 };
}

/** Bytes of the pages in use. */
function usedBytes(db: Db): number {
  return (pragmaNumber(db, 'page_count') - pragmaNumber(db, 'freelist_count')) * pragmaNumber(db, 'page_size');
}

function pragmaNumber(db: Db, name: string): number {
  return Number(db.pragma(name, { simple: true }));
}

function deleteSegments(db: Db, beforeMs: number): number {
  return db
    .prepare(`DELETE FROM segments WHERE rowid IN
      (SELECT rowid FROM segments WHERE started_at_ms < ? ORDER BY started_at_ms, id LIMIT ${BATCH_ROWS})`)
    .run(beforeMs).changes;
}

function deleteGpuSamples(db: Db, beforeMs: number): number {
  return db
    .prepare(`DELETE FROM gpu_samples WHERE (uuid, at_ms) IN
      (SELECT uuid, at_ms FROM gpu_samples WHERE at_ms < ? ORDER BY at_ms LIMIT ${BATCH_ROWS})`)
    .run(beforeMs).changes;
}

/** Sessions whose last segment is older and of which no segment is left. */
function deleteSessions(db: Db, beforeMs: number): number {
  return db
    .prepare(`DELETE FROM sessions WHERE id IN
      (SELECT id FROM sessions WHERE last_segment_at_ms < ?
          AND NOT EXISTS (SELECT 1 FROM segments WHERE session_id = sessions.id) LIMIT ${BATCH_ROWS})`)
    .run(beforeMs).changes;
}

function oldestSegmentMs(db: Db): number | undefined {
  const oldest = db.prepare('SELECT min(started_at_ms) FROM segments').pluck().get();
  return typeof oldest === 'number' ? oldest : undefined;
}
