import { describe, expect, test, vi } from 'vitest';
import { findNvidiaSmi } from '../../engine/gpu/nvidia-smi.ts';
import { cudaEnvironment, probeAbilitiesOf, probeSessionsOf } from '../../engine/gpu/probe.ts';

const hasDriver = (await findNvidiaSmi(process.env, 'linux')) !== undefined;
const child = (name: string) => new URL(`../unit/gpu/children/${name}.mjs`, import.meta.url);

describe('the probe process', () => {
  test.skipIf(hasDriver)(
    'without an NVIDIA driver every try is answered in plain words (skipped where there is a driver)',
    async () => {
      const report = await probeAbilitiesOf({ uuid: null });
      const outcomes = [report.device, ...Object.values(report.encode), ...Object.values(report.decode), report.scale];
      expect(outcomes).toHaveLength(7);
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({
          ok: false,
          cause: 'driver-missing',
          reason: expect.stringContaining('NVIDIA driver is not installed'),
        });
      }
      expect(await probeSessionsOf({ uuid: null, bound: 4 })).toMatchObject({
        opened: 0,
        refusal: { ok: false, cause: 'driver-missing' },
      });
    },
  );

  test.skipIf(!hasDriver)(
    'with an NVIDIA driver the card opens, and what fails has a reason (skipped where there is no driver)',
    async () => {
      const report = await probeAbilitiesOf({ uuid: null });
      expect(report.device).toEqual({ ok: true });
      for (const outcome of [...Object.values(report.encode), ...Object.values(report.decode), report.scale]) {
        if (!outcome.ok) expect(outcome.reason).toMatch(/^[A-Z].+\.$/);
      }
      const { opened, refusal } = await probeSessionsOf({ uuid: null, bound: 4 });
      expect(report.encode.h264.ok).toBe(opened > 0);
      expect(refusal === undefined).toBe(opened === 4);
    },
  );

  test('a process killed by its driver is a typed error with what it said last', async () => {
    await expect(probeAbilitiesOf({ uuid: 'GPU-1', entry: child('crash') })).rejects.toMatchObject({
      code: 'worker-crashed',
      message: expect.stringContaining('SIGABRT'),
      nextStep: expect.stringContaining('Restart'),
      details: { stderr: expect.stringContaining('NVRM: something went very wrong') },
    });
  });

  test('a process that hangs is killed by the deadline', async () => {
    const started = Date.now();
    await expect(probeAbilitiesOf({ uuid: 'GPU-1', entry: child('hang'), timeoutMs: 800 })).rejects.toMatchObject({
      code: 'worker-hung',
    });
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  test('a nonsense answer is a typed error', async () => {
    await expect(probeAbilitiesOf({ uuid: 'GPU-1', entry: child('nonsense') })).rejects.toMatchObject({ code: 'worker-crashed' });
  });

  test('an answer counts even when the process crashes right after it, and only the asked card was visible to it', async () => {
    const uuid = 'GPU-0123456789';
    expect(await probeSessionsOf({ uuid, bound: 4, entry: child('late-crash') })).toEqual({ opened: uuid.length });
    expect(cudaEnvironment(null)).not.toHaveProperty('CUDA_VISIBLE_DEVICES');
  });

  test("the engine's own variables, which may hold secrets, stay with the engine", async () => {
    vi.stubEnv('SIPHON_SECRET', 'do not tell');
    try {
      await expect(probeAbilitiesOf({ uuid: 'GPU-1', entry: child('tell-environment') })).rejects.toMatchObject({
        details: { stderr: expect.stringMatching(/PATH/) },
      });
      await expect(probeAbilitiesOf({ uuid: 'GPU-1', entry: child('tell-environment') })).rejects.toMatchObject({
        details: { stderr: expect.not.stringMatching(/SIPHON_|do not tell/) },
      });
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test("an abort rejects with the caller's own reason", async () => {
    const controller = new AbortController();
    const reason = new Error('stopping');
    const probing = probeAbilitiesOf({ uuid: 'GPU-1', entry: child('hang'), signal: controller.signal });
    setTimeout(() => controller.abort(reason), 200);
    await expect(probing).rejects.toBe(reason);
  });
});
