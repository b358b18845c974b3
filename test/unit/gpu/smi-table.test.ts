import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseMigSlices } from '../../../engine/gpu/smi-list.ts';
import { normalisePciBusId, parseSmiTable, type SmiGpu } from '../../../engine/gpu/smi-table.ts';

const folder = new URL('../../fixtures/nvidia-smi/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');
const MIB = 1024 * 1024;

function only(name: string): SmiGpu {
  const { gpus, lost } = parseSmiTable(read(name));
  expect(lost).toEqual([]);
  expect(gpus).toHaveLength(1);
  return gpus[0] as SmiGpu;
}

describe('nvidia-smi tables', () => {
  const tables = readdirSync(folder).filter((name) => name.endsWith('.csv'));

  test.each(tables)('%s: every row is a GPU with a name, a UUID, a driver and memory', (name) => {
    const { gpus } = parseSmiTable(read(name));
    expect(gpus.length).toBeGreaterThan(0);
    for (const gpu of gpus) {
      expect(gpu.uuid).toMatch(/^GPU-/);
      expect(gpu.name.length).toBeGreaterThan(3);
      expect(gpu.driverVersion).toMatch(/^\d{3}\.\d+/);
      expect(gpu.pciBusId).toMatch(/^[0-9A-F]{8}:[0-9A-F]{2}:[0-9A-F]{2}\.\d$/);
      expect(gpu.memoryTotalBytes).toBeGreaterThan(1024 * MIB);
      for (const value of Object.values(gpu)) expect(Number.isNaN(value)).toBe(false);
    }
  });

  test('an RTX 4080 SUPER that encodes tells its load, power and two NVENC sessions', () => {
    expect(only('rtx-4080-super_linux_595_load.csv')).toEqual({
      index: 0,
      uuid: 'GPU-00000000-0000-0000-0000-000000000000',
      name: 'NVIDIA GeForce RTX 4080 SUPER',
      pciBusId: '00000000:01:00.0',
      driverVersion: '595.71.05',
      memoryTotalBytes: 16_376 * MIB,
      memoryUsedBytes: 1_474 * MIB,
      temperatureC: 46,
      powerW: 84.24,
      powerLimitW: 320,
      utilisationPercent: 7,
      encoderPercent: 72,
      decoderPercent: 0,
      nvencSessions: 2,
      migEnabled: null,
      lostReason: null,
    });
  });

  test('a driver of 2021 without encoder load leaves it unknown and not zero, CRLF or not', () => {
    expect(only('rtx-2080-super_windows_466.csv')).toMatchObject({
      driverVersion: '466.63',
      temperatureC: 35,
      powerW: 31.12,
      encoderPercent: null,
      decoderPercent: null,
      nvencSessions: 0,
    });
    expect(only('gtx-1080-ti_linux_390.csv')).toMatchObject({
      name: 'GeForce GTX 1080 Ti',
      encoderPercent: null,
      migEnabled: null,
    });
  });

  test('a laptop that tells neither power nor limit leaves them unknown', () => {
    expect(only('rtx-2060-laptop_linux_455.csv')).toMatchObject({ powerW: null, powerLimitW: null, utilisationPercent: null });
    expect(only('rtx-3070-ti-laptop_windows_555.csv')).toMatchObject({ powerW: 15.11, powerLimitW: null });
  });

  test('an H100 with MIG on tells so, and its load is unknown', () => {
    expect(only('h100-mig_linux_590_load.csv')).toMatchObject({
      migEnabled: true,
      utilisationPercent: null,
      encoderPercent: null,
    });
    expect(only('h100_linux_590_load.csv')).toMatchObject({ migEnabled: false, utilisationPercent: 100, nvencSessions: 0 });
  });

  test('a rig keeps the indices of nvidia-smi', () => {
    const { gpus } = parseSmiTable(read('multi-gpu_linux_580.csv'));
    expect(gpus.map(({ index, name }) => [index, name])).toEqual([
      [0, 'NVIDIA GeForce GTX 1080 Ti'],
      [1, 'NVIDIA GeForce RTX 2080 Ti'],
      [2, 'NVIDIA GeForce RTX 4090'],
    ]);
  });

  test('an error line among rows names the lost card, and the others stay', () => {
    const { gpus, lost } = parseSmiTable(read('multi-gpu-one-lost_linux_580.csv'));
    expect(gpus.map(({ index }) => index)).toEqual([0, 2]);
    expect(lost).toEqual([
      {
        index: 1,
        pciBusId: '00000000:09:00.0',
        text: 'Unable to determine the device handle for GPU1: 0000:09:00.0: Unknown Error',
      },
    ]);
  });

  test.each([
    [
      'Unable to determine the device handle for GPU 0000:02:00.0: GPU is lost.  Reboot the system to recover this GPU',
      null,
      '00000000:02:00.0',
    ],
    ['Unable to determine the device handle for GPU0000:CB:00.0: Unknown Error', null, '00000000:CB:00.0'],
    ['Unable to determine the device handle for GPU1: Unknown Error', 1, null],
    ['Unable to determine the device handle for GPU 12: Unknown Error', 12, null],
  ])('lost line: %s', (line, index, pciBusId) => {
    expect(parseSmiTable(`${line}\n`).lost).toEqual([{ index, pciBusId, text: line }]);
  });

  test('a card that waits for a reset is a row with a reason and no numbers', () => {
    const { gpus } = parseSmiTable(read('multi-gpu-one-needs-reset_linux_580.csv'));
    expect(gpus.map(({ lostReason }) => lostReason)).toEqual([null, 'GPU requires reset', null]);
    expect(gpus[1]).toMatchObject({ temperatureC: null, memoryUsedBytes: null, nvencSessions: null });
  });

  test('extra columns are ignored, a name keeps its commas, and every odd cell is unknown', () => {
    expect(only('extra-columns-and-comma-in-name.csv')).toMatchObject({
      name: 'NVIDIA Graphics Device, Engineering Sample, Rev A',
      memoryTotalBytes: 16_384 * MIB,
      memoryUsedBytes: null,
      temperatureC: null,
      powerW: null,
      powerLimitW: null,
      utilisationPercent: null,
      encoderPercent: 0,
      nvencSessions: 1,
      migEnabled: false,
    });
  });

  test('text that is no table gives nothing', () => {
    for (const text of ['', 'hello', read('error-no-devices.txt'), '0, GPU-1, no header']) {
      expect(parseSmiTable(text)).toEqual({ gpus: [], lost: [] });
    }
  });

  test('PCI ids of all forms become one', () => {
    expect(['0000:0c:00.0', '00000000:0C:00.0'].map(normalisePciBusId)).toEqual(['00000000:0C:00.0', '00000000:0C:00.0']);
  });
});

describe('nvidia-smi -L', () => {
  test('MIG slices stand under their card', () => {
    const slices = parseMigSlices(read('h200-mig_linux_590_list.txt'));
    expect(slices.map(({ profile }) => profile)).toEqual(['1c.3g.71gb', '2c.3g.71gb', '2g.35gb', '1g.18gb', '1g.18gb']);
    expect(slices[4]).toEqual({
      parentUuid: 'GPU-00000000-0000-0000-0000-000000000000',
      uuid: 'MIG-00000004-0000-0000-0000-000000000004',
      profile: '1g.18gb',
    });
  });

  test('the old form of MIG UUIDs is read too', () => {
    expect(parseMigSlices(read('mig-legacy_list.txt'))).toEqual([
      {
        parentUuid: 'GPU-5c89852c-d268-c3f3-1b07-005d5ae1dc3f',
        uuid: 'MIG-GPU-5c89852c-d268-c3f3-1b07-005d5ae1dc3f/7/0',
        profile: '1g.5gb',
      },
      {
        parentUuid: 'GPU-5c89852c-d268-c3f3-1b07-005d5ae1dc3f',
        uuid: 'MIG-GPU-5c89852c-d268-c3f3-1b07-005d5ae1dc3f/8/0',
        profile: '1g.5gb',
      },
    ]);
  });
});
