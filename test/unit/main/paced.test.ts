import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Paced } from '../../../main/paced.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('the first run is at once, the next ones wait, many calls become one', () => {
  const task = vi.fn();
  using paced = new Paced(task);
  paced.run(10_000);
  expect(task).toHaveBeenCalledTimes(1);
  for (let call = 0; call < 50; call++) paced.run(10_000);
  vi.advanceTimersByTime(9_999);
  expect(task).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1);
  expect(task).toHaveBeenCalledTimes(2);
});

test('what is more urgent overtakes what waits, and the later run is then not needed', () => {
  const task = vi.fn();
  using paced = new Paced(task);
  paced.run(0);
  paced.run(10_000);
  paced.run(500);
  vi.advanceTimersByTime(500);
  expect(task).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(20_000);
  expect(task).toHaveBeenCalledTimes(2);
});

test('nothing runs and no timer stays after dispose', () => {
  const task = vi.fn();
  const paced = new Paced(task);
  paced.run(0);
  paced.run(500);
  paced[Symbol.dispose]();
  paced.run(0);
  vi.advanceTimersByTime(60_000);
  expect(task).toHaveBeenCalledTimes(1);
  expect(vi.getTimerCount()).toBe(0);
});
