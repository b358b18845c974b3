import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { defaultConfig } from '../../../engine/config/schema.ts';
import { recordConfigChanges } from '../../../engine/host/config-history.ts';
import { Store } from '../../../engine/store/store.ts';

test('what changed in the configuration between two starts is in the history, once', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'siphon-config-history-'));
  try {
    using store = new Store({ file: path.join(folder, 'history.db') });
    const first = defaultConfig();
    const second = { ...first, capacity: 4, gpus: { 'GPU-1': { enabled: false, sessions: 'auto' as const } } };
    for (const [config, atMs] of [
      [first, 1],
      [first, 2],
      [second, 3],
      [second, 4],
    ] as const)
      recordConfigChanges(store, config, { atMs, source: 'start' });
    expect(store.configEvents(10).reverse()).toEqual([
      { atMs: 3, path: 'capacity', before: 'auto', after: 4, source: 'start' },
      { atMs: 3, path: 'gpus.GPU-1.enabled', before: undefined, after: false, source: 'start' },
      { atMs: 3, path: 'gpus.GPU-1.sessions', before: undefined, after: 'auto', source: 'start' },
    ]);
    store.setValue('last-config', { version: 0, nonsense: true });
    recordConfigChanges(store, first, { atMs: 5, source: 'start' });
    expect(store.configEvents(10)).toHaveLength(3);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
