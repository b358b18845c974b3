import type { GpuAbilities } from '../api/hardware.ts';
import type { DeviceRef, VideoProfile } from '../api/media.ts';
import { encoderFor } from './encoder-plan.ts';

/** A device to transcode on: one GPU, or the machine's processor. */
export type DeviceSpec =
  | {
      readonly kind: 'gpu';
      /** `GPU-…` or `MIG-…`, as the driver names it. */
      readonly id: string;
      readonly name: string;
      readonly abilities: GpuAbilities;
    }
  | {
      readonly kind: 'cpu';
      readonly id: 'cpu';
      readonly name: string;
      /** Logical cores it may fill. */
      readonly cores: number;
    };

/** Cores a GPU's worker uses for what the GPU doesn't do (demuxing, muxing, software decoding of odd formats). */
export const GPU_WORKER_CORES = 4;

/** The device as results name it. */
export function deviceRef(spec: DeviceSpec, encoder: string): DeviceRef {
  return { kind: spec.kind, id: spec.id, name: spec.name, encoder };
}

/** True when the device can encode all of the profiles, as far as was probed. */
export function canEncode(spec: DeviceSpec, profiles: readonly VideoProfile[]): boolean {
  return profiles.every(({ codec }) => {
    if (encoderFor(codec, spec.kind) === undefined) return false;
    if (spec.kind === 'cpu') return true;
    const probe = codec === 'h264' || codec === 'hevc' || codec === 'av1' ? spec.abilities.encode[codec] : undefined;
    return probe?.ok ?? false;
  });
}

/** Estimated load of a session: pixels encoded per second (reference: transcoder.md §10, core/lb.go). */
export function sessionCost(profiles: readonly VideoProfile[]): number {
  return profiles.reduce((sum, { width, height, fps, fpsDen }) => {
    const rate = fps === 0 ? 30 : Math.floor(fps / (fpsDen || 1));
    return sum + width * height * rate;
  }, 0);
}
