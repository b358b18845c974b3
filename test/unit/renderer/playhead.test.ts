import { describe, expect, test } from 'vitest';
import { commonStart, correctionFor, type PlaylistPart, positionAt, timeAt } from '../../../renderer/model/playhead.ts';

function parts(firstSn: number, count: number, start: number, duration = 2): PlaylistPart[] {
  return Array.from({ length: count }, (_, index) => ({ sn: firstSn + index, start: start + index * duration, duration }));
}

describe('playhead', () => {
  test('a place is the same in two players whose clocks start elsewhere', () => {
    const position = positionAt(parts(10, 5, 0), 5);
    expect(position).toBe(12.5);
    expect(timeAt(parts(11, 5, 100), position ?? 0)).toBe(103);
  });

  test('a place that the playlist does not list is unknown', () => {
    expect(positionAt(parts(10, 2, 4), 1)).toBeUndefined();
    expect(positionAt([], 1)).toBeUndefined();
    expect(timeAt(parts(10, 2, 0), 14)).toBeUndefined();
  });

  test('playing starts where every track has segments', () => {
    expect(commonStart([parts(10, 8, 0), parts(10, 6, 0)])).toBe(13);
    expect(commonStart([parts(10, 8, 0), parts(14, 1, 0)])).toBe(14);
    expect(commonStart([parts(10, 2, 0), parts(20, 2, 0)])).toBeUndefined();
    expect(commonStart([parts(10, 2, 0), []])).toBeUndefined();
  });

  test('a frame’s difference is left alone, a little is caught up, much is jumped', () => {
    expect(correctionFor(0.02)).toEqual({ kind: 'none' });
    expect(correctionFor(0.2)).toEqual({ kind: 'rate', rate: 1.1 });
    expect(correctionFor(-0.4)).toEqual({ kind: 'rate', rate: 0.88 });
    expect(correctionFor(-3)).toEqual({ kind: 'seek' });
  });
});
