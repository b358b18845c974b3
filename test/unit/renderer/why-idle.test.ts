import { describe, expect, test } from 'vitest';
import type { EngineSnapshot } from '../../../engine/api/snapshot.ts';
import { idleReasons, isIdle } from '../../../renderer/model/why-idle.ts';
import { en } from '../../../renderer/text/en.ts';
import { createFormats } from '../../../renderer/text/formats.ts';
import { snapshotOf } from '../../support/fake-engine-data.ts';

const NOW = new Date(2026, 10, 24, 14, 0, 0).getTime();
const formats = createFormats('en-GB');
const idle = (changes: Partial<EngineSnapshot> = {}): EngineSnapshot => ({
  ...snapshotOf('siphon', NOW),
  sessions: [],
  segments: [],
  ...changes,
});
const reasons = (snapshot: EngineSnapshot) => idleReasons(snapshot, NOW, en, formats);
const find = (snapshot: EngineSnapshot, id: string) => reasons(snapshot).find((reason) => reason.id === id);

describe('whether "why no work" is asked', () => {
  test('connected, running and without a stream', () => {
    expect(isIdle(idle())).toBe(true);
    expect(isIdle(snapshotOf('siphon', NOW))).toBe(false);
  });

  test('not during practice, a pause, or without a connection', () => {
    expect(isIdle(snapshotOf('empty', NOW))).toBe(false);
    expect(isIdle({ ...snapshotOf('paused', NOW), sessions: [] })).toBe(false);
    expect(isIdle(snapshotOf('refused', NOW))).toBe(false);
  });

  test('for an orchestrator of one’s own when no gateway’s stream is there', () => {
    expect(isIdle(snapshotOf('idle', NOW))).toBe(true);
    expect(isIdle(snapshotOf('solo', NOW))).toBe(false);
  });
});

describe('why no work', () => {
  test('a healthy machine is told that only the operator knows the rest', () => {
    const all = reasons(idle());
    expect(all.map(({ id, ok }) => [id, ok])).toEqual([
      ['demand', null],
      ['capacity', true],
      ['gpu', true],
      ['failures', true],
      ['link', true],
    ]);
    expect(all[0]?.text).toContain('None has come yet.');
    expect(find(idle(), 'link')?.text.replaceAll('\u00a0', ' ')).toBe('Registered with orchestrator.example:8935 for 3 min.');
  });

  test('what is in the way comes first', () => {
    const { capacity, today, hardware } = snapshotOf('siphon', NOW);
    if (!capacity || !hardware) throw new Error('the scenario has both');
    const snapshot = idle({
      capacity: { ...capacity, sessions: 0 },
      today: { ...today, segments: 100, failed: 30 },
      hardware: { ...hardware, verdict: { kind: 'cpu', title: 'CPU', text: '' } },
    });
    expect(
      reasons(snapshot)
        .filter(({ ok }) => ok === false)
        .map(({ id }) => id),
    ).toEqual(['capacity', 'gpu', 'failures']);
    expect(find(snapshot, 'failures')?.text).toContain('30 of today’s 100 segments failed');
  });

  test('a last segment slower than it plays is a reason, a few failures of few segments are none', () => {
    const [segment] = snapshotOf('siphon', NOW).segments;
    if (!segment) throw new Error('the scenario has segments');
    const slow = { ...segment, state: 'done' as const, realtimeFactor: 0.7 };
    expect(find(idle({ segments: [slow] }), 'speed')).toMatchObject({ ok: false, text: expect.stringContaining('0.7×') });
    expect(find(idle({ today: { ...snapshotOf('siphon', NOW).today, segments: 5, failed: 5 } }), 'failures')).toBeUndefined();
  });

  test('an orchestrator of one’s own shows the engine’s checklist, gravest first', () => {
    const snapshot = snapshotOf('idle', NOW);
    const list = reasons(snapshot);
    expect(list).toHaveLength(snapshot.orchestrator?.whyNoWork.length ?? -1);
    expect(list[0]?.ok).toBe(false);
  });
});
