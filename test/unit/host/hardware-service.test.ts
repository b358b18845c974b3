import { afterEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../../engine/base/clock.ts';
import { silentLog } from '../../../engine/base/log.ts';
import type { AbilityReport } from '../../../engine/gpu/probe-protocol.ts';
import { Health } from '../../../engine/health/health.ts';
import { HardwareService } from '../../../engine/host/hardware-service.ts';
import { FakeSmi, recorded } from '../gpu/fake-smi.ts';

const OK = { ok: true } as const;
const CAN: AbilityReport = { device: OK, encode: { h264: OK, hevc: OK, av1: OK }, decode: { h264: OK, hevc: OK }, scale: OK };

afterEach(() => vi.unstubAllEnvs());

describe.skipIf(process.platform === 'win32')('switching cards off and on while the engine runs', () => {
  test('an off card is out at once, with every card off nothing is read or measured any more, and on again they are back', async () => {
    await using fake = await FakeSmi.create({ table: recorded('multi-gpu_linux_580.csv') });
    vi.stubEnv('SIPHON_NVIDIA_SMI', fake.file);
    await using service = new HardwareService({
      // Every card has passed its probes earlier, so none is opened now.
      cache: { get: () => CAN, set: () => {} },
      ffmpegVersion: 'test',
      disabled: new Set(),
      health: new Health(),
      clock: systemClock,
      log: silentLog,
    });
    const found = await service.detect(false);
    const uuids = found.gpus.map(({ uuid }) => uuid);
    expect(found.gpus.every(({ state }) => state === 'ok')).toBe(true);
    expect(service.meter).toBeDefined();
    const states = () => service.hardware?.gpus.map(({ state }) => state);

    service.setDisabled(new Set(uuids.slice(0, 1)));
    expect(states()?.[0]).toBe('disabled');
    expect(
      states()
        ?.slice(1)
        .every((state) => state === 'ok'),
    ).toBe(true);

    service.setDisabled(new Set(uuids));
    await vi.waitFor(() => expect(service.hardware?.verdict.title).toContain('switched off'), 20_000);
    await vi.waitFor(() => expect(service.meter).toBeUndefined());
    expect(service.hardware?.nvenc).toBeNull();
    const calls = fake.calls().length;
    // The sensors are otherwise read every two seconds.
    await new Promise((resolve) => setTimeout(resolve, 2600));
    expect(fake.calls()).toHaveLength(calls);

    service.setDisabled(new Set());
    await vi.waitFor(() => expect(states()?.every((state) => state === 'ok')).toBe(true), 20_000);
    await vi.waitFor(() => expect(service.meter).toBeDefined(), 20_000);
  });
});
