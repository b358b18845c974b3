import { expect, test } from 'vitest';
import { assignSlots } from '../../../renderer/model/slots.ts';

function after(...lists: ReadonlyArray<readonly string[]>): Record<string, number> {
  let slots: ReadonlyMap<string, number> = new Map();
  for (const ids of lists) slots = assignSlots(slots, ids);
  return Object.fromEntries(slots);
}

test('the first list numbers its items', () => {
  expect(after(['a', 'b', 'c'])).toEqual({ a: 0, b: 1, c: 2 });
});

test('who stays keeps the slot, and a new item takes that of the one which left', () => {
  expect(after(['a', 'b', 'c'], ['d', 'a', 'b'])).toEqual({ d: 2, a: 0, b: 1 });
});

test('a list that is replaced as a whole keeps the order of its slots, so that no row has to move', () => {
  expect(after(['a', 'b', 'c'], ['x', 'y', 'z'])).toEqual({ x: 0, y: 1, z: 2 });
});

test('a list that grows gets slots that nobody has', () => {
  expect(after(['a', 'b', 'c'], ['b'], ['b', 'd', 'e', 'f'])).toEqual({ b: 1, d: 0, e: 2, f: 3 });
});

test('slots stay distinct over many changes', () => {
  let slots: ReadonlyMap<string, number> = new Map();
  for (let round = 0; round < 50; round += 1) {
    const ids = Array.from({ length: 5 + (round % 7) }, (_, index) => `segment-${round * 3 - index}`);
    slots = assignSlots(slots, ids);
    expect(new Set(slots.values()).size).toBe(ids.length);
    expect(Math.max(...slots.values())).toBeLessThan(23);
  }
});
