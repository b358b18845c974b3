import type { Db } from './connection.ts';

/** Reads what was kept under a key; undefined when there is nothing. The caller parses it: it may be of another version. */
export function readValue(db: Db, key: string): unknown {
  const row = db.prepare<[string], { value: string }>('SELECT value FROM kv WHERE key = ?').get(key);
  return row === undefined ? undefined : JSON.parse(row.value);
}

/** Keeps a JSON value under a key. */
export function writeValue(db: Db, key: string, value: unknown): void {
  db.prepare('INSERT OR REPLACE INTO kv (key, value) VALUES (?, ?)').run(key, JSON.stringify(value));
}

/** Reads a probe's outcome (key: what was tried on which card with which driver), if not older than `maxAgeMs`. */
export function readProbe(db: Db, key: string, nowMs: number, maxAgeMs: number): unknown {
  const row = db
    .prepare<[string, number, number], { value: string }>(
      'SELECT value FROM probe_cache WHERE key = ? AND at_ms >= ? AND at_ms <= ?',
    )
    .get(key, nowMs - maxAgeMs, nowMs);
  return row === undefined ? undefined : JSON.parse(row.value);
}

/** Keeps a probe's outcome. */
export function writeProbe(db: Db, key: string, value: unknown, nowMs: number): void {
  db.prepare('INSERT OR REPLACE INTO probe_cache (key, at_ms, value) VALUES (?, ?, ?)').run(key, nowMs, JSON.stringify(value));
}

/** Forgets all probes' outcomes, so that everything is tried anew. */
export function clearProbes(db: Db): void {
  db.prepare('DELETE FROM probe_cache').run();
}
