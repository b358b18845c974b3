import { describe, expect, test } from 'vitest';
import {
  activityColumns,
  activitySpanMs,
  BUCKET_MS,
  BUCKETS_KEPT,
  countSegments,
  NO_ACTIVITY,
} from '../../../renderer/model/activity.ts';
import { segmentOf, sessionOf } from '../../support/fake-engine-data.ts';

const NOW = 1_000 * BUCKET_MS + 1;
const session = sessionOf('practice', 0, NOW);

function done(seq: number, endedAtMs: number, totalMs = 500) {
  return {
    ...segmentOf(session, seq, 'done', endedAtMs - totalMs),
    hops: { downloadMs: 100, codecMs: 300, uploadMs: 100, totalMs },
  };
}

describe('activity', () => {
  test('a segment is counted once, when it is finished, however often it is told', () => {
    const running = countSegments(NO_ACTIVITY, [segmentOf(session, 1, 'transcoding', NOW - 400)]);
    expect(running).toBe(NO_ACTIVITY);
    const once = countSegments(running, [done(1, NOW)]);
    expect(countSegments(once, [done(1, NOW)])).toBe(once);
    expect(once.buckets).toMatchObject([{ atMs: 1_000 * BUCKET_MS, done: 1, failed: 0, totalMs: 500, mediaMs: 2000 }]);
  });

  test('failed segments count as failed and leave the means alone', () => {
    const failed = { ...segmentOf(session, 2, 'failed', NOW - 100), hops: { totalMs: 100 } };
    const { totals, realtimeFactor } = activityColumns(countSegments(NO_ACTIVITY, [done(1, NOW), failed]), NOW);
    expect(totals).toEqual({ done: 1, failed: 1, mediaMs: 2000, totalMs: 500 });
    expect(realtimeFactor.at(-1)).toBe(4);
  });

  test('columns end now, step evenly, and leave a gap where nothing finished', () => {
    const columns = activityColumns(countSegments(NO_ACTIVITY, [done(1, NOW), done(2, NOW - 2 * BUCKET_MS)]), NOW, 3 * BUCKET_MS);
    expect(columns.time).toEqual([998, 999, 1000].map((step) => (step * BUCKET_MS) / 1000));
    expect(columns.realtimeFactor).toEqual([4, null, 4]);
    expect(columns.perMinute).toEqual([12, 0, 12]);
    expect(columns.lastMinute).toEqual([1, 1, 2]);
    expect(columns.stacked.codec).toEqual([400, null, 400]);
    expect(columns.stacked.upload).toEqual([500, null, 500]);
  });

  test('only the last ten minutes are kept', () => {
    let activity = NO_ACTIVITY;
    for (let step = 0; step < BUCKETS_KEPT + 30; step += 1)
      activity = countSegments(activity, [done(step, NOW + step * BUCKET_MS)]);
    expect(activity.buckets).toHaveLength(BUCKETS_KEPT);
  });

  test('the span grows from two minutes to ten', () => {
    expect(activitySpanMs(NO_ACTIVITY, NOW)).toBe(120_000);
    expect(activitySpanMs(countSegments(NO_ACTIVITY, [done(1, NOW - 300_000)]), NOW)).toBeGreaterThan(300_000);
    expect(activitySpanMs(countSegments(NO_ACTIVITY, [done(1, NOW - 900_000)]), NOW)).toBe(600_000);
  });
});
