import { describe, expect, test } from 'vitest';
import { placeWindow } from '../../../main/window-bounds.ts';

const FULL_HD = { x: 0, y: 0, width: 1920, height: 1040 };
const LEFT = { x: -1280, y: 0, width: 1280, height: 984 };

describe('where the window goes', () => {
  test('a first window is in the middle of the first screen', () => {
    expect(placeWindow(undefined, [FULL_HD, LEFT])).toEqual({ x: 370, y: 110, width: 1180, height: 820 });
  });

  test('a window comes back where it was, on any screen there is', () => {
    const there = { x: -1000, y: 40, width: 900, height: 700 };
    expect(placeWindow(there, [FULL_HD, LEFT])).toEqual(there);
  });

  test('a window whose screen has gone comes to the middle of the first one', () => {
    expect(placeWindow({ x: -1000, y: 40, width: 900, height: 700 }, [FULL_HD])).toEqual({
      x: 370,
      y: 110,
      width: 1180,
      height: 820,
    });
  });

  test('a window whose title bar cannot be reached is put back', () => {
    expect(placeWindow({ x: 100, y: 1035, width: 900, height: 700 }, [FULL_HD]).y).toBe(110);
    expect(placeWindow({ x: 1900, y: 100, width: 900, height: 700 }, [FULL_HD]).x).toBe(370);
  });

  test('a window is never larger than its screen, as after a change of scale, and never smaller than the page can be', () => {
    const small = { x: 0, y: 0, width: 960, height: 500 };
    expect(placeWindow({ x: 10, y: 10, width: 1800, height: 1000 }, [small])).toMatchObject({ width: 960, height: 500 });
    expect(placeWindow({ x: 10, y: 10, width: 200, height: 100 }, [FULL_HD])).toMatchObject({ width: 360, height: 480 });
  });
});
