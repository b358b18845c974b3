import { describe, expect, test } from 'vitest';
import { composeCapacity, type DeviceFacts, searchCapacity } from '../../../engine/media/capacity.ts';

const gpu = (id: string, more: Partial<DeviceFacts> = {}): DeviceFacts => ({
  id,
  kind: 'gpu',
  quarantined: false,
  assumed: 8,
  ...more,
});

describe('capacity of the machine', () => {
  test('measured numbers add up', () => {
    expect(composeCapacity([gpu('a', { measured: 6 }), gpu('b', { measured: 4 })], {})).toMatchObject({
      sessions: 10,
      source: 'benchmark',
    });
  });

  test('an unmeasured device counts with its assumption and says so', () => {
    expect(composeCapacity([gpu('a')], {})).toEqual({
      sessions: 8,
      source: 'default',
      devices: [{ device: 'a', sessions: 8, boundBy: 'default', quarantined: false }],
    });
  });

  test('NVENC sessions bound all GPUs together, one per rendition', () => {
    const capacity = composeCapacity([gpu('a', { measured: 6 }), gpu('b', { measured: 6 })], { nvencSessions: 32 });
    expect(capacity.sessions).toBe(8);
    expect(capacity.devices.map(({ sessions, boundBy }) => [sessions, boundBy])).toEqual([
      [6, 'speed'],
      [2, 'nvenc'],
    ]);
  });

  test('too few NVENC sessions for one ladder leave none', () => {
    expect(composeCapacity([gpu('a', { measured: 6 })], { nvencSessions: 3 }).sessions).toBe(0);
  });

  test('upload bandwidth bounds the machine but leaves one session', () => {
    const facts = [gpu('a', { measured: 20 })];
    expect(composeCapacity(facts, { uploadBitsPerSecond: 50_000_000 })).toMatchObject({
      sessions: 7,
      devices: [{ boundBy: 'upload' }],
    });
    expect(composeCapacity(facts, { uploadBitsPerSecond: 1_000_000 }).sessions).toBe(1);
  });

  test('the configured number wins and is shared out', () => {
    const capacity = composeCapacity([gpu('a', { measured: 2 }), gpu('b', { measured: 2 })], { configured: 5 });
    expect(capacity).toMatchObject({ sessions: 5, source: 'configured' });
    expect(capacity.devices.map(({ sessions }) => sessions)).toEqual([3, 2]);
  });

  test('a quarantined device counts nothing', () => {
    const capacity = composeCapacity([gpu('a', { measured: 6, quarantined: true }), gpu('b', { measured: 4 })], {});
    expect(capacity.sessions).toBe(4);
    expect(capacity.devices[0]).toMatchObject({ quarantined: true, sessions: 0 });
  });
});

describe('search for the last number of sessions in real time', () => {
  const search = (fits: number, most = 64) => {
    const tried: number[] = [];
    return searchCapacity(
      async (sessions) => {
        tried.push(sessions);
        return sessions <= fits ? 0.8 : 0.81;
      },
      most,
      () => false,
    ).then((found) => ({ found, tried }));
  };

  test.each([1, 2, 3, 5, 7, 8, 13, 31, 64])('finds %i', async (fits) => {
    expect((await search(fits)).found).toBe(fits);
  });

  test('is at least one, and never above the most', async () => {
    expect((await search(0.5)).found).toBe(1);
    expect((await search(1000, 16)).found).toBe(16);
  });

  test('takes few tries', async () => {
    expect((await search(31)).tried.length).toBeLessThanOrEqual(11);
  });

  test('ends early when time runs out', async () => {
    let left = 2;
    const found = await searchCapacity(
      async () => 0.1,
      64,
      () => left-- <= 0,
    );
    expect(found).toBe(2);
  });
});
