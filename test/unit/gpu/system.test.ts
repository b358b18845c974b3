import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findNvidiaControllers, readCpu, type SystemSource } from '../../../engine/gpu/system.ts';

const source = (controllers: Array<{ vendor?: string; model?: string; vendorId?: string }>): SystemSource => ({
  cpu: async () => ({ manufacturer: 'AMD', brand: 'Ryzen 7' }),
  graphics: async () => ({ controllers }),
});
const stuck: SystemSource = { cpu: () => new Promise(() => {}), graphics: () => new Promise(() => {}) };

describe('the computer around the GPUs', () => {
  let pciFolder: string;
  beforeEach(async () => {
    pciFolder = await mkdtemp(path.join(tmpdir(), 'siphon-pci-'));
  });
  afterEach(() => rm(pciFolder, { recursive: true, force: true }));

  async function addDevice(name: string, vendor: string, deviceClass: string): Promise<void> {
    await mkdir(path.join(pciFolder, name));
    await writeFile(path.join(pciFolder, name, 'vendor'), `${vendor}\n`);
    await writeFile(path.join(pciFolder, name, 'class'), `${deviceClass}\n`);
  }

  test('this very computer has a CPU with a name, cores and memory', async () => {
    const cpu = await readCpu();
    expect(cpu.model).toMatch(/\w{2,}/);
    expect(cpu.cores).toBe(cpus().length);
    expect(cpu.memoryBytes).toBeGreaterThan(256 * 1024 * 1024);
  });

  test('a source that hangs is given up, and Node tells the rest', async () => {
    expect((await readCpu(undefined, stuck, 50)).model).toMatch(/\w{2,}/);
    expect(await findNvidiaControllers({ toolMissing: true, platform: 'win32', source: stuck, timeoutMs: 50 })).toEqual([]);
  });

  test('NVIDIA cards without driver are found on Windows by vendor or id', async () => {
    const controllers = [
      { vendor: 'NVIDIA', model: 'NVIDIA GeForce RTX 3060' },
      { vendor: 'Intel Corporation', model: 'UHD Graphics 630' },
      { vendor: '', model: '', vendorId: '0x10DE' },
    ];
    const found = await findNvidiaControllers({ toolMissing: true, platform: 'win32', source: source(controllers) });
    expect(found).toEqual(['NVIDIA GeForce RTX 3060', 'NVIDIA graphics card']);
  });

  test('on Linux the PCI bus decides: display controllers of NVIDIA, not their sound devices', async () => {
    const nobody = source([]);
    expect(await findNvidiaControllers({ toolMissing: true, platform: 'linux', source: nobody, pciFolder })).toEqual([]);
    await addDevice('0000:01:00.0', '0x10de', '0x030000');
    await addDevice('0000:01:00.1', '0x10de', '0x040300');
    await addDevice('0000:00:02.0', '0x8086', '0x030000');
    expect(await findNvidiaControllers({ toolMissing: true, platform: 'linux', source: nobody, pciFolder })).toEqual([
      'NVIDIA graphics card',
    ]);
  });

  test('systeminformation, which calls nvidia-smi without a deadline, is not asked where there is an nvidia-smi', async () => {
    await addDevice('0000:01:00.0', '0x10de', '0x030200');
    const forbidden: SystemSource = {
      cpu: stuck.cpu,
      graphics: () => {
        throw new Error('asked');
      },
    };
    const started = Date.now();
    expect(await findNvidiaControllers({ toolMissing: false, platform: 'linux', source: forbidden, pciFolder })).toEqual([
      'NVIDIA graphics card',
    ]);
    expect(await findNvidiaControllers({ toolMissing: false, platform: 'win32', source: stuck })).toEqual([]);
    expect(Date.now() - started).toBeLessThan(1_000);
  });
});
