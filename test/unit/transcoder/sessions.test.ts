import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { SegmentRecord, SessionRecord } from '../../../engine/api/snapshot.ts';
import { SessionTable } from '../../../engine/transcoder/sessions.ts';

let nowMs = 1_000_000;
const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };

beforeEach(() => {
  vi.useFakeTimers();
  nowMs = 1_000_000;
});

afterEach(() => {
  vi.useRealTimers();
});

function table() {
  const changes: SessionRecord[] = [];
  const ended: string[] = [];
  const made = new SessionTable({ clock, onChange: (record) => changes.push(record), onEnd: (id) => ended.push(id) });
  return { table: made, changes, ended };
}

function pass(ms: number): void {
  nowMs += ms;
  vi.advanceTimersByTime(ms);
}

function segment(change: Partial<SegmentRecord>): SegmentRecord {
  return {
    id: 'x',
    sessionId: 's',
    manifestId: 'm',
    seq: 0,
    state: 'done',
    startedAtMs: 0,
    durationMs: 2000,
    sourceBytes: 1,
    decodedPixels: 10,
    encodedPixels: 5,
    renditions: [],
    hops: {},
    ...change,
  };
}

test('a session sums up its segments and tells the median of their speed', () => {
  const { table: sessions, changes } = table();
  for (const [state, realtimeFactor] of [
    ['done', 4],
    ['done', 1],
    ['failed', undefined],
    ['done', 2],
  ] as const) {
    sessions.begin('s', 'm', ['p']);
    sessions.finish(segment({ state, ...(realtimeFactor === undefined ? {} : { realtimeFactor }) }));
  }
  expect(changes.at(-1)).toMatchObject({
    id: 's',
    manifestId: 'm',
    segments: 4,
    failed: 1,
    encodedPixels: 15,
    realtimeFactor: 2,
  });
  expect(sessions.size).toBe(1);
  sessions[Symbol.dispose]();
});

test('a session ends 70 s after its last segment, but never while one runs', () => {
  const { table: sessions, changes, ended } = table();
  sessions.begin('s', 'm', []);
  pass(200_000);
  expect(ended).toEqual([]);
  sessions.finish(segment({}));
  pass(65_000);
  expect(ended).toEqual([]);
  pass(10_000);
  expect(ended).toEqual(['s']);
  expect(changes.at(-1)?.endedAtMs).toBeGreaterThanOrEqual(1_270_000);
  expect(sessions.size).toBe(0);
  sessions[Symbol.dispose]();
});

test('ending twice, or an unknown session, does nothing', () => {
  const { table: sessions, ended } = table();
  sessions.begin('s', 'm', []);
  sessions.end('s');
  sessions.end('s');
  sessions.end('unknown');
  sessions.finish(segment({}));
  expect(ended).toEqual(['s']);
  sessions[Symbol.dispose]();
});

test('the table stays bounded: the longest idle session makes room', () => {
  const { table: sessions, ended } = table();
  for (let index = 0; index < 1002; index += 1) {
    sessions.begin(`s${index}`, 'm', []);
    sessions.finish(segment({ sessionId: `s${index}` }));
    nowMs += 1;
  }
  expect(sessions.size).toBe(1000);
  expect(ended).toEqual(['s0', 's1']);
  sessions[Symbol.dispose]();
  expect(ended).toHaveLength(1002);
});

test('a segment is expected by the rhythm of its session, unless one runs or the session has stopped', () => {
  const { table: sessions } = table();
  const arrive = () => sessions.begin('s', 'm', []);
  const done = () => sessions.finish(segment({}));
  arrive();
  done();
  // One segment has no rhythm yet.
  pass(2000);
  expect(sessions.expectsWithin(250)).toBe(false);
  arrive();
  expect(sessions.expectsWithin(5000)).toBe(false);
  done();
  pass(1700);
  expect(sessions.expectsWithin(250)).toBe(false);
  pass(100);
  expect(sessions.expectsWithin(250)).toBe(true);
  pass(1000);
  expect(sessions.expectsWithin(250)).toBe(true);
  pass(1200);
  expect(sessions.expectsWithin(250)).toBe(false);
  sessions[Symbol.dispose]();
});
