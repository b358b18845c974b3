import type { EngineClient } from '../api/engine-client.ts';
import type { Activity } from '../model/activity.ts';
import { createEventStore, type EventStore } from './event-store.ts';
import {
  activitySlice,
  type Connection,
  connectionSlice,
  type EngineEvent,
  type GpuTrails,
  gpuTrailsSlice,
  type Live,
  liveSlice,
} from './slices.ts';

/** What the page knows. A later page adds its slice here. */
export interface EngineState {
  readonly connection: Connection;
  readonly live: Live;
  readonly activity: Activity;
  readonly gpuTrails: GpuTrails;
}

/** The page's one store of the engine's events. */
export type EngineStore = EventStore<EngineState, EngineEvent>;

/** Makes the store; `schedule` is the page's `requestAnimationFrame`. */
export function createEngineStore(schedule: (publish: () => void) => void): EngineStore {
  return createEventStore<EngineState, EngineEvent>(
    { connection: connectionSlice, live: liveSlice, activity: activitySlice, gpuTrails: gpuTrailsSlice },
    schedule,
  );
}

/** How long after a watch that the engine ended the next one starts, milliseconds. */
const REWATCH_MS = 1_000;

/**
 * Feeds the engine's watch into the store, and starts it over, with a snapshot, after a gap or an end.
 * Returns a function that stops it for good.
 */
export function followEngine(
  client: Pick<EngineClient, 'watch'>,
  events: EngineStore,
  later: (run: () => void, ms: number) => unknown = setTimeout,
): () => void {
  let stopped = false;
  let stop = () => {};
  const start = () => {
    if (stopped) return;
    let ended = false;
    const end = client.watch(
      (event) => {
        if (ended || stopped) return;
        events.push(event);
        if (!events.current().live.gap) return;
        ended = true;
        // Not from inside the delivery: the subscription may still be handing out this very event.
        later(() => {
          end();
          start();
        }, 0);
      },
      () => {
        if (ended || stopped) return;
        ended = true;
        later(start, REWATCH_MS);
      },
    );
    stop = end;
  };
  start();
  return () => {
    stopped = true;
    stop();
  };
}
