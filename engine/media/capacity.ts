import type { Capacity, DeviceCapacity, VideoProfile } from '../api/media.ts';

/** Share of real time a device may take for a segment; the rest is room for peaks. */
export const REALTIME_LIMIT = 0.8;
/** Share of the upload bandwidth that renditions may fill. */
const UPLOAD_SHARE = 0.8;

/** The ladder the benchmark runs: what most streams of the network ask for. */
export const STANDARD_LADDER: readonly VideoProfile[] = [
  rung('240p', 426, 240, 250_000),
  rung('360p', 640, 360, 800_000),
  rung('480p', 854, 480, 1_600_000),
  rung('720p', 1280, 720, 3_000_000),
];

function rung(name: string, width: number, height: number, bitrate: number): VideoProfile {
  return {
    name,
    width,
    height,
    bitrate,
    fps: 0,
    fpsDen: 1,
    container: 'mpegts',
    profile: 'default',
    gop: 'default',
    codec: 'h264',
    quality: 0,
  };
}

/** What is known about one device's capacity. */
export interface DeviceFacts {
  readonly id: string;
  readonly kind: 'gpu' | 'cpu';
  /** Sessions found by the benchmark; absent = not measured. */
  readonly measured?: number;
  readonly quarantined: boolean;
  /** Sessions to assume while not measured. */
  readonly assumed: number;
  /** The user's own number for this device; it wins over what was measured. */
  readonly configured?: number;
}

/** What bounds the machine as a whole. */
export interface CapacityLimits {
  /** The user's own number for the whole machine; it wins over everything measured. */
  readonly configured?: number;
  /** Concurrent NVENC sessions of the system, one per rendition; null = no limit is known. */
  readonly nvencSessions?: number | null;
  /** Upload bandwidth, bits per second; absent = unknown, no bound. */
  readonly uploadBitsPerSecond?: number;
  /** Renditions and bits per second of a typical session; the standard ladder's when left out. */
  readonly renditions?: number;
  readonly bitsPerSecond?: number;
}

/**
 * Sessions this machine can take, per device and in all. Devices are filled in order; a shared bound (NVENC sessions,
 * upload) that runs out leaves less for the later ones. A quarantined device counts nothing.
 */
export function composeCapacity(devices: readonly DeviceFacts[], limits: CapacityLimits): Capacity {
  const renditions = limits.renditions ?? STANDARD_LADDER.length;
  const bits = limits.bitsPerSecond ?? STANDARD_LADDER.reduce((sum, { bitrate }) => sum + bitrate, 0);
  const nvenc = limits.nvencSessions ?? null;
  let nvencLeft = nvenc === null ? Number.POSITIVE_INFINITY : Math.floor(nvenc / renditions);
  let uploadLeft =
    limits.uploadBitsPerSecond === undefined
      ? Number.POSITIVE_INFINITY
      : Math.max(1, Math.floor((limits.uploadBitsPerSecond * UPLOAD_SHARE) / bits));
  let configuredLeft = limits.configured ?? Number.POSITIVE_INFINITY;
  const usable = devices.filter(({ quarantined }) => !quarantined).length;
  const list = devices.map((device): DeviceCapacity => {
    if (device.quarantined) return { device: device.id, sessions: 0, boundBy: 'speed', quarantined: true };
    if (limits.configured !== undefined) {
      const share = Math.ceil(limits.configured / Math.max(1, usable));
      const sessions = Math.min(configuredLeft, share, device.configured ?? share);
      configuredLeft -= sessions;
      return { device: device.id, sessions, boundBy: 'configured', quarantined: false };
    }
    let sessions = device.configured ?? device.measured ?? device.assumed;
    let boundBy: DeviceCapacity['boundBy'] =
      device.configured !== undefined ? 'configured' : device.measured === undefined ? 'default' : 'speed';
    if (device.kind === 'gpu' && nvencLeft < sessions) {
      sessions = nvencLeft;
      boundBy = 'nvenc';
    }
    if (uploadLeft < sessions) {
      sessions = uploadLeft;
      boundBy = 'upload';
    }
    if (device.kind === 'gpu') nvencLeft -= sessions;
    uploadLeft -= sessions;
    return { device: device.id, sessions, boundBy, quarantined: false };
  });
  const measured = devices.some((device) => device.measured !== undefined);
  return {
    sessions: list.reduce((sum, { sessions }) => sum + sessions, 0),
    source: limits.configured !== undefined ? 'configured' : measured ? 'benchmark' : 'default',
    devices: list,
  };
}

/** One try of the benchmark: how long `sessions` segments at once took, as a share of their own length. */
export type Trial = (sessions: number) => Promise<number>;

/**
 * The last number of concurrent sessions with a real-time ratio of at most 0.8: doubles until one fails, then halves the
 * gap. At least 1, since a device that is a little too slow for the whole ladder still serves smaller ones. `outOfTime`
 * ends the search early with the best number so far.
 */
export async function searchCapacity(trial: Trial, most: number, outOfTime: () => boolean): Promise<number> {
  let good = 0;
  let bad = most + 1;
  let next = 1;
  while (next < bad && next > good && !outOfTime()) {
    if ((await trial(next)) <= REALTIME_LIMIT) good = next;
    else bad = next;
    next = bad > most ? Math.min(most, good * 2) : Math.floor((good + bad) / 2);
    if (next <= good) break;
  }
  return Math.max(1, good);
}
