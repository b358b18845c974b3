import type { GpuSample, Hardware } from './hardware.ts';
import { type EngineSnapshot, type EngineUpdate, RECENT_SEGMENTS, RECENT_SESSIONS } from './snapshot.ts';

/**
 * Folds one update into a snapshot; the same function serves the engine (to keep its own snapshot) and every client.
 * Returns undefined when `update.seq` does not follow the snapshot: the client then asks for a new snapshot.
 */
export function fold(snapshot: EngineSnapshot, update: EngineUpdate): EngineSnapshot | undefined {
  if (update.seq !== snapshot.seq + 1) return undefined;
  const { sessions, segments, gpuSamples, hardware, ...replaced } = update;
  const nextHardware = withSamples(hardware ?? snapshot.hardware, gpuSamples);
  return {
    ...snapshot,
    ...replaced,
    hardware: nextHardware,
    sessions: upsert(snapshot.sessions, sessions, RECENT_SESSIONS),
    segments: upsert(snapshot.segments, segments, RECENT_SEGMENTS),
  };
}

function withSamples(hardware: Hardware | null, samples: readonly GpuSample[] | undefined): Hardware | null {
  if (!hardware || !samples || samples.length === 0) return hardware;
  const byUuid = new Map(samples.map((sample) => [sample.uuid, sample]));
  return { ...hardware, gpus: hardware.gpus.map((gpu) => ({ ...gpu, sample: byUuid.get(gpu.uuid) ?? gpu.sample })) };
}

/** Replaces items with the same id in place, puts new ones first, keeps at most `limit`. */
function upsert<T extends { readonly id: string }>(
  items: readonly T[],
  changed: readonly T[] | undefined,
  limit: number,
): readonly T[] {
  if (!changed || changed.length === 0) return items;
  const byId = new Map(changed.map((item) => [item.id, item]));
  const kept = items.map((item) => {
    const replacement = byId.get(item.id);
    if (replacement) byId.delete(item.id);
    return replacement ?? item;
  });
  return [...[...byId.values()].reverse(), ...kept].slice(0, limit);
}
