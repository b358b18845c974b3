import { afterEach, describe, expect, test, vi } from 'vitest';
import { measureNvencSessions } from '../../../engine/gpu/nvenc-measure.ts';

const entry = new URL('./children/session-cap.mjs', import.meta.url);
const clock = { nowMs: () => 77, monotonicMs: () => 0 };
const measure = (cap: number, rest: object = {}) => {
  vi.stubEnv('TEST_NVENC_CAP', String(cap));
  return measureNvencSessions({ uuid: 'GPU-1', entry, clock, ...rest });
};
afterEach(() => vi.unstubAllEnvs());

describe('measuring the NVENC session cap (a real child process)', () => {
  test.each([3, 5, 8, 12])('a driver that refuses session %i + 1 has that cap', async (cap) => {
    expect(await measure(cap)).toEqual({ total: cap, used: 0, ours: 0, testedUpTo: cap, measuredAtMs: 77 });
  });

  test('a driver that refuses nothing up to the bound has no known cap', async () => {
    expect(await measure(99, { bound: 16 })).toMatchObject({ total: null, testedUpTo: 16 });
  });

  test('open sessions count towards the cap and are left alone: only free ones are tried', async () => {
    expect(await measure(2, { ours: 2, others: 1 })).toMatchObject({ total: 5, used: 3, ours: 2, testedUpTo: 5 });
    expect(await measure(99, { ours: 2, others: 1, bound: 8 })).toMatchObject({ total: null, testedUpTo: 8 });
    expect(await measure(0, { ours: 3 })).toMatchObject({ total: 3, used: 3 });
  });

  test('all sessions taken by programs that the driver does not count is a cap of nothing, not an error', async () => {
    expect(await measure(0)).toMatchObject({ total: 0 });
  });

  test('a card without NVENC, and a driver that is too old, are errors and not caps', async () => {
    vi.stubEnv('TEST_NVENC_CAUSE', 'no-nvenc');
    await expect(measure(0)).rejects.toMatchObject({ code: 'nvenc-missing', message: 'The driver refused.' });
    vi.stubEnv('TEST_NVENC_CAUSE', 'driver-old');
    await expect(measure(0)).rejects.toMatchObject({ code: 'gpu-driver-old' });
  });
});
