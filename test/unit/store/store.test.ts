import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EMPTY_TOTALS } from '../../../engine/api/snapshot.ts';
import { Health } from '../../../engine/health/health.ts';
import { openDatabase } from '../../../engine/store/open-database.ts';
import { STORE_MIGRATIONS } from '../../../engine/store/schema.ts';
import { Store, type StoreParameters } from '../../../engine/store/store.ts';
import { addSegment } from '../../../engine/store/totals.ts';
import { failedSegment, gpuSample, segment, session } from './records.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = 1_764_000_000_000;

let folder: string;
let file: string;
let open: Store[];

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'siphon-store-'));
  file = path.join(folder, 'history.db');
  open = [];
});
afterEach(() => {
  for (const store of open) store[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

function openStore(parameters: Partial<StoreParameters> = {}): Store {
  const store = new Store({ file, ...parameters });
  open.push(store);
  return store;
}

/** A store whose clock the test turns. */
function storeAt(nowMs: number): { store: Store; clock: { now: number } } {
  const clock = { now: nowMs };
  return { store: openStore({ clock: { nowMs: () => clock.now, monotonicMs: () => performance.now() } }), clock };
}

describe('records', () => {
  test('segments and sessions come back exactly as they were recorded, also after reopening', () => {
    const store = openStore();
    const records = [segment('a', { startedAtMs: NOW }), failedSegment('b', { startedAtMs: NOW - 1 })];
    expect(records.map((record) => store.recordSegment(record))).toEqual(['recorded', 'recorded']);
    const ended = session('session-1', { endedAtMs: NOW });
    expect(store.upsertSession(ended)).toBe('recorded');
    store[Symbol.dispose]();
    const again = openStore();
    expect(again.recentSegments(10)).toEqual(records);
    expect(again.recentSessions(10)).toEqual([ended]);
  });

  test('the same id again replaces the record', () => {
    const store = openStore();
    store.recordSegment(failedSegment('a'));
    store.recordSegment(segment('a'));
    store.upsertSession(session('session-1', { segments: 1, endedAtMs: 1 }));
    store.upsertSession(session('session-1', { segments: 2, endedAtMs: 1 }));
    expect(store.recentSegments(10)).toEqual([segment('a')]);
    expect(store.recentSessions(10).map((record) => record.segments)).toEqual([2]);
  });

  test('a segment that is not finished is refused', () => {
    expect(() => openStore().recordSegment(segment('a', { state: 'uploading' }))).toThrow(/only finished/);
  });

  test('numbers that are none do not stop a record', () => {
    const store = openStore();
    store.recordSegment(
      segment('a', { realtimeFactor: Number.POSITIVE_INFINITY, decodedPixels: Number.NaN, durationMs: Number.NaN }),
    );
    const [read] = store.recentSegments(1);
    expect(read).toMatchObject({ decodedPixels: 0, durationMs: 0 });
    expect(read).not.toHaveProperty('realtimeFactor');
  });

  test('sessions left open by a killed engine are ended with their last segment at the next start', () => {
    const store = openStore();
    store.upsertSession(session('open', { lastSegmentAtMs: NOW + 5 }));
    store[Symbol.dispose]();
    expect(openStore().recentSessions(1)[0]?.endedAtMs).toBe(NOW + 5);
  });

  test('changes of the configuration, kept values and probes come back', () => {
    const { store, clock } = storeAt(NOW);
    const events = [
      { atMs: NOW, path: 'capacity', before: 'auto', after: 4, source: 'cli' },
      { atMs: NOW, path: 'gpus.GPU-1', before: undefined, after: { enabled: false }, source: 'page' },
    ];
    store.recordConfigEvents(events);
    expect(store.configEvents(10)).toEqual([...events].reverse());
    store.setValue('k', { a: [1, null] });
    expect(store.getValue('k')).toEqual({ a: [1, null] });
    expect(store.getValue('other')).toBeUndefined();
    store.setProbe('GPU-1/550.1', { h264: true });
    clock.now += HOUR;
    expect(store.getProbe('GPU-1/550.1', 2 * HOUR)).toEqual({ h264: true });
    expect(store.getProbe('GPU-1/550.1', HOUR / 2)).toBeUndefined();
    store.clearProbes();
    expect(store.getProbe('GPU-1/550.1', 2 * HOUR)).toBeUndefined();
  });
});

describe('queries', () => {
  test('pages join without gap or overlap, also between segments of one millisecond', () => {
    const store = openStore();
    const ids = Array.from({ length: 25 }, (_, index) => `s${String(index).padStart(2, '0')}`);
    for (const [index, id] of ids.entries()) store.recordSegment(segment(id, { startedAtMs: NOW + Math.floor(index / 10) }));
    const seen: string[] = [];
    for (let last: { before?: number; beforeId?: string } = {}; ; ) {
      const page = store.history({ limit: 4, ...last });
      seen.push(...page.map((record) => record.id));
      const end = page.at(-1);
      if (!end) break;
      last = { before: end.startedAtMs, beforeId: end.id };
    }
    expect(seen).toEqual(ids.reverse());
  });

  test('history is filtered by state and session', () => {
    const store = openStore();
    store.recordSegment(segment('a'));
    store.recordSegment(failedSegment('b'));
    store.recordSegment(segment('c', { sessionId: 'session-2' }));
    expect(store.history({ limit: 10, state: 'failed' }).map((record) => record.id)).toEqual(['b']);
    expect(store.history({ limit: 10, sessionId: 'session-2' }).map((record) => record.id)).toEqual(['c']);
    expect(store.history({ limit: 10, before: NOW })).toEqual([]);
  });

  test('totals of the database and the running sum agree', () => {
    const store = openStore();
    const records = [
      segment('a'),
      failedSegment('b', { sourceBytes: 500, encodedPixels: 99 }),
      segment('c', { startedAtMs: NOW + 1 }),
    ];
    for (const record of records) store.recordSegment(record);
    expect(store.totals(0)).toEqual(records.reduce(addSegment, EMPTY_TOTALS));
    expect(store.totals(0)).toMatchObject({ segments: 3, failed: 1, encodedPixels: 10_000_000_000, bytesIn: 2_000_500 });
    expect(store.totals(NOW + 1).segments).toBe(1);
    expect(store.totals(NOW + 2)).toEqual(EMPTY_TOTALS);
  });
});

describe('GPU readings', () => {
  test('are thinned to minutes after an hour and to quarters after two days, only where a span is over', async () => {
    const start = Math.floor(NOW / DAY) * DAY;
    const { store, clock } = storeAt(start);
    const samples = Array.from({ length: 2 * 3600 }, (_, second) =>
      gpuSample(start + second * 1000, { temperatureC: second % 60 === 0 ? 90 : 60, nvencSessions: second % 60 }),
    );
    store.insertGpuSamples(samples);
    const all = { uuid: 'GPU-1', fromMs: start, toMs: start + DAY, maxPoints: 1e9 };
    clock.now = start + 2 * HOUR + 30_500;
    const compacted = await store.compact({ days: 90, maxMb: 1000 });
    expect(compacted.gpuSamples).toBe(3600 - 60);
    const series = store.gpuSeries(all);
    expect(series).toHaveLength(60 + 3600);
    expect(series[0]).toEqual(gpuSample(start, { temperatureC: 60.5, nvencSessions: 59 }));
    expect(series[60]).toEqual(gpuSample(start + HOUR, { temperatureC: 90, nvencSessions: 0 }));

    clock.now = start + 2 * DAY + HOUR + 20 * MINUTE;
    await store.compact({ days: 90, maxMb: 1000 });
    const later = store.gpuSeries(all);
    // The hour and 15 minutes before the limit are quarters, the rest is minutes.
    expect(later.map((sample) => (sample.atMs - start) / MINUTE)).toEqual([
      0,
      15,
      30,
      45,
      60,
      ...Array.from({ length: 45 }, (_, index) => 75 + index),
    ]);
    expect(later[0]?.temperatureC).toBeCloseTo(60.5);
    expect((await store.compact({ days: 90, maxMb: 1000 })).gpuSamples).toBe(0);
  });

  test('a series is thinned to the number of points asked for, unknown values stay unknown', () => {
    const store = openStore();
    store.insertGpuSamples(
      Array.from({ length: 1000 }, (_, index) => gpuSample(NOW + index * 1000, { powerW: null, temperatureC: index })),
    );
    store.insertGpuSamples([gpuSample(NOW, { uuid: 'GPU-2' })]);
    const series = store.gpuSeries({ uuid: 'GPU-1', fromMs: NOW, toMs: NOW + 1_000_000, maxPoints: 10 });
    expect(series.map((sample) => sample.temperatureC)).toEqual(Array.from({ length: 10 }, (_, index) => index * 100 + 49.5));
    expect(series[0]?.powerW).toBeNull();
  });
});

describe('retention', () => {
  test('what is older than the days allowed goes, with its sessions', async () => {
    const { store } = storeAt(NOW + 10 * DAY);
    store.recordSegment(segment('old', { sessionId: 'old', startedAtMs: NOW }));
    store.upsertSession(session('old', { lastSegmentAtMs: NOW, endedAtMs: NOW }));
    store.recordSegment(segment('new', { sessionId: 'new', startedAtMs: NOW + 9 * DAY }));
    store.insertGpuSamples([gpuSample(NOW), gpuSample(NOW + 10 * DAY)]);
    const compacted = await store.compact({ days: 7, maxMb: 1000 });
    expect(compacted).toMatchObject({ segments: 1, sessions: 1 });
    expect(store.recentSegments(10).map((record) => record.id)).toEqual(['new']);
    expect(store.recentSessions(10).map((record) => record.id)).toEqual(['new']);
    expect(store.gpuSeries({ uuid: 'GPU-1', fromMs: 0, toMs: NOW + 20 * DAY, maxPoints: 100 })).toHaveLength(1);
  });

  test('the file stays below the size allowed, the newest rows are kept and the space is given back', async () => {
    const { store } = storeAt(NOW + DAY);
    for (let index = 0; index < 6000; index += 1) {
      store.recordSegment(segment(`s${index}`, { sessionId: `session-${Math.floor(index / 100)}`, startedAtMs: NOW + index }));
    }
    store.insertGpuSamples(Array.from({ length: 3000 }, (_, index) => gpuSample(NOW + index)));
    const maxBytes = 1_500_000;
    const compacted = await store.compact({ days: 90, maxMb: maxBytes / 1e6 });
    expect(compacted.segments).toBeGreaterThan(1000);
    expect(compacted.bytes).toBeLessThanOrEqual(maxBytes);
    const kept = store.history({ limit: 10_000 });
    expect(kept.length).toBe(6000 - compacted.segments);
    expect(kept[0]?.id).toBe('s5999');
    store[Symbol.dispose]();
    expect(statSync(file).size).toBeLessThanOrEqual(maxBytes);
  });
});

describe('the file', () => {
  test('an older database is migrated, and a copy of it is kept', () => {
    // A fixture of version 1 made by version 1's own migration, with rows; two made-up versions follow.
    const old = openDatabase(file, { migrations: STORE_MIGRATIONS.slice(0, 1) }).db;
    old.prepare("INSERT INTO kv VALUES ('kept', '1')").run();
    old.close();
    const later = [...STORE_MIGRATIONS.slice(0, 1), 'ALTER TABLE kv ADD COLUMN note TEXT;', "UPDATE kv SET note = 'migrated';"];
    const opened = openDatabase(file, { migrations: later });
    expect(opened.backupFile).toBe(`${file}.v1.bak`);
    expect(opened.db.prepare('SELECT * FROM kv').all()).toEqual([{ key: 'kept', value: '1', note: 'migrated' }]);
    expect(opened.db.pragma('user_version', { simple: true })).toBe(3);
    opened.db.close();
    const backup = new Database(`${file}.v1.bak`, { readonly: true });
    expect(backup.prepare('SELECT * FROM kv').all()).toEqual([{ key: 'kept', value: '1' }]);
    backup.close();
  });

  test('a migration that fails leaves the version before it, whole', () => {
    openDatabase(file, { migrations: STORE_MIGRATIONS.slice(0, 1) }).db.close();
    const broken = [
      ...STORE_MIGRATIONS.slice(0, 1),
      'ALTER TABLE kv ADD COLUMN note TEXT; ALTER TABLE nowhere ADD COLUMN x TEXT;',
    ];
    expect(() => openDatabase(file, { migrations: broken })).toThrow(/nowhere/);
    const db = new Database(file);
    expect(db.pragma('user_version', { simple: true })).toBe(1);
    expect(
      db
        .prepare('SELECT * FROM kv')
        .columns()
        .map((column) => column.name),
    ).toEqual(['key', 'value']);
    db.close();
  });

  test('a database of a newer Siphon is refused and left alone', () => {
    openStore()[Symbol.dispose]();
    const db = new Database(file);
    db.pragma(`user_version = ${STORE_MIGRATIONS.length + 1}`);
    db.close();
    const before = readFileSync(file);
    expect(() => openStore()).toThrow(expect.objectContaining({ code: 'store-newer' }));
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test.each([
    ['that is no database at all', (target: string) => writeFileSync(target, 'this is a text file '.repeat(500))],
    ['with damaged pages', (target: string) => damagePages(target)],
  ])('a file %s is put aside whole, a new one begun, and the problem shown', (_, damage) => {
    const first = openStore();
    for (let index = 0; index < 500; index += 1) first.recordSegment(segment(`s${index}`));
    first[Symbol.dispose]();
    damage(file);
    const damaged = readFileSync(file);
    const health = new Health();
    const store = openStore({ health });
    expect(health.get('store-corrupt')).toMatchObject({ code: 'store-corrupt', severity: 'warning' });
    const aside = readdirSync(folder).find((name) => /^history\.damaged-.*\.db$/.test(name)) ?? '';
    expect(readFileSync(path.join(folder, aside)).equals(damaged)).toBe(true);
    expect(store.recordSegment(segment('new'))).toBe('recorded');
    expect(store.recentSegments(10)).toHaveLength(1);
  });

  test.each([
    ['writing', (store: Store) => store.recordSegment(segment('new', { sessionId: 'another' }))],
    ['reading', (store: Store) => store.totals(0)],
  ])('damage met while %s is put aside at once, and the engine goes on with a new file', (_, use) => {
    const first = openStore();
    // Big enough not to be checked at the start, so that the damage is met later.
    const error = { code: 'internal', message: 'x'.repeat(40_000) } as const;
    for (let index = 0; index < 1000; index += 1)
      first.recordSegment(segment(`s${index}`, { sessionId: `session-${index}`, error }));
    first[Symbol.dispose]();
    const health = new Health();
    const store = openStore({ health });
    damagePages(file);
    expect(health.list()).toEqual([]);
    use(store);
    expect(health.get('store-corrupt')).toBeDefined();
    expect(health.get('store-write')).toBeUndefined();
    expect(store.recordSegment(segment('after', { startedAtMs: NOW + 1 }))).toBe('recorded');
    expect(store.recentSegments(1)[0]?.id).toBe('after');
  });
});

/** Overwrites everything after the first page, as a broken disk does. */
function damagePages(target: string): void {
  const size = statSync(target).size;
  const handle = openSync(target, 'r+');
  writeSync(handle, Buffer.alloc(size - 4096, 0xa5), 0, size - 4096, 4096);
  closeSync(handle);
}
