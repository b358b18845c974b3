import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { EMPTY_TOTALS, type EngineSnapshot } from '../../../engine/api/snapshot.ts';
import { Disposables } from '../../../engine/base/disposables.ts';
import { silentLog } from '../../../engine/base/log.ts';
import { Health } from '../../../engine/health/health.ts';
import { Recorder } from '../../../engine/host/recorder.ts';
import { EngineState } from '../../../engine/host/state.ts';
import { EngineMetrics } from '../../../engine/metrics/engine-metrics.ts';
import { Store } from '../../../engine/store/store.ts';
import { segment } from '../store/records.ts';

let owned: Disposables;
beforeEach(() => {
  owned = new Disposables();
});
afterEach(() => owned[Symbol.asyncDispose]());

const HOUR_MS = 3_600_000;
/** Noon, local time. */
const NOON_MS = new Date(2026, 10, 24, 12).getTime();

/** A recorder whose clock a test sets. */
function setUp() {
  const folder = mkdtempSync(path.join(tmpdir(), 'siphon-recorder-'));
  owned.defer(() => rmSync(folder, { recursive: true, force: true }));
  let nowMs = NOON_MS;
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
  const health = new Health({ clock });
  const store = owned.use(new Store({ file: path.join(folder, 'history.db'), clock, health }));
  const state = owned.use(
    new EngineState({
      seq: 0,
      sessions: [],
      segments: [],
      today: EMPTY_TOTALS,
      yesterday: EMPTY_TOTALS,
    } as unknown as EngineSnapshot),
  );
  const recorder = owned.use(
    new Recorder({
      state,
      store,
      metrics: new EngineMetrics(),
      health,
      clock,
      log: silentLog,
      onActivity: () => {},
      dayLookMs: 5,
    }),
  );
  const finish = (id: string): void => recorder.segmentChanged(segment(id, { startedAtMs: nowMs }));
  const counts = () => ({ today: state.snapshot.today.segments, yesterday: state.snapshot.yesterday.segments });
  const set = (ms: number): void => {
    nowMs = ms;
  };
  return { finish, counts, set };
}

test('a new day begins without a segment, with the old one as yesterday', async () => {
  const { finish, counts, set } = setUp();
  finish('one');
  finish('two');
  expect(counts()).toEqual({ today: 2, yesterday: 0 });
  set(NOON_MS + 13 * HOUR_MS);
  await vi.waitFor(() => expect(counts()).toEqual({ today: 0, yesterday: 2 }));
  finish('three');
  expect(counts()).toEqual({ today: 1, yesterday: 2 });
});

test('the first segment of a day counts once', () => {
  const { finish, counts, set } = setUp();
  finish('one');
  set(NOON_MS + 13 * HOUR_MS);
  finish('two');
  expect(counts()).toEqual({ today: 1, yesterday: 1 });
});

test('a clock that is set back finds its day as it was', async () => {
  const { finish, counts, set } = setUp();
  finish('one');
  set(NOON_MS + 13 * HOUR_MS);
  finish('two');
  set(NOON_MS);
  await vi.waitFor(() => expect(counts()).toEqual({ today: 2, yesterday: 0 }));
});
