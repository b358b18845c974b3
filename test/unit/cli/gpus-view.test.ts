import { describe, expect, test } from 'vitest';
import type { Gpu, Hardware } from '../../../engine/api/hardware.ts';
import { formatBudget, formatHardware } from '../../../engine/cli/gpus-view.ts';

const ok = { ok: true };
const GPU: Gpu = {
  uuid: 'GPU-1',
  index: 0,
  name: 'NVIDIA GeForce RTX 2080 SUPER',
  pciBusId: '00000000:0C:00.0',
  memoryTotalBytes: 8 * 1024 ** 3,
  driverVersion: '610.62',
  state: 'ok',
  abilities: {
    encode: { h264: ok, hevc: ok, av1: { ok: false, reason: 'This card cannot do AV1.' } },
    decode: { h264: ok, hevc: ok },
    scale: ok,
  },
  sample: {
    uuid: 'GPU-1',
    atMs: 0,
    temperatureC: 44,
    powerW: 97.99,
    powerLimitW: null,
    utilisationPercent: 0,
    encoderPercent: 99,
    decoderPercent: null,
    memoryUsedBytes: 1.5 * 1024 ** 3,
    nvencSessions: 2,
  },
};
const hardware = (changes: Partial<Hardware>): Hardware => ({
  detectedAtMs: 0,
  verdict: { kind: 'nvenc', title: 'The card is ready', text: 'Video is encoded on the card.' },
  gpus: [GPU],
  cpu: { model: 'Ryzen 7', cores: 16, memoryBytes: 32 * 1024 ** 3 },
  nvenc: { total: 8, used: 3, ours: 2, testedUpTo: 8, measuredAtMs: 0 },
  ...changes,
});

describe('siphon gpus', () => {
  test('a working card: verdict, meter, sensors (unknown is not zero), abilities and why one is missing', () => {
    expect(formatHardware(hardware({})).split('\n')).toEqual([
      'The card is ready',
      'Video is encoded on the card.',
      '',
      'NVENC sessions: [###·····] 3 of 8 in use (1 by other programs)',
      '',
      'GPU 0: NVIDIA GeForce RTX 2080 SUPER',
      '  GPU-1, PCI 00000000:0C:00.0, driver 610.62',
      '  memory 1.5 of 8.0 GiB, 44 °C, 98 of – W, load 0 %, encoder 99 %, decoder – %',
      '  ✓ encode H.264  ✓ encode HEVC  ✗ encode AV1  ✓ decode H.264  ✓ decode HEVC  ✓ scale',
      '  encode AV1: This card cannot do AV1.',
      '',
      'CPU: Ryzen 7, 16 cores, 32.0 GiB of memory',
      '',
    ]);
  });

  test('one reason behind several failures is told once', () => {
    const no = { ok: false, reason: 'The driver is too old.' };
    const abilities = { encode: { h264: no, hevc: no, av1: no }, decode: { h264: ok, hevc: ok }, scale: ok };
    const text = formatHardware(hardware({ gpus: [{ ...GPU, abilities }] }));
    expect(text.match(/too old/g)).toHaveLength(1);
    expect(text).toContain('  encode H.264, encode HEVC, encode AV1: The driver is too old.');
  });

  test('a lost card and one not tried say so, and a machine without card shows its next step', () => {
    const lost: Gpu = { ...GPU, state: 'lost', stateReason: 'It fell off the bus.', abilities: null, sample: null };
    expect(formatHardware(hardware({ gpus: [lost] }))).toContain('(lost: It fell off the bus.)');
    expect(formatHardware(hardware({ gpus: [lost] }))).toContain('  not tried');
    const none = formatHardware(
      hardware({ gpus: [], nvenc: null, verdict: { kind: 'cpu', title: 'No card', text: 'CPU it is.', nextStep: 'Buy one.' } }),
    );
    expect(none.split('\n').slice(0, 4)).toEqual(['No card', 'CPU it is.', '→ Buy one.', '']);
  });

  test('the meter without a limit, and one that others overdraw', () => {
    const budget = { total: null, used: 0, ours: 0, testedUpTo: 32, measuredAtMs: 0 };
    expect(formatBudget(budget)).toBe('NVENC sessions: 0 in use, no limit met up to 32');
    expect(formatBudget({ ...budget, total: 3, used: 5 })).toBe('NVENC sessions: [###] 5 of 3 in use (5 by other programs)');
  });
});
