import { existsSync } from 'node:fs';
import type { HistoryQuery } from '../api/commands.ts';
import type { SegmentRecord } from '../api/snapshot.ts';
import type { SiphonPaths } from '../config/paths.ts';
import { lockDataDir } from '../store/data-dir-lock.ts';
import { Store } from '../store/store.ts';

/**
 * Reads the history while no engine runs, holding the data folder for that moment. Creates nothing where nothing is.
 * @throws EngineError data-dir-locked when an engine has started meanwhile, data-dir-unwritable, store-newer
 */
export function readOfflineHistory(paths: SiphonPaths, query: HistoryQuery, nowMs: number): SegmentRecord[] {
  if (!existsSync(paths.databaseFile)) return [];
  using _lock = lockDataDir({ dataDir: paths.dataDir, pid: process.pid, startedAtMs: nowMs });
  using store = new Store({ file: paths.databaseFile });
  return store.history(query);
}
