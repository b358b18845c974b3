import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { saveConfig } from '../../engine/config/config-file.ts';
import { defaultConfig } from '../../engine/config/schema.ts';
import { saveSecrets } from '../../engine/config/secrets.ts';
import { Health } from '../../engine/health/health.ts';
import { lockDataDir } from '../../engine/store/data-dir-lock.ts';
import { Store } from '../../engine/store/store.ts';
import { gpuSample, segment } from '../unit/store/records.ts';

/** Real small file systems need the right to mount; elsewhere these tests have nothing to run on. */
const canMount = ((): boolean => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'siphon-mount-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]).status === 0;
  if (mounted) spawnSync('umount', [folder]);
  rmSync(folder, { recursive: true, force: true });
  return mounted;
})();

let folder: string;
let mounted: boolean;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'siphon-disk-'));
  mounted = false;
});
afterEach(() => {
  if (mounted) spawnSync('umount', ['-l', folder]);
  rmSync(folder, { recursive: true, force: true });
});

function mount(sizeKb: number): void {
  const run = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeKb}k`, 'tmpfs', folder], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(run.stderr);
  mounted = true;
}

function remount(option: 'ro' | 'rw'): void {
  const run = spawnSync('mount', ['-o', `remount,${option}`, folder], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(run.stderr);
}

/** Fills the small disk to its last byte; returns the file whose removal frees it again. */
function fillDisk(): string {
  const filler = path.join(folder, 'filler');
  const { bavail, bsize } = statfsSync(folder);
  for (let size = bavail * bsize; size > 0; size -= bsize) {
    try {
      writeFileSync(filler, Buffer.alloc(size, 1));
      return filler;
    } catch {
      // A page less, then.
    }
  }
  return filler;
}

describe.skipIf(!canMount)('on a real small disk (skipped without the right to mount one)', () => {
  test('a disk that fills up while running loses nothing: records wait and are written when there is room', async () => {
    mount(4096);
    const health = new Health();
    const store = new Store({ file: path.join(folder, 'history.db'), health, retryMs: 50 });
    store.recordSegment(segment('before'));
    const filler = fillDisk();
    const results = Array.from({ length: 3000 }, (_, index) =>
      store.recordSegment(segment(`s${index}`, { startedAtMs: 1000 + index })),
    );
    expect(results.at(-1)).toBe('pending');
    store.insertGpuSamples([gpuSample(1)]);
    expect(health.get('store-write')).toMatchObject({
      code: 'disk-full',
      severity: 'error',
      nextStep: expect.stringContaining('Free some space'),
    });
    // Still full after a few tries: nothing changes, reading goes on.
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(store.pending).toBeGreaterThan(0);
    expect(store.history({ limit: 500 }).some((record) => record.id === 'before')).toBe(true);
    rmSync(filler);
    await expect.poll(() => store.pending, { timeout: 10_000 }).toBe(0);
    expect(health.list()).toEqual([]);
    expect(store.totals(0).segments).toBe(3001);
    store[Symbol.dispose]();
    expect(new Store({ file: path.join(folder, 'history.db') }).totals(0).segments).toBe(3001);
  });

  test('beyond the bound the oldest waiting records go, and the problem counts them', () => {
    mount(1024);
    const health = new Health();
    const store = new Store({ file: path.join(folder, 'history.db'), health, maxPending: 10, retryMs: 60_000 });
    const filler = fillDisk();
    let index = 0;
    while (store.recordSegment(segment(`a${index}`)) === 'recorded') index += 1;
    for (let more = 0; more < 25; more += 1) store.recordSegment(segment(`b${more}`));
    expect(store.pending).toBe(10);
    expect(store.flush()).toBe(false);
    expect(health.get('store-write')?.text).toMatch(/10 records wait in memory\. 16 older ones had to be dropped/);
    rmSync(filler);
    expect(store.flush()).toBe(true);
    expect(store.history({ limit: 10, before: 9e15 }).filter((record) => record.id.startsWith('b'))).toHaveLength(10);
    store[Symbol.dispose]();
  });

  test('a disk that is full at the start, or for the configuration, is named with a next step; the file stays whole', async () => {
    mount(256);
    const config = path.join(folder, 'siphon.json');
    await saveConfig(config, defaultConfig());
    fillDisk();
    const full = expect.objectContaining({ code: 'disk-full', nextStep: expect.any(String) });
    expect(() => new Store({ file: path.join(folder, 'history.db') })).toThrow(full);
    await expect(saveConfig(config, { ...defaultConfig(), capacity: 9 })).rejects.toEqual(full);
    expect((await import('node:fs')).readFileSync(config, 'utf8')).toContain('"capacity": "auto"');
    await expect(saveSecrets(path.join(folder, 'secrets.json'), { orchestratorSecret: 'x' })).rejects.toEqual(full);
  });

  test('a read-only data folder is refused at the start with a next step', async () => {
    mount(256);
    remount('ro');
    const refused = expect.objectContaining({ code: 'data-dir-unwritable', nextStep: expect.stringContaining('--data-dir') });
    expect(() => lockDataDir({ dataDir: folder, pid: 1, startedAtMs: 1 })).toThrow(refused);
    expect(() => lockDataDir({ dataDir: path.join(folder, 'new'), pid: 1, startedAtMs: 1 })).toThrow(refused);
    expect(() => new Store({ file: path.join(folder, 'history.db') })).toThrow(refused);
    await expect(saveConfig(path.join(folder, 'siphon.json'), defaultConfig())).rejects.toEqual(refused);
  });

  test('a folder with a history in it that has become read-only is refused as such, not as damaged', () => {
    mount(1024);
    const file = path.join(folder, 'history.db');
    const first = new Store({ file });
    first.recordSegment(segment('a'));
    first[Symbol.dispose]();
    remount('ro');
    expect(() => new Store({ file })).toThrow(expect.objectContaining({ code: 'data-dir-unwritable' }));
    remount('rw');
    const again = new Store({ file });
    expect(again.totals(0).segments).toBe(1);
    again[Symbol.dispose]();
  });
});

test('a file in the place of the data folder is refused with a next step', () => {
  const file = path.join(folder, 'file');
  writeFileSync(file, '');
  const refused = expect.objectContaining({ code: 'data-dir-unwritable', nextStep: expect.any(String) });
  expect(() => lockDataDir({ dataDir: path.join(file, 'data'), pid: 1, startedAtMs: 1 })).toThrow(refused);
  mkdirSync(path.join(folder, 'history.db'));
  expect(() => new Store({ file: path.join(folder, 'history.db') })).toThrow(refused);
});
