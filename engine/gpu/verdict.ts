import type { ErrorCode } from '../api/errors.ts';
import type { Gpu, HardwareVerdict } from '../api/hardware.ts';
import type { EngineError } from '../base/errors.ts';
import type { AbilityReport, ProbeOutcome } from './probe-protocol.ts';
import type { Platform } from './smi-errors.ts';
import type { SmiLostGpu } from './smi-table.ts';

/** What the verdict is drawn from. */
export interface VerdictInput {
  readonly gpus: readonly Gpu[];
  /** What was tried, by UUID. */
  readonly reports: ReadonlyMap<string, AbilityReport>;
  /** Cards that the driver names but cannot open. */
  readonly lost?: readonly SmiLostGpu[];
  /** Why no cards could be listed. */
  readonly smiError: EngineError | null;
  /** NVIDIA cards that the operating system sees. */
  readonly nvidiaControllers: readonly string[];
  readonly platform: Platform;
}

type Failure = Extract<ProbeOutcome, { ok: false }>;

const DRIVER_PAGE = 'https://www.nvidia.com/drivers';
/** Maxwell, Pascal and Volta: NVIDIA's 580 branch is the last for them. */
const LAST_DRIVER_580 =
  /\b(GTX (?:7[45]0|9\d\d|10\d\d)|GT 10\d\d|TITAN (?:X|Xp|V)|Quadro (?:M|P|GP|GV)\d+|Tesla (?:M|P|V)\d+|V100|P100|P40|P4|MX[123]\d0)\b/i;

/** The one honest sentence about this machine, with the next step. Pure. */
export function decideVerdict(input: VerdictInput): HardwareVerdict {
  if (input.gpus.length === 0) return withoutGpus(input);
  const ready = input.gpus.filter((gpu) => isReady(gpu));
  const off = input.gpus.filter(({ state }) => state === 'disabled');
  if (ready.length === 0 && off.length > 0) return switchedOff(off);
  return ready.length > 0 ? withReady(input, ready) : withoutReady(input);
}

/** True when a card can take video work: it answers and its H.264 encoder works. */
export function isReady(gpu: Gpu): boolean {
  return gpu.state === 'ok' && gpu.abilities?.encode.h264.ok === true;
}

function switchedOff(off: readonly Gpu[]): HardwareVerdict {
  return {
    kind: 'nvenc',
    title: off.length === 1 ? `${off[0]?.name} is switched off` : `${off.length} NVIDIA cards are switched off`,
    text: 'Siphon does not touch a card that is switched off, so no video is encoded now.',
    nextStep: 'Switch a card on again to work with it.',
  };
}

function withoutGpus({ smiError, nvidiaControllers, platform }: VerdictInput): HardwareVerdict {
  const seen = nvidiaControllers.join(', ');
  const missingTool = smiError?.code === 'gpu-driver-missing' && smiError.details?.kind === 'not-found';
  if (seen === '' && (smiError === null || missingTool || smiError.code === 'gpu-none')) {
    return onCpu(
      'gpu-none',
      'No NVIDIA card found',
      'This computer has no NVIDIA card that Siphon can see, so video is encoded on the CPU.',
      {
        nextStep:
          'You can go on with the CPU: it is slower and takes fewer streams. If there is an NVIDIA card, check that it is seated, powered and enabled.',
      },
    );
  }
  if (missingTool) {
    return onCpu(
      'gpu-driver-missing',
      'The NVIDIA driver is missing',
      `This computer has an NVIDIA card (${seen}), but its driver is not installed, so video is encoded on the CPU.`,
      { nextStep: smiError.nextStep ?? '' },
    );
  }
  const title = TITLES[smiError?.code ?? 'gpu-unreadable'] ?? 'The NVIDIA card cannot be used';
  return onCpu(
    smiError?.code ?? 'gpu-unreadable',
    title,
    `${smiError?.message ?? 'The NVIDIA driver gave no answer.'} Until then video is encoded on the CPU.`,
    { nextStep: smiError?.nextStep ?? (platform === 'win32' ? 'Restart the computer.' : 'Reboot.') },
  );
}

const TITLES: Readonly<Partial<Record<ErrorCode, string>>> = {
  'gpu-driver-missing': 'The NVIDIA driver is not running',
  'gpu-driver-mismatch': 'The NVIDIA driver waits for a restart',
  'gpu-lost': 'An NVIDIA card stopped answering',
  'gpu-none': 'The NVIDIA driver sees no card',
  'gpu-unreadable': 'The NVIDIA driver does not answer',
};

function withReady({ gpus, reports, lost = [] }: VerdictInput, ready: readonly Gpu[]): HardwareVerdict {
  const codecs = (['h264', 'hevc', 'av1'] as const).filter((codec) => ready.every((gpu) => gpu.abilities?.encode[codec].ok));
  const names = codecs.map((codec) => ({ h264: 'H.264', hevc: 'HEVC', av1: 'AV1' })[codec]).join(', ');
  const notes: string[] = [];
  for (const gpu of ready) {
    const { decode, scale } = gpu.abilities ?? {};
    if (decode?.h264.ok === false) notes.push(`${gpu.name} decodes on the CPU: ${decode.h264.reason}`);
    if (scale?.ok === false) notes.push(`${gpu.name} scales on the CPU: ${scale.reason}`);
  }
  const off = gpus.filter(({ state }) => state === 'disabled');
  const unusable = gpus.filter((gpu) => !ready.includes(gpu) && !off.includes(gpu));
  for (const gpu of off) notes.push(`${gpu.name} is switched off.`);
  for (const card of lost)
    notes.push(`One more card${card.pciBusId === null ? '' : ` (at ${card.pciBusId})`} does not answer the driver.`);
  for (const gpu of unusable) notes.push(`${gpu.name} takes no video: ${whyNot(gpu, reports)}`);
  const broken = unusable.length + lost.length;
  const title = ready.length === 1 ? `${ready[0]?.name} is ready` : `${ready.length} NVIDIA cards are ready`;
  return {
    kind: 'nvenc',
    title: broken === 0 ? title : `${title}, ${broken} not usable`,
    text: [`Video is encoded on the card (NVENC: ${names}).`, ...notes].join(' '),
    ...(broken === 0 ? {} : { nextStep: 'Run `siphon gpus` to see what each card can do.' }),
  };
}

function withoutReady({ gpus, reports, platform }: VerdictInput): HardwareVerdict {
  const lost = gpus.find(({ state }) => state === 'lost');
  const failures = gpus.flatMap((gpu) => {
    const outcome = reports.get(gpu.uuid)?.encode.h264;
    return outcome?.ok === false ? [{ gpu, outcome }] : [];
  });
  const first = failures[0];
  if (first === undefined) {
    const gpu = lost ?? gpus[0];
    const code: ErrorCode = lost === undefined ? 'gpu-unreadable' : 'gpu-lost';
    return onCpu(
      code,
      TITLES[code] ?? '',
      `${gpu?.name ?? 'The card'} cannot be used: ${gpu?.stateReason ?? 'it could not be tried.'} Video is encoded on the CPU.`,
      { nextStep: 'Restart the computer. If it stays like this, reinstall the NVIDIA driver.' },
    );
  }
  const { gpu, outcome } = first;
  const words = WORDS[outcome.cause];
  return onCpu(words.code, words.title, `${gpu.name}: ${outcome.reason} Video is encoded on the CPU.`, {
    nextStep: words.nextStep(outcome, gpu, platform),
  });
}

interface CauseWords {
  readonly code: ErrorCode;
  readonly title: string;
  readonly nextStep: (failure: Failure, gpu: Gpu, platform: Platform) => string;
}

const WORDS: Readonly<Record<Failure['cause'], CauseWords>> = {
  'driver-old': {
    code: 'gpu-driver-old',
    title: 'The NVIDIA driver is too old',
    nextStep: ({ minimumDriver }, gpu, platform) => {
      const has = gpu.driverVersion === '' ? '' : ` (installed: ${gpu.driverVersion})`;
      const need = minimumDriver ?? 'a newer version';
      if (LAST_DRIVER_580.test(gpu.name) && minimumDriver !== undefined && Number.parseFloat(minimumDriver) > 581) {
        return `This version of Siphon needs driver ${need}${has}, but NVIDIA's drivers for this generation of cards end with the 580 series. The CPU does the work; a card of the GTX 16 or RTX series would be used.`;
      }
      return platform === 'win32'
        ? `Install driver ${need} or newer${has} from ${DRIVER_PAGE}, then restart the computer.`
        : `Install driver ${need} or newer${has} from your distribution or ${DRIVER_PAGE}, then reboot.`;
    },
  },
  'no-nvenc': {
    code: 'nvenc-missing',
    title: 'The card has no video encoder',
    nextStep: () =>
      'Data-centre cards such as A100, H100 and H200 are made without NVENC. Use a GeForce, RTX or L-series card for video; this card suits AI work.',
  },
  'codec-unsupported': {
    code: 'nvenc-missing',
    title: 'The card has no video encoder',
    nextStep: () => 'Use a GeForce GTX or RTX card: some entry-level (GT 1030, MX) and data-centre cards have no NVENC.',
  },
  'sessions-full': {
    code: 'nvenc-sessions-full',
    title: 'All encoder sessions are in use',
    nextStep: () => 'Close other programs that record or stream (OBS, ShadowPlay, Plex), then look again.',
  },
  'driver-missing': {
    code: 'gpu-driver-missing',
    title: 'A part of the NVIDIA driver is missing',
    nextStep: (_failure, _gpu, platform) =>
      platform === 'win32'
        ? `Reinstall the driver from ${DRIVER_PAGE} with "clean installation" ticked.`
        : "Install your distribution's complete NVIDIA driver (its encode and decode libraries too), then reboot.",
  },
  'out-of-memory': {
    code: 'gpu-unreadable',
    title: "The card's memory is full",
    nextStep: () => 'Close other programs that use the card (games, AI models), then look again.',
  },
  'gpu-lost': {
    code: 'gpu-lost',
    title: 'An NVIDIA card stopped answering',
    nextStep: () => 'Restart the computer. If it comes back, undo overclocking, and check power cables, riser and temperature.',
  },
  unknown: {
    code: 'gpu-unreadable',
    title: 'The card could not encode a test video',
    nextStep: () => 'Restart the computer. If it stays like this, reinstall the NVIDIA driver.',
  },
};

function whyNot(gpu: Gpu, reports: ReadonlyMap<string, AbilityReport>): string {
  if (gpu.state !== 'ok') return gpu.stateReason ?? 'it is not in use.';
  const outcome = reports.get(gpu.uuid)?.encode.h264;
  return outcome?.ok === false ? outcome.reason : 'it could not be tried.';
}

function onCpu(code: ErrorCode, title: string, text: string, { nextStep }: { nextStep: string }): HardwareVerdict {
  return { kind: 'cpu', title, text, nextStep, error: { code, message: text, nextStep } };
}
