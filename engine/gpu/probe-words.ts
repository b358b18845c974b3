import type { Platform } from './smi-errors.ts';

/** Why something could not be done on a GPU, for code; the sentence beside it is for people. */
export type ProbeCause =
  | 'driver-missing'
  | 'driver-old'
  | 'no-nvenc'
  | 'codec-unsupported'
  | 'sessions-full'
  | 'out-of-memory'
  | 'gpu-lost'
  | 'unknown';

/** A failure in plain words. */
export interface ProbeExplanation {
  readonly cause: ProbeCause;
  readonly reason: string;
  /** The oldest driver that the bundled FFmpeg's NVENC accepts, e.g. `610.00`, where FFmpeg names it. */
  readonly minimumDriver?: string;
}

/** What failed: the thing tried as a noun phrase, FFmpeg's log lines while it was tried, and FFmpeg's error text. */
export interface ProbeFailure {
  readonly what: string;
  readonly log: readonly string[];
  readonly errorText: string;
}

/**
 * Explains FFmpeg's, NVENC's and CUDA's messages. Sources: FFmpeg `libavcodec/nvenc.c` (messages and the numbers in
 * parentheses, which are NVENCSTATUS of nvEncodeAPI.h), `libavutil/hwcontext_cuda.c`, `ffnvcodec/dynlink_loader.h`, and the
 * CUDA driver's error names.
 */
export function explainProbeFailure({ what, log, errorText }: ProbeFailure, platform: Platform): ProbeExplanation {
  const text = log.join('\n');
  const minimumDriver = /minimum required Nvidia driver for nvenc is ([\d.]+)/i.exec(text)?.[1];
  const api = /required nvenc API version\. Required: ([\d.]+) Found: ([\d.]+)/i.exec(text);
  if (api !== null || minimumDriver !== undefined) {
    const need = minimumDriver === undefined ? '' : ` It must be ${minimumDriver} or newer.`;
    const versions = api === null ? '' : ` (NVENC ${api[1]} is needed, it has ${api[2]})`;
    return {
      cause: 'driver-old',
      reason: `The NVIDIA driver is too old for ${what}${versions}.${need}`,
      ...(minimumDriver === undefined ? {} : { minimumDriver }),
    };
  }
  for (const { pattern, cause, reason } of RULES) {
    const match = pattern.exec(text);
    if (match !== null) return { cause, reason: reason(what, platform, match) };
  }
  const said = log.at(-1)?.trim() ?? errorText;
  return {
    cause: 'unknown',
    reason: `Trying ${what} failed: ${said === '' ? 'no reason was given' : said}.`.replace(/\.\.$/, '.'),
  };
}

interface Rule {
  readonly pattern: RegExp;
  readonly cause: ProbeCause;
  readonly reason: (what: string, platform: Platform, match: RegExpExecArray) => string;
}

/** The first that matches wins: the deeper cause stands before its echo. */
const RULES: readonly Rule[] = [
  {
    pattern: /Cannot load (libcuda\.so\S*|nvcuda\.dll)|Could not dynamically load CUDA/i,
    cause: 'driver-missing',
    reason: () => 'The NVIDIA driver is not installed, or not for this program: its CUDA library cannot be loaded.',
  },
  {
    pattern: /Cannot load (libnvidia-encode\.so\S*|nvEncodeAPI(?:64)?\.dll)/i,
    cause: 'driver-missing',
    reason: (_what, platform) =>
      platform === 'win32'
        ? "The NVIDIA driver's encoder library (nvEncodeAPI64.dll) is missing: the driver is installed in part only."
        : "The NVIDIA driver's encoder library (libnvidia-encode.so.1) is missing. Many distributions have it in a package of its own, e.g. libnvidia-encode-<version>; in a container add the capability `video`.",
  },
  {
    pattern: /Cannot load (libnvcuvid\.so\S*|nvcuvid\.dll)|Failed loading nvcuvid/i,
    cause: 'driver-missing',
    reason: (_what, platform) =>
      platform === 'win32'
        ? "The NVIDIA driver's decoder library (nvcuvid.dll) is missing: the driver is installed in part only."
        : "The NVIDIA driver's decoder library (libnvcuvid.so.1) is missing. Many distributions have it in a package of its own, e.g. libnvidia-decode-<version>; in a container add the capability `video`.",
  },
  {
    pattern: /CUDA_ERROR_(?:INSUFFICIENT_DRIVER|UNSUPPORTED_PTX_VERSION|SYSTEM_DRIVER_MISMATCH|COMPAT_NOT_SUPPORTED_ON_DEVICE)/,
    cause: 'driver-old',
    reason: (what) => `The NVIDIA driver does not fit ${what}: it is too old, or was updated without a restart.`,
  },
  {
    pattern: /CUDA_ERROR_NO_DEVICE|no CUDA-capable device/i,
    cause: 'gpu-lost',
    reason: () => 'CUDA finds no usable card, although the driver lists it. A restart of the computer usually mends it.',
  },
  {
    pattern:
      /CUDA_ERROR_(?:DEVICE_UNAVAILABLE|LAUNCH_FAILED|LAUNCH_TIMEOUT|ILLEGAL_ADDRESS|ECC_UNCORRECTABLE|HARDWARE_STACK_ERROR|DEVICE_NOT_LICENSED)/,
    cause: 'gpu-lost',
    reason: (_what, _platform, match) =>
      `The card does not run programs now (${match[0]}). Restart the computer; check heat, power and overclocking.`,
  },
  {
    pattern: /OpenEncodeSessionEx failed: (?:out of memory|[^\n]*\((?:10|21)\))|incompatible client key/i,
    cause: 'sessions-full',
    reason: () =>
      'The driver refused one more NVENC session: its limit is reached (other programs such as OBS, ShadowPlay or Plex count too), or the card has no free memory.',
  },
  {
    pattern: /OpenEncodeSessionEx failed: (?:unsupported device|no encode device)|OpenEncodeSessionEx failed: [^\n]*\((?:1|2)\)/i,
    cause: 'no-nvenc',
    reason: () => 'This card has no video encoder (NVENC).',
  },
  {
    pattern:
      /Codec not supported|doesn't support required NVENC features|No capable devices found|Hardware is lacking required capabilities|not support(?:ed)? (?:by|on) (?:this|the) (?:device|GPU|hardware)/i,
    cause: 'codec-unsupported',
    reason: (what) => `This card cannot do ${what}.`,
  },
  {
    pattern: /CUDA_ERROR_OUT_OF_MEMORY|out of memory/i,
    cause: 'out-of-memory',
    reason: (what) => `The card's memory is full, so ${what} could not be tried. Close other programs that use the card.`,
  },
  {
    pattern: /CUDA_ERROR_[A-Z_]+/,
    cause: 'unknown',
    reason: (what, _platform, match) => `CUDA failed while trying ${what} (${match[0]}).`,
  },
];
