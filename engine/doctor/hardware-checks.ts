import type { Hardware } from '../api/hardware.ts';
import type { Check } from './check.ts';

/** Detects the hardware; called once by {@link hardwareChecks} although several checks look at it. */
export type DetectHardware = (signal: AbortSignal) => Promise<Hardware>;

/** The GPU's verdict, its abilities, the NVENC session budget, and memory. */
export function hardwareChecks(detect: DetectHardware): readonly Check[] {
  let detected: Promise<Hardware> | undefined;
  const hardware = (signal: AbortSignal) => {
    detected ??= detect(signal);
    return detected;
  };
  return [
    {
      id: 'gpu',
      title: 'Graphics card and driver',
      run: async (signal) => {
        const { verdict, gpus } = await hardware(signal);
        const unusable = gpus.some(({ state }) => state !== 'ok');
        const status = verdict.kind === 'nvenc' && !unusable ? 'ok' : 'warn';
        return {
          status,
          text: `${verdict.title}. ${verdict.text}`,
          ...(verdict.nextStep === undefined ? {} : { nextStep: verdict.nextStep }),
        };
      },
    },
    {
      id: 'nvenc-sessions',
      title: 'NVENC sessions',
      run: async (signal) => {
        const { verdict, nvenc } = await hardware(signal);
        if (verdict.kind !== 'nvenc') return { status: 'skipped', text: 'Video is encoded on the CPU.' };
        if (nvenc === null) {
          return {
            status: 'warn',
            text: 'How many NVENC sessions the driver allows could not be measured.',
            nextStep: 'Run `siphon gpus --fresh`.',
          };
        }
        if (nvenc.total === null)
          return { status: 'ok', text: `No limit was met up to ${nvenc.testedUpTo} sessions; ${nvenc.used} are in use.` };
        const free = Math.max(0, nvenc.total - nvenc.used);
        const text = `The driver allows ${nvenc.total} sessions at once, one per rendition; ${nvenc.used} are in use, ${free} are free.`;
        if (free === 0) {
          return { status: 'fail', text, nextStep: 'Close other programs that record or stream (OBS, ShadowPlay, Plex).' };
        }
        if (free < 3) {
          return {
            status: 'warn',
            text,
            nextStep:
              'A usual stream has 3 or 4 renditions. Close other programs that record or stream; a newer driver may allow more.',
          };
        }
        return { status: 'ok', text };
      },
    },
    {
      id: 'memory',
      title: 'Memory',
      run: async (signal) => memoryFinding((await hardware(signal)).cpu.memoryBytes),
    },
  ];
}

const GIB = 1024 ** 3;
/** Below this a worker per GPU and the history no longer fit beside the system. */
const LEAST_MEMORY_BYTES = 2 * GIB;
const GOOD_MEMORY_BYTES = 4 * GIB;

function memoryFinding(bytes: number): Awaited<ReturnType<Check['run']>> {
  const text = `${(bytes / GIB).toFixed(1)} GiB of memory.`;
  // A "4 GiB" machine tells a little less, since firmware and graphics take their part.
  if (bytes < LEAST_MEMORY_BYTES * 0.9) return { status: 'fail', text, nextStep: 'Siphon needs 2 GiB of memory at least.' };
  if (bytes < GOOD_MEMORY_BYTES * 0.9)
    return { status: 'warn', text, nextStep: 'Take few streams at once: 4 GiB or more are better.' };
  return { status: 'ok', text };
}
