import { describe, expect, test } from 'vitest';
import type { EngineUpdate, WatchEvent } from '../../../engine/api/snapshot.ts';
import { createEngineStore, followEngine } from '../../../renderer/store/engine-store.ts';
import { TRAIL_LENGTH } from '../../../renderer/store/slices.ts';
import { sampleOf, segmentOf, snapshotOf, THREE_GPUS } from '../../support/fake-engine-data.ts';

const NOW = 1_800_000_000_000;

/** A client whose watches the test drives by hand. */
function makeClient() {
  const watches: Array<{ send(event: WatchEvent): void; end(): void; stopped: boolean }> = [];
  const timers: Array<() => void> = [];
  const events = createEngineStore((publish) => publish());
  const stop = followEngine(
    {
      watch: (onEvent, onEnd) => {
        const watch = { send: onEvent, end: () => onEnd(undefined), stopped: false };
        watches.push(watch);
        return () => {
          watch.stopped = true;
        };
      },
    },
    events,
    (run) => timers.push(run),
  );
  const snapshot = snapshotOf('siphon', NOW);
  const update = (seq: number, change: Omit<EngineUpdate, 'seq'> = {}): WatchEvent => ({
    kind: 'update',
    update: { seq, ...change },
  });
  return { watches, timers, events, stop, snapshot, update };
}

describe('following the engine', () => {
  test('updates are folded onto the snapshot', () => {
    const { watches, events, snapshot, update } = makeClient();
    watches[0]?.send({ kind: 'snapshot', snapshot });
    watches[0]?.send(update(2, { run: { state: 'draining', sinceMs: NOW, inFlight: 1 } }));
    expect(events.store.getState().live.snapshot).toMatchObject({ seq: 2, run: { state: 'draining' } });
    expect(events.store.getState().connection.phase).toBe('live');
  });

  test('after a gap nothing is folded until a new watch brings a snapshot', () => {
    const { watches, timers, events, snapshot, update } = makeClient();
    watches[0]?.send({ kind: 'snapshot', snapshot });
    watches[0]?.send(update(4));
    watches[0]?.send(update(5));
    expect(events.current().live).toMatchObject({ gap: true, snapshot: { seq: 1 } });
    expect(timers).toHaveLength(1);
    timers[0]?.();
    expect(watches[0]?.stopped).toBe(true);
    expect(watches).toHaveLength(2);
    watches[1]?.send({ kind: 'snapshot', snapshot: { ...snapshot, seq: 9 } });
    watches[1]?.send(update(10));
    expect(events.current().live).toMatchObject({ gap: false, snapshot: { seq: 10 } });
  });

  test('a watch that the engine ends is started again', () => {
    const { watches, timers } = makeClient();
    watches[0]?.end();
    timers[0]?.();
    expect(watches).toHaveLength(2);
  });

  test('once stopped, no watch starts and no event counts', () => {
    const { watches, timers, events, stop, snapshot } = makeClient();
    stop();
    expect(watches[0]?.stopped).toBe(true);
    watches[0]?.send({ kind: 'snapshot', snapshot });
    watches[0]?.end();
    for (const timer of timers) timer();
    expect(watches).toHaveLength(1);
    expect(events.current().live.snapshot).toBeNull();
  });

  test('a lost connection keeps what was known, and the next snapshot replaces it', () => {
    const { watches, events, snapshot } = makeClient();
    watches[0]?.send({ kind: 'snapshot', snapshot });
    events.push({ kind: 'closed', attempt: 1, retryAtMs: NOW + 250 });
    expect(events.current().connection).toEqual({ phase: 'lost', attempt: 1, retryAtMs: NOW + 250 });
    expect(events.current().live.snapshot).toBe(snapshot);
    watches[0]?.send({ kind: 'snapshot', snapshot: { ...snapshot, seq: 1, segments: [] } });
    expect(events.current()).toMatchObject({ connection: { phase: 'live' }, live: { snapshot: { segments: [] } } });
  });

  test('the first attempts are connecting, not lost', () => {
    const { events } = makeClient();
    events.push({ kind: 'closed', attempt: 1, retryAtMs: NOW });
    expect(events.current().connection.phase).toBe('connecting');
    events.push({ kind: 'closed', attempt: 3, retryAtMs: NOW });
    expect(events.current().connection.phase).toBe('lost');
  });

  test('readings make a trail of bounded length, and an old one is not added', () => {
    const { watches, events, snapshot, update } = makeClient();
    watches[0]?.send({ kind: 'snapshot', snapshot: { ...snapshot, hardware: null } });
    const uuid = THREE_GPUS[0]?.uuid ?? '';
    for (let tick = 0; tick < TRAIL_LENGTH + 10; tick += 1)
      watches[0]?.send(update(2 + tick, { gpuSamples: [{ ...sampleOf(uuid, 24, tick), atMs: NOW + tick }] }));
    watches[0]?.send(update(2 + TRAIL_LENGTH + 10, { gpuSamples: [{ ...sampleOf(uuid, 24, 0), atMs: NOW }] }));
    const trail = events.current().gpuTrails[uuid] ?? [];
    expect(trail).toHaveLength(TRAIL_LENGTH);
    expect(trail.at(-1)?.atMs).toBe(NOW + TRAIL_LENGTH + 9);
  });

  test('finished segments of snapshot and updates become activity', () => {
    const { watches, events, snapshot, update } = makeClient();
    const [session] = snapshot.sessions;
    if (!session) throw new Error('the scenario has a session');
    watches[0]?.send({ kind: 'snapshot', snapshot: { ...snapshot, segments: [segmentOf(session, 1, 'done', NOW)] } });
    watches[0]?.send(update(2, { segments: [segmentOf(session, 2, 'done', NOW)] }));
    expect(events.current().activity.buckets.reduce((sum, bucket) => sum + bucket.done, 0)).toBe(2);
  });
});
