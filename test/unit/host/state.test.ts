import { describe, expect, test } from 'vitest';
import { NOTHING_KNOWN } from '../../../engine/api/availability.ts';
import { fold } from '../../../engine/api/fold.ts';
import type { EngineSnapshot, SegmentRecord, WatchEvent } from '../../../engine/api/snapshot.ts';
import { EMPTY_TOTALS } from '../../../engine/api/snapshot.ts';
import { emptyEstimate } from '../../../engine/host/estimate.ts';
import { SETUP_DONE } from '../../../engine/host/setup.ts';
import { EngineState } from '../../../engine/host/state.ts';

function initial(): EngineSnapshot {
  return {
    seq: 0,
    engine: { version: '0', startedAtMs: 0, pid: 1, dataDir: '', node: '', ffmpeg: '', platform: '' },
    choices: { nodeMode: 'video', deploymentType: 'practice', scale: 'one-gpu' },
    run: { state: 'starting', sinceMs: 0, inFlight: 0 },
    link: null,
    hardware: null,
    capacity: null,
    sessions: [],
    segments: [],
    today: EMPTY_TOTALS,
    sinceStart: EMPTY_TOTALS,
    problems: [],
    practice: null,
    previews: [],
    orchestrator: null,
    remote: null,
    fleet: [],
    availability: NOTHING_KNOWN,
    yesterday: EMPTY_TOTALS,
    setup: SETUP_DONE,
    estimate: emptyEstimate(),
  };
}

function segment(id: string, state: SegmentRecord['state'] = 'downloading'): SegmentRecord {
  return {
    id,
    sessionId: 's',
    manifestId: 'm',
    seq: 1,
    state,
    startedAtMs: 0,
    durationMs: 2000,
    sourceBytes: 0,
    decodedPixels: 0,
    encodedPixels: 0,
    renditions: [],
    hops: {},
  };
}

async function collect(state: EngineState, count: number, act: () => void): Promise<WatchEvent[]> {
  const controller = new AbortController();
  const events: WatchEvent[] = [];
  for await (const event of state.watch(controller.signal)) {
    if (events.push(event) === 1) act();
    if (events.length === count) controller.abort();
  }
  return events;
}

describe('EngineState', () => {
  test('a watcher gets the snapshot first, then updates that fold to the same state', async () => {
    using state = new EngineState(initial());
    state.change({ segments: [segment('a')] });
    const events = await collect(state, 2, () => state.change({ segments: [segment('a', 'done'), segment('b')] }));
    const [first, second] = events;
    if (first?.kind !== 'snapshot' || second?.kind !== 'update') throw new Error('wrong order');
    expect(first.snapshot.segments.map((s) => s.id)).toEqual(['a']);
    const folded = fold(first.snapshot, second.update);
    expect(folded).toEqual(state.snapshot);
    expect(folded?.segments.map((s) => [s.id, s.state])).toEqual([
      ['b', 'downloading'],
      ['a', 'done'],
    ]);
  });

  test('many changes within the coalescing time become one update', async () => {
    using state = new EngineState(initial());
    const events = await collect(state, 2, () => {
      for (let n = 0; n < 500; n += 1) state.change({ segments: [segment(`s${n % 10}`, n < 490 ? 'transcoding' : 'done')] });
    });
    const update = events[1];
    if (update?.kind !== 'update') throw new Error('no update');
    expect(update.update.segments).toHaveLength(10);
    expect(update.update.segments?.every((s) => s.state === 'done')).toBe(true);
  });

  test('a watcher too slow to keep up is given a fresh snapshot instead of a growing backlog', async () => {
    using state = new EngineState(initial());
    const controller = new AbortController();
    const watch = state.watch(controller.signal)[Symbol.asyncIterator]();
    expect((await watch.next()).value?.kind).toBe('snapshot');
    const reading = watch.next();
    for (let n = 0; n < 200; n += 1) {
      state.change({ segments: [segment(`s${n}`)] });
      state.flush();
    }
    const next = (await reading).value;
    if (next?.kind !== 'snapshot') throw new Error(`expected a snapshot, got ${next?.kind}`);
    expect(next.snapshot.seq).toBe(200);
    controller.abort();
    await watch.return(undefined);
  });

  test('a gap in the numbers is noticed by fold', () => {
    expect(fold(initial(), { seq: 2 })).toBeUndefined();
  });

  test('only the last hundred segments are kept', () => {
    using state = new EngineState(initial());
    for (let n = 0; n < 250; n += 1) state.change({ segments: [segment(`s${n}`)] });
    expect(state.snapshot.segments).toHaveLength(100);
    expect(state.snapshot.segments[0]?.id).toBe('s249');
  });
});
