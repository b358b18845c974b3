import { readdir, readFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import path from 'node:path';
import si from 'systeminformation';
import { deadline, untilAborted } from '../base/abort.ts';
import { currentPlatform, type Platform } from './smi-errors.ts';

/** The processor and memory of this computer. */
export interface CpuFacts {
  readonly model: string;
  /** Logical cores. */
  readonly cores: number;
  readonly memoryBytes: number;
}

/** The part of systeminformation that is used; tests hand in their own. */
export interface SystemSource {
  cpu(): Promise<{ manufacturer: string; brand: string }>;
  graphics(): Promise<{ controllers: ReadonlyArray<{ vendor?: string; model?: string; vendorId?: string }> }>;
}

const NVIDIA_PCI_VENDOR = '0x10de';
/** PCI base class "display controller". */
const DISPLAY_CLASS = /^0x03/;

/** Processor and memory. What systeminformation does not tell in time is taken from Node. Rejects only with the signal's reason. */
export async function readCpu(signal?: AbortSignal, source: SystemSource = si, timeoutMs = 20_000): Promise<CpuFacts> {
  const cpu = await withDefault(() => source.cpu(), null, timeoutMs, signal);
  const model = cpu === null ? '' : [cpu.manufacturer, cpu.brand].filter(Boolean).join(' ');
  return {
    model: model || cpus()[0]?.model.trim() || 'unknown CPU',
    cores: Math.max(1, cpus().length),
    memoryBytes: totalmem(),
  };
}

/** Where to look for cards that no driver runs. */
export interface ControllerParameters {
  /** True when nvidia-smi is nowhere on this computer. */
  readonly toolMissing: boolean;
  readonly platform?: Platform;
  readonly source?: SystemSource;
  /** Linux's list of PCI devices. */
  readonly pciFolder?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * NVIDIA display controllers that the operating system sees, by name. systeminformation is asked only when nvidia-smi is
 * missing: otherwise it would call nvidia-smi synchronously and without a deadline, and a hung driver would hang the
 * engine. Rejects only with the signal's reason.
 */
export async function findNvidiaControllers({
  toolMissing,
  platform = currentPlatform(),
  source = si,
  pciFolder = '/sys/bus/pci/devices',
  timeoutMs = 20_000,
  signal,
}: ControllerParameters): Promise<readonly string[]> {
  if (platform === 'linux' && (await readPciControllers(pciFolder)) === 0) return [];
  if (toolMissing) {
    const controllers = await withDefault(async () => (await source.graphics()).controllers, [], timeoutMs, signal);
    const names = controllers
      .filter(({ vendor, model, vendorId }) => /nvidia/i.test(`${vendor ?? ''} ${model ?? ''}`) || /10de/i.test(vendorId ?? ''))
      .map(({ model }) => model?.trim() || 'NVIDIA graphics card');
    if (names.length > 0) return names;
  }
  return platform === 'linux' ? Array.from({ length: await readPciControllers(pciFolder) }, () => 'NVIDIA graphics card') : [];
}

async function readPciControllers(folder: string): Promise<number> {
  let found = 0;
  for (const device of await readdir(folder).catch(() => [])) {
    const read = (file: string) => readFile(path.join(folder, device, file), 'utf8').catch(() => '');
    if ((await read('vendor')).trim() === NVIDIA_PCI_VENDOR && DISPLAY_CLASS.test(await read('class'))) found += 1;
  }
  return found;
}

async function withDefault<T>(read: () => Promise<T>, fallback: T, timeoutMs: number, signal?: AbortSignal): Promise<T> {
  using limit = deadline(timeoutMs, 'Reading the system', signal);
  try {
    return await untilAborted(read(), limit.signal);
  } catch {
    signal?.throwIfAborted();
    return fallback;
  }
}
