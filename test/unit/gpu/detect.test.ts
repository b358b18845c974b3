import { describe, expect, test } from 'vitest';
import type { NvencBudget } from '../../../engine/api/hardware.ts';
import { EngineError } from '../../../engine/base/errors.ts';
import { type DetectParameters, detectHardware, type ProbeCache } from '../../../engine/gpu/detect.ts';
import type { AbilityReport, ProbeOutcome } from '../../../engine/gpu/probe-protocol.ts';
import { type Platform, recogniseFailure, SmiError, type SmiFailureKind } from '../../../engine/gpu/smi-errors.ts';
import { parseMigSlices } from '../../../engine/gpu/smi-list.ts';
import { parseSmiTable } from '../../../engine/gpu/smi-table.ts';
import { recorded } from './fake-smi.ts';

const OK: ProbeOutcome = { ok: true };
const no = (cause: Extract<ProbeOutcome, { ok: false }>['cause'], reason: string, minimumDriver?: string): ProbeOutcome => ({
  ok: false,
  cause,
  reason,
  ...(minimumDriver === undefined ? {} : { minimumDriver }),
});
const TURING: AbilityReport = {
  device: OK,
  encode: { h264: OK, hevc: OK, av1: no('codec-unsupported', 'This card cannot do AV1 encoding (NVENC).') },
  decode: { h264: OK, hevc: OK },
  scale: OK,
};
const ADA: AbilityReport = { ...TURING, encode: { h264: OK, hevc: OK, av1: OK } };
const allEncoders = (outcome: ProbeOutcome): AbilityReport => ({
  ...TURING,
  encode: { h264: outcome, hevc: outcome, av1: outcome },
});
const H100 = allEncoders(no('no-nvenc', 'This card has no video encoder (NVENC).'));
const OLD = allEncoders(
  no('driver-old', 'The NVIDIA driver is too old for H.264 encoding (NVENC). It must be 610.00 or newer.', '610.00'),
);

class Cache implements ProbeCache {
  readonly entries = new Map<string, unknown>();
  get(key: string): unknown {
    return this.entries.get(key);
  }
  set(key: string, value: unknown): void {
    this.entries.set(key, JSON.parse(JSON.stringify(value)));
  }
}

interface World {
  readonly table?: string;
  readonly list?: string;
  readonly failure?: { readonly kind: SmiFailureKind; readonly output?: string };
  readonly controllers?: readonly string[];
  readonly platform?: Platform;
  readonly probe?: (uuid: string) => AbilityReport;
  readonly budget?: NvencBudget;
  readonly rest?: Partial<DetectParameters>;
}

async function detect(world: World) {
  const probed: string[] = [];
  const measured: Array<string | null> = [];
  const platform = world.platform ?? 'linux';
  const hardware = await detectHardware({
    smi: {
      query: async () => {
        if (world.failure) throw new SmiError(world.failure.kind, platform, world.failure.output);
        return parseSmiTable(world.table ?? '');
      },
      migSlices: async () => parseMigSlices(world.list ?? ''),
    },
    platform,
    cpu: async () => ({ model: 'Test CPU', cores: 8, memoryBytes: 16 }),
    controllers: async () => world.controllers ?? [],
    probe: async ({ uuid }) => {
      probed.push(uuid ?? '');
      return (world.probe ?? (() => ADA))(uuid ?? '');
    },
    measure: async ({ uuid, others = 0 }) => {
      measured.push(uuid);
      return world.budget ?? { total: 8, used: others, ours: 0, testedUpTo: 8, measuredAtMs: 5 };
    },
    ...world.rest,
  });
  return { hardware, probed, measured };
}

describe('detectHardware: one honest verdict with the next step', () => {
  test('a card that can do everything is ready', async () => {
    const { hardware, measured } = await detect({ table: recorded('rtx-4080-super_linux_595_load.csv') });
    expect(hardware.verdict).toEqual({
      kind: 'nvenc',
      title: 'NVIDIA GeForce RTX 4080 SUPER is ready',
      text: 'Video is encoded on the card (NVENC: H.264, HEVC, AV1).',
    });
    expect(hardware.gpus).toMatchObject([
      { state: 'ok', abilities: { encode: { av1: { ok: true } } }, sample: { temperatureC: 46, nvencSessions: 2 } },
    ]);
    expect(hardware.nvenc).toMatchObject({ total: 8, used: 2 });
    expect(measured).toEqual(['GPU-00000000-0000-0000-0000-000000000000']);
    expect(hardware.cpu).toEqual({ model: 'Test CPU', cores: 8, memoryBytes: 16 });
  });

  test('a codec that the card lacks is not promised, and why is kept beside it', async () => {
    const { hardware } = await detect({ table: recorded('rtx-2080-super_windows_610_idle.csv'), probe: () => TURING });
    expect(hardware.verdict.text).toBe('Video is encoded on the card (NVENC: H.264, HEVC).');
    expect(hardware.gpus[0]?.abilities?.encode.av1).toEqual({ ok: false, reason: 'This card cannot do AV1 encoding (NVENC).' });
  });

  test('a card that encodes but does not decode says so', async () => {
    const report = { ...ADA, decode: { h264: no('driver-missing', "The driver's decoder library is missing."), hevc: OK } };
    const { hardware } = await detect({ table: recorded('rtx-3090_linux_575.csv'), probe: () => report });
    expect(hardware.verdict.kind).toBe('nvenc');
    expect(hardware.verdict.text).toContain(
      "NVIDIA GeForce RTX 3090 decodes on the CPU: The driver's decoder library is missing.",
    );
  });

  test('an H100 is told as a card without video encoder, the CPU does the work, and no cap is looked for', async () => {
    const { hardware, measured } = await detect({ table: recorded('h100_linux_590_idle.csv'), probe: () => H100 });
    expect(hardware.verdict).toMatchObject({
      kind: 'cpu',
      title: 'The card has no video encoder',
      text: 'NVIDIA H100 80GB HBM3: This card has no video encoder (NVENC). Video is encoded on the CPU.',
      nextStep: expect.stringContaining('Data-centre cards'),
      error: { code: 'nvenc-missing' },
    });
    expect(hardware.nvenc).toBeNull();
    expect(measured).toEqual([]);
  });

  test.each<[Platform, RegExp]>([
    ['win32', /Install driver 610\.00 or newer \(installed: 580\.95\.05\).*restart the computer/],
    ['linux', /Install driver 610\.00 or newer \(installed: 580\.95\.05\).*reboot/],
  ])('a driver that is too old is told with the one to install (%s)', async (platform, nextStep) => {
    const { hardware } = await detect({ table: recorded('rtx-5090_linux_580.csv'), probe: () => OLD, platform });
    expect(hardware.verdict).toMatchObject({
      kind: 'cpu',
      nextStep: expect.stringMatching(nextStep),
      error: { code: 'gpu-driver-old' },
    });
  });

  test('a generation that no new driver supports is not sent to look for one', async () => {
    for (const table of ['gtx-1080-ti_linux_390.csv', 'gtx-1060_linux_470.csv']) {
      const { hardware } = await detect({ table: recorded(table), probe: () => OLD });
      expect(hardware.verdict.nextStep).toContain('end with the 580 series');
    }
    const { hardware } = await detect({ table: recorded('rtx-3090_linux_575.csv'), probe: () => OLD });
    expect(hardware.verdict.nextStep).toContain('Install driver');
  });

  test('sessions taken by other programs are not taken for a missing encoder', async () => {
    const cache = new Cache();
    const busy = allEncoders(no('sessions-full', 'The driver refused one more NVENC session.'));
    const { hardware } = await detect({ table: recorded('rtx-3090_linux_575.csv'), probe: () => busy, rest: { cache } });
    expect(hardware.verdict).toMatchObject({
      kind: 'cpu',
      error: { code: 'nvenc-sessions-full' },
      nextStep: expect.stringContaining('OBS'),
    });
    expect(cache.entries.size).toBe(0);
  });

  test('a mixed rig counts what is ready and says why the rest is not', async () => {
    const { hardware, probed } = await detect({
      table: recorded('multi-gpu-one-needs-reset_linux_580.csv'),
      probe: (uuid) => (uuid.endsWith('1') ? OLD : ADA),
    });
    expect(probed).toHaveLength(2);
    expect(hardware.verdict).toMatchObject({
      kind: 'nvenc',
      title: 'NVIDIA GeForce RTX 4090 is ready, 2 not usable',
      text: expect.stringContaining('NVIDIA GeForce RTX 2080 Ti takes no video: The driver says: GPU requires reset.'),
    });
    expect(hardware.gpus.map(({ state }) => state)).toEqual(['ok', 'lost', 'ok']);
  });

  test('a card that the driver cannot open is mentioned beside those that work', async () => {
    const { hardware } = await detect({ table: recorded('multi-gpu-one-lost_linux_580.csv') });
    expect(hardware.verdict).toMatchObject({
      title: '2 NVIDIA cards are ready, 1 not usable',
      text: expect.stringContaining('One more card (at 00000000:09:00.0) does not answer the driver.'),
    });
  });

  test('a MIG card is taken as its slices', async () => {
    const { hardware, probed } = await detect({
      table: recorded('h100-mig_linux_590_idle.csv'),
      list: recorded('h100-mig_linux_590_list.txt'),
      probe: () => H100,
    });
    expect(hardware.gpus.map(({ name }) => name)).toEqual([
      'NVIDIA H100 80GB HBM3 MIG 3g.40gb',
      'NVIDIA H100 80GB HBM3 MIG 2g.20gb',
      'NVIDIA H100 80GB HBM3 MIG 1g.10gb',
      'NVIDIA H100 80GB HBM3 MIG 1g.10gb',
    ]);
    expect(probed[0]).toBe('MIG-00000000-0000-0000-0000-000000000000');
    expect(hardware.gpus[0]).toMatchObject({ memoryTotalBytes: null, sample: { temperatureC: 42, memoryUsedBytes: null } });
  });

  test('a card whose driver crashes the probe is set aside, and the others still work', async () => {
    const { hardware } = await detect({
      table: recorded('multi-gpu_linux_580.csv'),
      probe: (uuid) => {
        if (uuid.endsWith('1'))
          throw new EngineError({ code: 'worker-crashed', message: 'The process that tries the GPU crashed.' });
        return ADA;
      },
    });
    expect(hardware.gpus[0]).toMatchObject({
      state: 'quarantined',
      abilities: null,
      stateReason: 'The process that tries the GPU crashed.',
    });
    expect(hardware.verdict.title).toBe('2 NVIDIA cards are ready, 1 not usable');
  });

  test('no card and no driver is no alarm: the CPU works', async () => {
    const { hardware } = await detect({ failure: { kind: 'not-found' } });
    expect(hardware.verdict).toMatchObject({ kind: 'cpu', title: 'No NVIDIA card found', error: { code: 'gpu-none' } });
  });

  test('a card without driver is told as such, by name', async () => {
    const { hardware } = await detect({ failure: { kind: 'not-found' }, controllers: ['GeForce RTX 3060'], platform: 'win32' });
    expect(hardware.verdict).toMatchObject({
      title: 'The NVIDIA driver is missing',
      text: expect.stringContaining('(GeForce RTX 3060)'),
      nextStep: expect.stringContaining('nvidia.com/drivers'),
      error: { code: 'gpu-driver-missing' },
    });
  });

  test.each([
    ['error-no-driver.txt', 'gpu-driver-missing', 'The NVIDIA driver is not running'],
    ['error-mismatch_550.txt', 'gpu-driver-mismatch', 'The NVIDIA driver waits for a restart'],
    ['error-gpu-lost.txt', 'gpu-lost', 'An NVIDIA card stopped answering'],
    ['error-permission.txt', 'gpu-unreadable', 'The NVIDIA driver does not answer'],
  ])('%s: the verdict names it', async (name, code, title) => {
    const output = recorded(name);
    const { hardware } = await detect({
      failure: { kind: recogniseFailure(output, 255), output },
      controllers: ['GeForce RTX 3060'],
    });
    expect(hardware.verdict).toMatchObject({ kind: 'cpu', title, error: { code }, nextStep: expect.stringMatching(/.{10,}/) });
  });

  test('what was tried is kept by card and driver, and tried again for another driver or when asked', async () => {
    const cache = new Cache();
    const table = recorded('rtx-2080-super_windows_591_idle.csv');
    const rest = { cache, ffmpegVersion: '6.1.1' };
    expect((await detect({ table, probe: () => TURING, rest })).probed).toHaveLength(1);
    const again = await detect({ table, rest });
    expect(again.probed).toHaveLength(0);
    expect(again.hardware.gpus[0]?.abilities?.encode.av1.ok).toBe(false);
    expect((await detect({ table, rest: { ...rest, fresh: true } })).probed).toHaveLength(1);
    expect((await detect({ table, rest: { ...rest, ffmpegVersion: '7.0.0' } })).probed).toHaveLength(1);
    expect((await detect({ table: recorded('rtx-2080-super_windows_610_idle.csv'), rest })).probed).toHaveLength(1);
  });

  test('a card that is switched off is never opened: what it can do is known from earlier, and the cap is met on another', async () => {
    const cache = new Cache();
    const table = recorded('multi-gpu_linux_580.csv');
    const uuids = parseSmiTable(table).gpus.map(({ uuid }) => uuid);
    const [first = '', second = ''] = uuids;
    const fresh = await detect({ table, rest: { off: new Set([first]), cache, fresh: true } });
    expect(fresh.probed).toEqual(uuids.slice(1));
    expect(fresh.measured).toEqual([second]);
    expect(fresh.hardware.gpus[0]).toMatchObject({ state: 'disabled', abilities: null });
    expect(fresh.hardware.verdict.title).not.toContain('not usable');
    await detect({ table, rest: { cache } });
    const later = await detect({ table, rest: { off: new Set([first]), cache } });
    expect(later.probed).toEqual([]);
    expect(later.hardware.gpus[0]).toMatchObject({ state: 'disabled', abilities: { encode: { h264: { ok: true } } } });
    const all = await detect({ table, rest: { off: new Set(uuids), cache, fresh: true } });
    expect([all.probed, all.measured]).toEqual([[], []]);
    expect(all.hardware.verdict).toMatchObject({ kind: 'nvenc', title: `${uuids.length} NVIDIA cards are switched off` });
  });

  test('a cache that holds nonsense is not believed', async () => {
    const cache: ProbeCache = { get: () => ({ device: 'fine' }), set: () => {} };
    expect((await detect({ table: recorded('rtx-3090_linux_575.csv'), rest: { cache } })).probed).toHaveLength(1);
  });

  test('a cap that cannot be measured leaves the meter unknown, and the card ready', async () => {
    const { hardware } = await detect({
      table: recorded('rtx-3090_linux_575.csv'),
      rest: {
        measure: async () => {
          throw new EngineError({ code: 'worker-hung', message: 'hung' });
        },
      },
    });
    expect(hardware.nvenc).toBeNull();
    expect(hardware.verdict.kind).toBe('nvenc');
  });

  test("an abort rejects with the caller's own reason", async () => {
    const controller = new AbortController();
    const reason = new Error('stopping');
    controller.abort(reason);
    const smi = { query: () => Promise.reject(reason), migSlices: async () => [] };
    await expect(detectHardware({ smi, signal: controller.signal })).rejects.toBe(reason);
  });
});
