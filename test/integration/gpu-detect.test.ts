import { afterEach, describe, expect, test } from 'vitest';
import { detectHardware } from '../../engine/gpu/detect.ts';
import { findNvidiaSmi, NvidiaSmi } from '../../engine/gpu/nvidia-smi.ts';
import { FakeSmi, recorded } from '../unit/gpu/fake-smi.ts';

const hasDriver = (await findNvidiaSmi(process.env, 'linux')) !== undefined;
const fakes: FakeSmi[] = [];
afterEach(async () => {
  for (const fake of fakes.splice(0)) await fake[Symbol.asyncDispose]();
});

describe('detection with real processes all the way', () => {
  test('this very machine gets a verdict with words, a CPU, and a next step where it needs one', async () => {
    const { verdict, cpu, gpus } = await detectHardware({ smi: new NvidiaSmi() });
    expect(verdict.title).toMatch(/^[A-Z0-9].{5,}/);
    expect(verdict.text).toMatch(/encoded on the (CPU|card)/);
    if (verdict.kind === 'cpu') expect(verdict.nextStep).toMatch(/.{10,}/);
    else expect(gpus.some(({ abilities }) => abilities?.encode.h264.ok)).toBe(true);
    expect(cpu.cores).toBeGreaterThan(0);
  });

  test.skipIf(hasDriver)(
    'a card that nvidia-smi lists but CUDA cannot open is not promised (skipped where CUDA works)',
    async () => {
      const fake = await FakeSmi.create({ table: recorded('rtx-4080-super_linux_595_idle.csv') });
      fakes.push(fake);
      const { verdict, gpus, nvenc } = await detectHardware({ smi: new NvidiaSmi({ env: fake.env }) });
      expect(gpus).toMatchObject([
        { name: 'NVIDIA GeForce RTX 4080 SUPER', state: 'ok', abilities: { encode: { h264: { ok: false } } } },
      ]);
      expect(verdict).toMatchObject({
        kind: 'cpu',
        title: 'A part of the NVIDIA driver is missing',
        error: { code: 'gpu-driver-missing' },
      });
      expect(nvenc).toBeNull();
    },
  );

  test('a driver that hangs is told within its deadline', async () => {
    const fake = await FakeSmi.create({ hang: true });
    fakes.push(fake);
    const { verdict, gpus } = await detectHardware({
      smi: new NvidiaSmi({ env: fake.env, timeoutMs: 500 }),
      controllers: async () => ['NVIDIA graphics card'],
    });
    expect(gpus).toEqual([]);
    expect(verdict).toMatchObject({
      title: 'The NVIDIA driver does not answer',
      text: expect.stringContaining('hung and was stopped'),
      error: { code: 'gpu-unreadable' },
    });
  });
});
