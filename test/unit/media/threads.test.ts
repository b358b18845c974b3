import { describe, expect, test } from 'vitest';
import { encoderThreads, threadBudget } from '../../../engine/media/ffmpeg/threads.ts';

const LADDER = [
  { width: 426, height: 240 },
  { width: 640, height: 360 },
  { width: 854, height: 480 },
  { width: 1280, height: 720 },
];

describe('threads of a segment’s codecs', () => {
  test('a segment that is alone gives its largest rendition a second thread on two cores', () => {
    expect(encoderThreads(LADDER, threadBudget(2, 1))).toEqual([1, 1, 1, 2]);
  });

  test('with as many segments as cores, or more, every codec has one thread', () => {
    for (const segments of [2, 3, 8]) {
      const budget = threadBudget(2, segments);
      expect(budget.decoder).toBe(1);
      expect(encoderThreads(LADDER, budget)).toEqual([1, 1, 1, 1]);
    }
  });

  test('many cores are shared by pixels, within x264’s sense', () => {
    expect(encoderThreads(LADDER, threadBudget(16, 1))).toEqual([1, 3, 4, 9]);
    expect(encoderThreads(LADDER, threadBudget(128, 1)).every((threads) => threads <= 16)).toBe(true);
  });

  test('no renditions need no threads', () => {
    expect(encoderThreads([], threadBudget(2, 1))).toEqual([]);
  });
});
