import type { Db } from './connection.ts';
import type { Row } from './rows.ts';

/** One change of the configuration; values as JSON can hold them, never secrets. */
export interface ConfigEvent {
  readonly atMs: number;
  /** Dotted path of the setting. */
  readonly path: string;
  /** Undefined = was or is not set. */
  readonly before: unknown;
  readonly after: unknown;
  /** Who changed it, in words: `cli`, `page`, `SIPHON_PORT`. */
  readonly source: string;
}

/** Writes changes of the configuration. */
export function writeConfigEvents(db: Db, events: readonly ConfigEvent[]): void {
  const insert = db.prepare('INSERT INTO config_events (at_ms, path, before, after, source) VALUES (?, ?, ?, ?, ?)');
  db.transaction(() => {
    for (const event of events) {
      insert.run(Math.round(event.atMs), event.path, toJson(event.before), toJson(event.after), event.source);
    }
  }).immediate();
}

/** The last changes, newest first. */
export function readConfigEvents(db: Db, limit: number): ConfigEvent[] {
  return db
    .prepare<[number], Row>('SELECT * FROM config_events ORDER BY id DESC LIMIT ?')
    .all(limit)
    .map((row) => ({
      atMs: Number(row.at_ms),
      path: String(row.path),
      before: fromJson(row.before),
      after: fromJson(row.after),
      source: String(row.source),
    }));
}

function toJson(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

function fromJson(value: unknown): unknown {
  return typeof value === 'string' ? JSON.parse(value) : undefined;
}
