import type Database from 'better-sqlite3';

/** An open SQLite connection; only this room knows the type. */
export type Db = Database.Database;

/** Statements of each connection by their text: preparing one costs more than running it. */
const prepared = new WeakMap<Db, Map<string, Database.Statement>>();

/** Prepares a statement once per connection. */
export function statement(db: Db, sql: string): Database.Statement {
  let statements = prepared.get(db);
  if (!statements) {
    statements = new Map();
    prepared.set(db, statements);
  }
  let found = statements.get(sql);
  if (!found) {
    found = db.prepare(sql);
    statements.set(sql, found);
  }
  return found;
}
