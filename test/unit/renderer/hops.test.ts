import { describe, expect, test } from 'vitest';
import { hopShares, hopsSum, median, recentHops } from '../../../renderer/model/hops.ts';
import { segmentOf, sessionOf } from '../../support/fake-engine-data.ts';

const HOPS = { admitMs: 2, downloadMs: 98, handoffMs: 0, codecMs: 300, uploadMs: 100, totalMs: 510 };

describe('hop bar', () => {
  test('pieces follow the way and start where the one before ends', () => {
    const shares = hopShares(HOPS, 1000);
    expect(shares.map(({ hop }) => hop)).toEqual(['admit', 'download', 'codec', 'upload']);
    expect(shares.map(({ start }) => start)).toEqual([0, 0.002, 0.1, 0.4]);
    expect(shares.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(0.5);
  });

  test('without a scale the pieces fill the bar', () => {
    expect(hopShares(HOPS).reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
  });

  test('what is longer than the scale is cut at its end, and what comes after has no piece', () => {
    const shares = hopShares(HOPS, 200);
    expect(shares.map(({ hop }) => hop)).toEqual(['admit', 'download', 'codec']);
    expect(shares.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
  });

  test('a segment that has got nowhere has no pieces', () => {
    expect(hopShares({})).toEqual([]);
    expect(hopsSum({ downloadMs: 5 })).toBe(5);
  });
});

describe('medians of recent segments', () => {
  test('the median of an even count is between the middle two', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([9, 1, 5])).toBe(5);
    expect(median([])).toBeUndefined();
  });

  test('only finished segments count, and only the latest', () => {
    const session = sessionOf('practice', 0, 0);
    const segments = [
      segmentOf(session, 3, 'transcoding', 0),
      { ...segmentOf(session, 2, 'done', 0), hops: { downloadMs: 10, totalMs: 100 }, realtimeFactor: 20 },
      { ...segmentOf(session, 1, 'failed', 0), hops: { downloadMs: 9_999, totalMs: 9_999 } },
      { ...segmentOf(session, 0, 'done', 0), hops: { downloadMs: 30, totalMs: 300 }, realtimeFactor: 7 },
    ];
    expect(recentHops(segments)).toMatchObject({ count: 2, hops: { downloadMs: 20, totalMs: 200 }, realtimeFactor: 13.5 });
    expect(recentHops(segments, 1)?.hops.totalMs).toBe(100);
    expect(recentHops([])).toBeUndefined();
  });
});
