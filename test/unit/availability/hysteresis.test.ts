import { describe, expect, test } from 'vitest';
import { hotCards, NOT_SUSTAINED, type Sustained, sustain } from '../../../engine/availability/hysteresis.ts';

const limits = { pauseAbove: 87, resumeBelow: 75 };
const hot = (before: string[], celsius: number | null) => [...hotCards(new Set(before), new Map([['a', celsius]]), limits)];

describe('the temperature', () => {
  test('makes a card hot above the upper border only, and cool below the lower one only', () => {
    expect(hot([], 87)).toEqual([]);
    expect(hot([], 88)).toEqual(['a']);
    expect(hot(['a'], 80)).toEqual(['a']);
    expect(hot(['a'], 75)).toEqual(['a']);
    expect(hot(['a'], 74)).toEqual([]);
    expect(hot([], 80)).toEqual([]);
  });

  test('changes nothing while it is unknown, and nothing is hot without a limit', () => {
    expect(hot(['a'], null)).toEqual(['a']);
    expect(hot([], null)).toEqual([]);
    expect([...hotCards(new Set(['a']), new Map([['a', 99]]), { ...limits, pauseAbove: null })]).toEqual([]);
  });
});

describe('a condition that must last', () => {
  const run = (looks: ReadonlyArray<readonly [number, boolean | undefined]>): Sustained =>
    looks.reduce((state, [at, seen]) => sustain(state, seen, at, { afterMs: 15_000, clearMs: 60_000 }), NOT_SUSTAINED);

  test('counts only after its time without a break', () => {
    expect(
      run([
        [0, true],
        [10_000, true],
      ]).active,
    ).toBe(false);
    expect(
      run([
        [0, true],
        [15_000, true],
      ]).active,
    ).toBe(true);
    expect(
      run([
        [0, true],
        [10_000, false],
        [12_000, true],
        [20_000, true],
      ]).active,
    ).toBe(false);
    expect(
      run([
        [0, true],
        [10_000, undefined],
        [15_000, true],
      ]).active,
    ).toBe(false);
  });

  test('is over only after its other time without a break', () => {
    const begun = [
      [0, true],
      [15_000, true],
    ] as const;
    expect(run([...begun, [20_000, false], [79_000, false]]).active).toBe(true);
    expect(run([...begun, [20_000, false], [80_000, false]]).active).toBe(false);
    expect(run([...begun, [20_000, false], [50_000, true], [81_000, false]]).active).toBe(true);
  });
});
