import { describe, expect, test } from 'vitest';
import type { GpuSample } from '../../../engine/api/hardware.ts';
import { useByOthers } from '../../../engine/availability/card-use.ts';
import { CardUseWatch, type WatchedCard } from '../../../engine/availability/card-use-watch.ts';
import { silentLog } from '../../../engine/base/log.ts';
import { parseProcesses } from '../../../engine/gpu/gpu-processes.ts';
import { NvidiaSmi } from '../../../engine/gpu/nvidia-smi.ts';
import { isOwnProcess } from '../../../engine/gpu/process-family.ts';
import { FakeSmi, recorded } from '../gpu/fake-smi.ts';
import { settingsWith, TestClock } from './support.ts';

const none = () => false;
const linux = parseProcesses(recorded('pmon_linux_580.txt'));

describe('what others use of a card', () => {
  test('is the sum of programs that are neither ours nor the desktop itself', () => {
    const card0 = linux.filter(({ gpuIndex }) => gpuIndex === 0);
    expect(useByOthers(card0, none, { corePercent: 48, encoderPercent: 0 }, 0)).toEqual({
      percent: 45,
      program: 'llama-server',
      graphics: false,
    });
    expect(useByOthers(card0, (pid) => pid === 9001, { corePercent: 48, encoderPercent: 0 }, 2)).toEqual({
      percent: 3,
      program: 'firefox',
      graphics: true,
    });
  });

  test('names a game, and counts the encoder where it is the busier part', () => {
    const old = parseProcesses(recorded('pmon_linux_390.txt'));
    const on = (index: number) => old.filter(({ gpuIndex }) => gpuIndex === index);
    expect(useByOthers(on(0), none, { corePercent: 90, encoderPercent: 0 }, 0)).toEqual({
      percent: 85,
      program: 'My Game.x86_64',
      graphics: true,
    });
    const recorder = [
      { gpuIndex: 0, pid: 5, graphics: true, corePercent: 6, encoderPercent: 60, decoderPercent: null, name: 'obs' },
    ];
    expect(useByOthers(recorder, none, { corePercent: 10, encoderPercent: 60 }, 0)).toMatchObject({
      percent: 60,
      program: 'obs',
    });
  });

  test('is estimated on Windows, where the driver tells no shares: what the card does beyond our own streams', () => {
    const windows = parseProcesses(recorded('pmon_windows_wddm.txt'));
    expect(useByOthers(windows, none, { corePercent: 90, encoderPercent: 10 }, 2)).toEqual({
      percent: 66,
      program: 'QQ.exe',
      graphics: true,
      uncertain: 'The driver does not tell what each program uses, so the share is an estimate.',
    });
    // Four of our own streams explain half of a card.
    expect(useByOthers(windows, none, { corePercent: 48, encoderPercent: 40 }, 4).percent).toBe(0);
    expect(useByOthers(windows, none, { corePercent: null, encoderPercent: null }, 0)).toEqual({ percent: null });
  });
});

describe('reading pmon', () => {
  test('finds columns by name, keeps spaces in names, and takes a row of dashes for no process', () => {
    expect(linux).toHaveLength(4);
    expect(linux[3]).toEqual({
      gpuIndex: 0,
      pid: 9002,
      graphics: true,
      corePercent: 3,
      encoderPercent: null,
      decoderPercent: 5,
      name: 'firefox',
    });
    expect(parseProcesses('')).toEqual([]);
    expect(parseProcesses('Unable to determine the device handle for GPU0: 0000:01:00.0: GPU is lost.\n')).toEqual([]);
  });
});

test('this process and its children are ours, others are not', async () => {
  expect(await isOwnProcess(process.pid, new Set())).toBe(true);
  expect(await isOwnProcess(1, new Set())).toBe(false);
  expect(await isOwnProcess(424_242_424, new Set([424_242_424]))).toBe(true);
  expect(await isOwnProcess(424_242_424, new Set())).toBe(false);
});

describe.skipIf(process.platform === 'win32')('the watch over the cards', () => {
  const sampleOf = (utilisationPercent: number): GpuSample => ({
    uuid: 'GPU-a',
    atMs: 0,
    temperatureC: 60,
    powerW: null,
    powerLimitW: null,
    utilisationPercent,
    encoderPercent: 0,
    decoderPercent: 0,
    memoryUsedBytes: null,
    nvencSessions: null,
  });

  test('needs the use to last, asks the driver only while a card is busy, and lets go after a quiet minute', async () => {
    await using fake = await FakeSmi.create({ pmon: recorded('pmon_linux_580.txt') });
    const smi = new NvidiaSmi({ env: fake.env });
    const clock = new TestClock();
    let card: WatchedCard = { uuid: 'GPU-a', index: 0, streams: 0, sample: sampleOf(3) };
    await using watch = new CardUseWatch({
      settings: () => settingsWith({}).gpuNeeded,
      cards: () => [card],
      processes: (signal) => smi.processes(signal),
      isOurs: async () => false,
      clock,
      log: silentLog,
      onChange: () => {},
    });
    const { signal } = new AbortController();
    const look = async (ms: number, load: number) => {
      clock.pass(ms);
      card = { ...card, sample: sampleOf(load) };
      await watch.look(signal);
    };
    await look(0, 3);
    expect(fake.calls()).toEqual([]);
    await look(0, 48);
    await look(10_000, 48);
    expect(watch.needed).toEqual([]);
    await look(5000, 48);
    expect(watch.needed).toMatchObject([{ uuid: 'GPU-a', percent: 45, program: 'llama-server' }]);
    expect(fake.calls().map(({ args }) => args)).toEqual(Array.from({ length: 3 }, () => 'pmon -c 1 -s u'));
    await look(5000, 2);
    await look(55_000, 2);
    expect(watch.needed).toHaveLength(1);
    await look(5000, 2);
    expect(watch.needed).toEqual([]);
  });

  test('says that it cannot tell when the driver does not answer, and that pauses nothing', async () => {
    await using fake = await FakeSmi.create({ pmon: 'nonsense', exitCode: 9 });
    const smi = new NvidiaSmi({ env: { SIPHON_NVIDIA_SMI: `${fake.file}-gone` } });
    await using watch = new CardUseWatch({
      settings: () => settingsWith({}).gpuNeeded,
      cards: () => [{ uuid: 'GPU-a', index: 0, streams: 0, sample: sampleOf(90) }],
      processes: (signal) => smi.processes(signal),
      isOurs: async () => false,
      clock: new TestClock(),
      log: silentLog,
      onChange: () => {},
    });
    await watch.look(new AbortController().signal);
    expect(watch.unknown).toContain('does not tell');
    expect(watch.needed).toEqual([]);
  });
});
