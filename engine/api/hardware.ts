import type { ErrorInfo } from './errors.ts';

/** Outcome of really trying something on a device. */
export interface Probe {
  readonly ok: boolean;
  /** Plain words when it failed; absent when ok. */
  readonly reason?: string;
}

/** What one GPU can do, as tried on it. Null = not tried yet. */
export interface GpuAbilities {
  readonly encode: { readonly h264: Probe; readonly hevc: Probe; readonly av1: Probe };
  readonly decode: { readonly h264: Probe; readonly hevc: Probe };
  readonly scale: Probe;
}

/** One NVIDIA GPU. Unknown numbers are null, never zero. */
export interface Gpu {
  /** `GPU-…` or, for a MIG slice, `MIG-…`. */
  readonly uuid: string;
  /** Index as `nvidia-smi` counts. */
  readonly index: number;
  readonly name: string;
  readonly pciBusId: string;
  readonly memoryTotalBytes: number | null;
  readonly driverVersion: string;
  readonly state: 'ok' | 'lost' | 'disabled' | 'quarantined';
  /** Plain words for a state other than ok. */
  readonly stateReason?: string;
  readonly abilities: GpuAbilities | null;
  readonly sample: GpuSample | null;
}

/** One reading of a GPU's sensors. Percentages 0–100, temperatures °C, power watts. */
export interface GpuSample {
  readonly uuid: string;
  readonly atMs: number;
  readonly temperatureC: number | null;
  readonly powerW: number | null;
  readonly powerLimitW: number | null;
  readonly utilisationPercent: number | null;
  readonly encoderPercent: number | null;
  readonly decoderPercent: number | null;
  readonly memoryUsedBytes: number | null;
  readonly nvencSessions: number | null;
}

/** The NVENC session budget of the system: GeForce drivers cap concurrent sessions per system, one per rendition. */
export interface NvencBudget {
  /**
   * The cap as met when last measured: sessions that could still be opened, plus those open then (ours, and other programs'
   * where the driver tells), so that free = total − used. Null = no limit was met up to `testedUpTo`.
   */
  readonly total: number | null;
  /** Sessions in use now: ours and, where the driver tells, other programs'. */
  readonly used: number;
  readonly ours: number;
  readonly testedUpTo: number;
  readonly measuredAtMs: number;
}

/** The honest one-line verdict on this machine. */
export interface HardwareVerdict {
  readonly kind: 'nvenc' | 'cpu';
  readonly title: string;
  readonly text: string;
  readonly nextStep?: string;
  readonly error?: ErrorInfo;
}

/** Everything known about this machine's hardware. */
export interface Hardware {
  readonly detectedAtMs: number;
  readonly verdict: HardwareVerdict;
  readonly gpus: readonly Gpu[];
  readonly cpu: { readonly model: string; readonly cores: number; readonly memoryBytes: number };
  readonly nvenc: NvencBudget | null;
}
