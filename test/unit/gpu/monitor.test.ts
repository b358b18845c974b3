import { afterEach, describe, expect, test } from 'vitest';
import type { GpuSample } from '../../../engine/api/hardware.ts';
import { Backoff } from '../../../engine/base/backoff.ts';
import { type GpuChange, GpuMonitor } from '../../../engine/gpu/monitor.ts';
import { NvidiaSmi } from '../../../engine/gpu/nvidia-smi.ts';
import { parseSmiTable } from '../../../engine/gpu/smi-table.ts';
import { Health } from '../../../engine/health/health.ts';
import { eventually, FakeSmi, type FakeState, isRunning, recorded } from './fake-smi.ts';

const owned: AsyncDisposable[] = [];
afterEach(async () => {
  for (const resource of owned.splice(0).reverse()) await resource[Symbol.asyncDispose]();
});

async function watch(state: FakeState, timeoutMs = 5_000) {
  const fake = await FakeSmi.create(state);
  owned.push(fake);
  const smi = new NvidiaSmi({ env: fake.env, timeoutMs });
  const health = new Health();
  const changes: GpuChange[] = [];
  const samples: Array<readonly GpuSample[]> = [];
  const monitor = new GpuMonitor({
    query: (signal) => smi.query(signal),
    known: parseSmiTable(state.table ?? '').gpus,
    intervalMs: 50,
    health,
    backoff: new Backoff({ initialMs: 50, factor: 1, maxMs: 50, jitter: 0 }),
  });
  owned.push(monitor);
  monitor.onChange((change) => changes.push(change));
  monitor.onSamples((list) => samples.push(list));
  monitor.start();
  await eventually(() => samples.length > 0, 'a first sample');
  return { fake, monitor, health, changes, samples };
}

const rig = recorded('multi-gpu_linux_580.csv');

describe('GpuMonitor over a real nvidia-smi process', () => {
  test('every card is sampled again and again, and nothing is told when nothing changes', async () => {
    const { fake, samples, changes } = await watch({ table: rig });
    await fake.say({ table: rig.replace('29, 22.04', '61, 310.00') });
    await eventually(() => samples.at(-1)?.[2]?.temperatureC === 61, 'the new temperature');
    expect(samples.at(-1)?.[2]).toMatchObject({
      uuid: 'GPU-aaaabbbb-0000-4000-8000-000000000003',
      powerW: 310,
      powerLimitW: 450,
      nvencSessions: 0,
    });
    expect(changes).toEqual([]);
  });

  test('a card named by an error line is lost, stands as a problem, and both end when it is back', async () => {
    const { fake, monitor, health, changes, samples } = await watch({ table: rig });
    const uuid = 'GPU-aaaabbbb-0000-4000-8000-000000000002';
    await fake.say({ table: recorded('multi-gpu-one-lost_linux_580.csv') });
    await eventually(() => changes.length > 0, 'the card is lost');
    expect(changes).toMatchObject([
      { kind: 'lost', gpu: { uuid }, reason: expect.stringContaining('Unable to determine the device handle') },
    ]);
    expect(health.list()).toMatchObject([
      { key: `gpu-lost:${uuid}`, code: 'gpu-lost', title: 'NVIDIA GeForce RTX 2080 Ti stopped answering' },
    ]);
    expect(monitor.lostReason(uuid)).not.toBeNull();
    expect(samples.at(-1)).toHaveLength(2);
    await fake.say({ table: rig });
    await eventually(() => changes.length > 1, 'the card is back');
    expect(changes[1]).toMatchObject({ kind: 'returned', gpu: { uuid } });
    expect(health.list()).toEqual([]);
    expect(monitor.lostReason(uuid)).toBeNull();
  });

  test('a card that waits for a reset is lost and gives no sample', async () => {
    const { fake, changes, samples } = await watch({ table: rig });
    await fake.say({ table: recorded('multi-gpu-one-needs-reset_linux_580.csv') });
    await eventually(() => changes.length > 0, 'the card is lost');
    expect(changes).toMatchObject([{ kind: 'lost', reason: 'The driver says: GPU requires reset.' }]);
    expect(samples.at(-1)).toHaveLength(2);
  });

  test('a card that is no longer listed is lost, a new one is added', async () => {
    const { fake, changes } = await watch({ table: recorded('rtx-3090_linux_575.csv') });
    await fake.say({ table: recorded('rtx-5090_linux_580.csv') });
    await eventually(() => changes.length >= 3, 'lost, added and another driver');
    expect(changes).toMatchObject([
      { kind: 'added', gpu: { name: 'NVIDIA GeForce RTX 5090' } },
      { kind: 'lost', gpu: { name: 'NVIDIA GeForce RTX 3090' }, reason: 'The driver no longer lists it.' },
      { kind: 'driver-changed', from: '575.64', to: '580.95.05' },
    ]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(changes).toHaveLength(3);
  });

  test('the only card falling off the bus is told even though the driver then gives no table', async () => {
    const { fake, changes, health } = await watch({ table: recorded('rtx-3090_linux_575.csv') });
    await fake.say({ table: recorded('error-gpu-lost.txt').replace('0000:02:00.0', '0000:01:00.0'), exitCode: 15 });
    await eventually(() => changes.length >= 2, 'unreadable and lost');
    expect(changes).toMatchObject([{ kind: 'unreadable', error: { code: 'gpu-lost' } }, { kind: 'lost' }]);
    expect(
      health
        .list()
        .map(({ key }) => key)
        .sort(),
    ).toEqual(['gpu-lost:GPU-2b9bf62c-21f9-6c5e-8ace-ee867d88a037', 'gpu-unreadable']);
  });

  test('a laptop whose card goes to sleep loses it, and has it back later', async () => {
    const table = recorded('rtx-5090-laptop_windows_610.csv');
    const { fake, changes } = await watch({ table });
    await fake.say({ table: recorded('error-no-devices.txt'), exitCode: 6 });
    await eventually(() => changes.length >= 2, 'unreadable and lost');
    await fake.say({ table });
    await eventually(() => changes.length >= 4, 'readable and returned');
    expect(changes.map(({ kind }) => kind)).toEqual(['unreadable', 'lost', 'readable', 'returned']);
  });

  test('a driver that is replaced while we run is a problem with its own next step until it answers again', async () => {
    const table = recorded('rtx-4080-super_linux_595_idle.csv');
    const { fake, changes, health } = await watch({ table });
    await fake.say({ table: recorded('error-mismatch_550.txt'), exitCode: 18 });
    await eventually(() => health.list().length === 1, 'the problem stands');
    expect(health.list()).toMatchObject([
      { key: 'gpu-unreadable', code: 'gpu-driver-mismatch', nextStep: expect.stringMatching(/[Rr]e(boot|start)/) },
    ]);
    await fake.say({ table: table.replace('595.71.05', '610.57.04') });
    await eventually(() => changes.some(({ kind }) => kind === 'driver-changed'), 'the new driver');
    expect(changes.map(({ kind }) => kind)).toEqual(['unreadable', 'readable', 'driver-changed']);
    expect(health.list()).toEqual([]);
  });

  test('a driver that hangs is noticed by the deadline, with one process at a time', async () => {
    const { fake, changes, health } = await watch({ table: rig }, 2_500);
    await fake.say({ hang: true });
    await eventually(() => changes.some(({ kind }) => kind === 'unreadable'), 'the hang');
    expect(health.get('gpu-unreadable')?.text).toContain('hung');
    expect(fake.calls().filter(({ pid }) => isRunning(pid)).length).toBeLessThanOrEqual(1);
    await fake.say({ table: rig });
    await eventually(() => changes.at(-1)?.kind === 'readable', 'it answers again');
  });

  test('a card lost already at start stands as a problem, is not told again, and is told when it is back', async () => {
    const lost = recorded('multi-gpu-one-needs-reset_linux_580.csv');
    const { fake, changes, health, samples } = await watch({ table: lost });
    await eventually(() => samples.length > 2, 'more samples');
    expect(health.list()).toMatchObject([{ code: 'gpu-lost', text: expect.stringContaining('GPU requires reset') }]);
    expect(changes).toEqual([]);
    await fake.say({ table: rig });
    await eventually(() => changes.length > 0, 'the card is back');
    expect(changes).toMatchObject([{ kind: 'returned' }]);
    expect(health.list()).toEqual([]);
  });

  test('one slow or failed answer is no alarm', async () => {
    let calls = 0;
    const changes: GpuChange[] = [];
    await using monitor = new GpuMonitor({
      query: async () => {
        calls += 1;
        if (calls === 2) throw new Error('once');
        return parseSmiTable(rig);
      },
      known: parseSmiTable(rig).gpus,
      intervalMs: 5,
      backoff: new Backoff({ initialMs: 5, factor: 1, maxMs: 5, jitter: 0 }),
    });
    monitor.onChange((change) => changes.push(change));
    monitor.start();
    await eventually(() => calls > 4, 'more readings');
    expect(changes).toEqual([]);
  });

  test('stopping ends the call under way, clears its problems, and no process is left', async () => {
    const { fake, monitor, health } = await watch({ table: rig });
    await fake.say({ table: recorded('multi-gpu-one-lost_linux_580.csv') });
    await eventually(() => health.list().length === 1, 'the problem stands');
    await fake.say({ hang: true });
    const before = fake.calls().length;
    await eventually(() => fake.calls().length > before, 'a hanging call');
    const started = Date.now();
    await monitor[Symbol.asyncDispose]();
    expect(Date.now() - started).toBeLessThan(2_000);
    expect(health.list()).toEqual([]);
    await eventually(() => fake.calls().every(({ pid }) => !isRunning(pid)), 'every process ends');
    const after = fake.calls().length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(fake.calls()).toHaveLength(after);
  });
});
