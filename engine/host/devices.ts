import type { DeviceUse } from '../api/availability.ts';
import type { Gpu, Hardware } from '../api/hardware.ts';
import type { DeviceFact } from '../availability/facts.ts';
import type { Config } from '../config/schema.ts';
import { isReady } from '../gpu/verdict.ts';
import type { DeviceSpec } from '../media/device-spec.ts';

/** One device that work could run on, as the hardware and the settings say. */
export interface DeviceChoice extends DeviceFact {
  readonly sessions: number | 'auto';
  /** How to use it; absent where it cannot be used now. */
  readonly spec?: DeviceSpec;
  readonly state: 'ready' | 'off' | 'lost' | 'spare';
}

/**
 * The devices of this machine: every GPU that can encode, or could when it were switched on or back, and the processor. It
 * works when there is no such GPU: a card that is switched off or lost is no reason to fill the processor instead.
 */
export function deviceChoices(hardware: Hardware, config: Config): DeviceChoice[] {
  const gpus = hardware.gpus.flatMap((gpu) => gpuChoice(gpu, config) ?? []);
  const { enabled, sessions } = config.cpu;
  const spec: DeviceSpec = { kind: 'cpu', id: 'cpu', name: hardware.cpu.model, cores: hardware.cpu.cores };
  const cpu = { id: 'cpu', name: hardware.cpu.model, kind: 'cpu', enabled, sessions } as const;
  if (gpus.length > 0) return [...gpus, { ...cpu, usable: false, state: 'spare' }];
  return [{ ...cpu, usable: true, state: enabled ? 'ready' : 'off', ...(enabled ? { spec } : {}) }];
}

function gpuChoice(gpu: Gpu, config: Config): DeviceChoice | undefined {
  const { enabled = true, sessions = 'auto' } = config.gpus[gpu.uuid] ?? {};
  const about = { id: gpu.uuid, name: gpu.name, kind: 'gpu', enabled, sessions } as const;
  const cannot = gpu.abilities?.encode.h264.ok === false;
  if (!enabled || gpu.state === 'disabled') return cannot ? undefined : { ...about, usable: false, state: 'off' };
  if (isReady(gpu) && gpu.abilities) {
    return {
      ...about,
      usable: true,
      state: 'ready',
      spec: { kind: 'gpu', id: gpu.uuid, name: gpu.name, abilities: gpu.abilities },
    };
  }
  // Lost before it was ever tried, or it cannot encode: as if it were not there.
  if (gpu.state !== 'lost' || gpu.abilities === null || cannot) return undefined;
  return { ...about, usable: false, state: 'lost', why: gpu.stateReason ?? 'it stopped answering' };
}

/** What happens to a device just now, where that differs from what is wanted. */
export interface DeviceActivity {
  readonly kind: 'starting' | 'draining' | 'failed';
  readonly text?: string;
}

/** One device as it is shown. */
export function deviceUse(
  { id, name, enabled, sessions, state, why }: DeviceChoice,
  now: {
    readonly streams: number;
    readonly pid: number | undefined;
    readonly resting: boolean;
    readonly activity: DeviceActivity | undefined;
  },
): DeviceUse {
  const { streams, pid, resting, activity } = now;
  const idle = state === 'ready' ? (resting ? 'resting' : 'starting') : state;
  // Off means that no process uses it, so a device that was switched off this moment is still on its way there.
  const busy = state === 'ready' ? 'working' : state === 'off' ? 'draining' : state;
  const text = activity?.text ?? why;
  return {
    id,
    name,
    enabled,
    sessions,
    state: activity?.kind ?? (pid === undefined ? idle : busy),
    ...(text === undefined ? {} : { text }),
    streams,
    workerPid: pid ?? null,
  };
}
