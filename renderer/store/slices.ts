import { fold } from '../../engine/api/fold.ts';
import type { GpuSample } from '../../engine/api/hardware.ts';
import type { EngineSnapshot, WatchEvent } from '../../engine/api/snapshot.ts';
import type { ConnectionNews } from '../api/engine-client.ts';
import { type Activity, countSegments, NO_ACTIVITY } from '../model/activity.ts';
import type { Slice } from './event-store.ts';

/** Everything the store hears: the engine's watch, and the connection to it. */
export type EngineEvent = WatchEvent | ConnectionNews | { readonly kind: 'no-token' };

/** How this page stands with the engine. */
export interface Connection {
  readonly phase: 'connecting' | 'live' | 'lost' | 'unauthorized' | 'no-token';
  /** Failed attempts in a row. */
  readonly attempt: number;
  /** Start of the next attempt, milliseconds since the Unix epoch. */
  readonly retryAtMs?: number;
}

/** Follows the connection; it counts as live only once a snapshot has come through it. */
export const connectionSlice: Slice<Connection, EngineEvent> = {
  initial: { phase: 'connecting', attempt: 0 },
  fold: (state, event) => {
    switch (event.kind) {
      case 'no-token':
      case 'unauthorized':
        return { phase: event.kind, attempt: 0 };
      case 'closed': {
        const phase = state.phase === 'connecting' && event.attempt < 3 ? 'connecting' : 'lost';
        return { phase, attempt: event.attempt, retryAtMs: event.retryAtMs };
      }
      case 'snapshot':
        return { phase: 'live', attempt: 0 };
      default:
        return state;
    }
  },
};

/** The engine's state as folded here. */
export interface Live {
  readonly snapshot: EngineSnapshot | null;
  /** An update was missed: the snapshot is of the past until a new one comes. */
  readonly gap: boolean;
}

/** Folds the engine's updates with the contract's own function. */
export const liveSlice: Slice<Live, EngineEvent> = {
  initial: { snapshot: null, gap: false },
  fold: (state, event) => {
    if (event.kind === 'snapshot') return { snapshot: event.snapshot, gap: false };
    if (event.kind !== 'update' || state.gap) return state;
    const next = state.snapshot ? fold(state.snapshot, event.update) : undefined;
    return next ? { snapshot: next, gap: false } : { ...state, gap: true };
  },
};

/** Finished work of the last ten minutes. */
export const activitySlice: Slice<Activity, EngineEvent> = {
  initial: NO_ACTIVITY,
  fold: (state, event) => {
    if (event.kind === 'snapshot') return countSegments(state, event.snapshot.segments);
    if (event.kind === 'update' && event.update.segments) return countSegments(state, event.update.segments);
    return state;
  },
};

/** The latest readings of each GPU, oldest first, by UUID. */
export type GpuTrails = Readonly<Record<string, readonly GpuSample[]>>;

/** Readings kept per GPU. */
export const TRAIL_LENGTH = 90;

/** Keeps a short trail of readings per GPU for the small curves. */
export const gpuTrailsSlice: Slice<GpuTrails, EngineEvent> = {
  initial: {},
  fold: (state, event) => {
    const samples =
      event.kind === 'snapshot'
        ? (event.snapshot.hardware?.gpus ?? []).flatMap((gpu) => (gpu.sample ? [gpu.sample] : []))
        : event.kind === 'update'
          ? (event.update.gpuSamples ?? [])
          : [];
    let next = state;
    for (const sample of samples) {
      const trail = next[sample.uuid] ?? [];
      const last = trail[trail.length - 1];
      if (last && last.atMs >= sample.atMs) continue;
      next = { ...next, [sample.uuid]: [...trail.slice(1 - TRAIL_LENGTH), sample] };
    }
    return next;
  },
};
