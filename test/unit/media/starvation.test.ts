import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Starvation } from '../../../engine/media/ffmpeg/starvation.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] });
});

afterEach(() => {
  vi.useRealTimers();
});

const after = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

test('only the time of waiting in which no call runs is starvation', async () => {
  const starvation = new Starvation();
  const lane = starvation.lane((work) => work());
  const waiting = starvation.wait(() => after(100));
  await vi.advanceTimersByTimeAsync(10);
  expect(starvation.ms).toBe(10);
  const calls = [lane(() => after(20)), lane(() => after(50))];
  await vi.advanceTimersByTimeAsync(50);
  await Promise.all(calls);
  expect(starvation.ms).toBe(10);
  await vi.advanceTimersByTimeAsync(40);
  await waiting;
  await lane(async () => {});
  await vi.advanceTimersByTimeAsync(1000);
  expect(starvation.ms).toBe(50);
});

test('a call or a wait that fails ends like any other', async () => {
  const starvation = new Starvation();
  await expect(starvation.lane((work) => work())(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  await expect(starvation.wait(() => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
  await vi.advanceTimersByTimeAsync(1000);
  expect(starvation.ms).toBe(0);
});
