import { describe, expect, test } from 'vitest';
import { FrameRateConverter, rescale } from '../../../engine/media/frame-rate.ts';

const TICKS = { num: 1, den: 90_000 };

function convert(pts: readonly number[], end: number, fps: number, fpsDen = 1): [number, number[]][] {
  const converter = new FrameRateConverter<number>({ timeBase: TICKS, fps, fpsDen });
  const out: [number, number[]][] = [];
  const take = (paced: { frame: number; stamps: readonly bigint[] } | undefined) => {
    if (paced) out.push([paced.frame, paced.stamps.map(Number)]);
  };
  for (const [index, at] of pts.entries()) take(converter.push(index, BigInt(at)));
  take(converter.finish(BigInt(end)));
  return out;
}

describe('constant frame rate', () => {
  test('60 to 30 keeps every second frame', () => {
    const out = convert([0, 1500, 3000, 4500, 6000, 7500], 9000, 30);
    expect(out.flatMap(([, stamps]) => stamps)).toEqual([0, 1, 2]);
    expect(out.filter(([, stamps]) => stamps.length === 0)).toHaveLength(3);
  });

  test('25 to 50 shows every frame twice', () => {
    expect(convert([0, 3600, 7200], 10_800, 50)).toEqual([
      [0, [0, 1]],
      [1, [2, 3]],
      [2, [4, 5]],
    ]);
  });

  test('a start far from zero keeps its place on the time line', () => {
    const out = convert([900_000, 903_000], 906_000, 30);
    expect(out.flatMap(([, stamps]) => stamps)).toEqual([300, 301]);
  });

  test('a gap is filled with the frame before it', () => {
    expect(convert([0, 3000, 12_000], 15_000, 30)).toEqual([
      [0, [0]],
      [1, [1, 2, 3]],
      [2, [4]],
    ]);
  });

  test('30 to 30000/1001 drops no frame within two seconds', () => {
    const pts = Array.from({ length: 60 }, (_, index) => index * 3000);
    const stamps = convert(pts, 180_000, 30_000, 1001).flatMap(([, list]) => list);
    expect(stamps).toEqual(Array.from({ length: 60 }, (_, index) => index));
  });

  test('a runaway can be stopped from outside', () => {
    let left = 100;
    const converter = new FrameRateConverter<number>({ timeBase: TICKS, fps: 30, fpsDen: 1 }, () => {
      left -= 1;
      if (left < 0) throw new Error('runaway');
    });
    converter.push(0, 0n);
    expect(() => converter.push(1, 90_000n * 3600n)).toThrow('runaway');
  });

  test('rescaling rounds halves away from zero', () => {
    expect(rescale(1n, 1n, 2n)).toBe(1n);
    expect(rescale(-1n, 1n, 2n)).toBe(-1n);
    expect(rescale(5n, 1n, 3n)).toBe(2n);
  });
});
