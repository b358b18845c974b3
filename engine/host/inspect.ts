import type { Hardware } from '../api/hardware.ts';
import { detectHardware } from '../gpu/detect.ts';
import { NvidiaSmi } from '../gpu/nvidia-smi.ts';
import { probeFfmpeg } from '../gpu/probe.ts';

/**
 * Looks at this machine's GPUs and tries everything once, without an engine and without keeping the outcome.
 * Rejects only with the signal's reason.
 */
export function inspectHardware(signal: AbortSignal): Promise<Hardware> {
  return detectHardware({ smi: new NvidiaSmi(), fresh: true, signal });
}

/** What the bundled FFmpeg is, asked in a process of its own, so that one that crashes while loading is only a failed check. */
export function inspectFfmpeg(signal: AbortSignal): ReturnType<typeof probeFfmpeg> {
  return probeFfmpeg({ signal });
}
