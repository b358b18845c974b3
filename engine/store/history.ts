import type { HistoryQuery } from '../api/commands.ts';
import type { SegmentRecord, SessionRecord } from '../api/snapshot.ts';
import { type Db, statement } from './connection.ts';
import { type Row, segmentFromRow, segmentToRow, sessionFromRow, sessionToRow } from './rows.ts';

const STUB_SESSION = `
  INSERT INTO sessions (id, manifest_id, started_at_ms, last_segment_at_ms, segments, failed, encoded_pixels, profiles)
  VALUES (@session_id, @manifest_id, @started_at_ms, @started_at_ms, 0, 0, 0, '[]') ON CONFLICT (id) DO NOTHING`;

/**
 * Writes a finished segment; the same id again replaces it. A session that is not known yet is entered with what the
 * segment tells, for its own record to replace.
 */
export function writeSegment(db: Db, segment: SegmentRecord): void {
  const row = segmentToRow(segment);
  statement(db, STUB_SESSION).run({
    session_id: row.session_id,
    manifest_id: row.manifest_id,
    started_at_ms: row.started_at_ms,
  });
  statement(db, upsert('segments', row)).run(row);
}

/** Writes a session; the same id again replaces it. */
export function writeSession(db: Db, session: SessionRecord): void {
  const row = sessionToRow(session);
  statement(db, upsert('sessions', row)).run(row);
}

/** A page of the history, newest first. */
export function readHistory(db: Db, query: HistoryQuery): SegmentRecord[] {
  const conditions: string[] = [];
  if (query.before !== undefined) {
    conditions.push(query.beforeId === undefined ? 'started_at_ms < @before' : '(started_at_ms, id) < (@before, @beforeId)');
  }
  if (query.state !== undefined) conditions.push('state = @state');
  if (query.sessionId !== undefined) conditions.push('session_id = @sessionId');
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  return db
    .prepare<[Record<string, unknown>], Row>(`SELECT * FROM segments ${where} ORDER BY started_at_ms DESC, id DESC LIMIT @limit`)
    .all({ ...query })
    .map(segmentFromRow);
}

/** The sessions that began last, newest first. */
export function readSessions(db: Db, limit: number): SessionRecord[] {
  return db
    .prepare<[number], Row>('SELECT * FROM sessions ORDER BY started_at_ms DESC, id DESC LIMIT ?')
    .all(limit)
    .map(sessionFromRow);
}

/** Marks sessions that an engine left open when it was killed as ended with their last segment. Returns how many. */
export function endOrphanedSessions(db: Db): number {
  return db.prepare('UPDATE sessions SET ended_at_ms = last_segment_at_ms WHERE ended_at_ms IS NULL').run().changes;
}

function upsert(table: string, row: Row): string {
  const columns = Object.keys(row);
  const updates = columns.filter((column) => column !== 'id').map((column) => `${column} = excluded.${column}`);
  return `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map((column) => `@${column}`).join(', ')})
          ON CONFLICT (id) DO UPDATE SET ${updates.join(', ')}`;
}
