import { afterEach, describe, expect, test } from 'vitest';
import { findNvidiaSmi, NvidiaSmi } from '../../../engine/gpu/nvidia-smi.ts';
import { CORE_FIELDS, OPTIONAL_FIELDS } from '../../../engine/gpu/smi-table.ts';
import { eventually, FakeSmi, type FakeState, isRunning, recorded } from './fake-smi.ts';

const fakes: FakeSmi[] = [];
async function fakeSmi(state: FakeState): Promise<FakeSmi> {
  const fake = await FakeSmi.create(state);
  fakes.push(fake);
  return fake;
}
afterEach(async () => {
  for (const fake of fakes.splice(0)) await fake[Symbol.asyncDispose]();
});

describe('NvidiaSmi (a real process)', () => {
  test('asks once for all fields and reads the answer', async () => {
    const fake = await fakeSmi({ table: recorded('rtx-2080-super_windows_610_load.csv') });
    const { gpus } = await new NvidiaSmi({ env: fake.env }).query();
    expect(gpus).toMatchObject([{ name: 'NVIDIA GeForce RTX 2080 SUPER', encoderPercent: 99, nvencSessions: 2 }]);
    expect(fake.calls().map(({ args }) => args)).toEqual([
      `--query-gpu=${[...CORE_FIELDS, ...OPTIONAL_FIELDS].join(',')} --format=csv,nounits`,
    ]);
  });

  test('an old driver that does not know fields is asked again without them, and only the first time', async () => {
    const unknown = ['utilization.encoder', 'utilization.decoder', 'mig.mode.current'];
    const fake = await fakeSmi({
      table: recorded('gtx-1060_linux_470.csv'),
      knownFields: [...CORE_FIELDS, ...OPTIONAL_FIELDS].filter((field) => !unknown.includes(field)),
    });
    const smi = new NvidiaSmi({ env: fake.env });
    expect((await smi.query()).gpus).toMatchObject([
      { name: 'NVIDIA GeForce GTX 1060 6GB', encoderPercent: null, nvencSessions: 0 },
    ]);
    expect(fake.calls()).toHaveLength(4);
    await smi.query();
    expect(fake.calls()).toHaveLength(5);
  });

  test('a driver that knows none of the wanted fields ends in a typed error and not in a loop', async () => {
    const fake = await fakeSmi({ knownFields: [] });
    await expect(new NvidiaSmi({ env: fake.env }).query()).rejects.toMatchObject({ kind: 'unreadable', code: 'gpu-unreadable' });
  });

  test.each([
    ['error-no-driver.txt', 9, 'gpu-driver-missing', 'driver-not-running'],
    ['error-mismatch_550.txt', 18, 'gpu-driver-mismatch', 'driver-mismatch'],
    ['error-no-devices.txt', 6, 'gpu-none', 'no-devices'],
    ['error-gpu-lost.txt', 15, 'gpu-lost', 'gpu-lost'],
    ['error-permission.txt', 4, 'gpu-unreadable', 'permission'],
  ])('%s becomes a typed error', async (name, exitCode, code, kind) => {
    const fake = await fakeSmi({ table: recorded(name), exitCode });
    await expect(new NvidiaSmi({ env: fake.env }).query()).rejects.toMatchObject({ code, kind });
  });

  test('no output and no error means no cards', async () => {
    const fake = await fakeSmi({ table: '' });
    await expect(new NvidiaSmi({ env: fake.env }).query()).rejects.toMatchObject({ kind: 'no-devices' });
  });

  test('a hang is cut by the deadline and leaves no process behind', async () => {
    const fake = await fakeSmi({ hang: true });
    const started = Date.now();
    await expect(new NvidiaSmi({ env: fake.env, timeoutMs: 700 }).query()).rejects.toMatchObject({
      kind: 'hung',
      code: 'gpu-unreadable',
    });
    expect(Date.now() - started).toBeLessThan(5_000);
    await eventually(() => fake.calls().every(({ pid }) => !isRunning(pid)), 'the hung process ends');
  });

  test("an abort rejects with the caller's own reason", async () => {
    const fake = await fakeSmi({ hang: true });
    const controller = new AbortController();
    const reason = new Error('stopping');
    const query = new NvidiaSmi({ env: fake.env }).query(controller.signal);
    await eventually(() => fake.calls().length === 1, 'nvidia-smi is called');
    controller.abort(reason);
    await expect(query).rejects.toBe(reason);
  });

  test('MIG slices come from -L', async () => {
    const fake = await fakeSmi({ list: recorded('h100-mig_linux_590_list.txt') });
    expect(await new NvidiaSmi({ env: fake.env }).migSlices()).toHaveLength(4);
  });
});

describe('finding nvidia-smi', () => {
  test('the given program is the only one looked for', async () => {
    expect(await findNvidiaSmi({ SIPHON_NVIDIA_SMI: '/nowhere/nvidia-smi', PATH: process.env.PATH }, 'linux')).toBeUndefined();
    await expect(new NvidiaSmi({ env: { SIPHON_NVIDIA_SMI: '/nowhere/nvidia-smi' } }).query()).rejects.toMatchObject({
      kind: 'not-found',
      code: 'gpu-driver-missing',
    });
  });

  test('it is found on PATH, but never in the current folder', async () => {
    const fake = await fakeSmi({});
    expect(await findNvidiaSmi({ PATH: `.:/nowhere:${fake.folder}` }, 'linux')).toBe(fake.file);
    const before = process.cwd();
    process.chdir(fake.folder);
    try {
      expect(await findNvidiaSmi({ PATH: '.:' }, 'linux')).not.toBe('nvidia-smi');
    } finally {
      process.chdir(before);
    }
  });
});
