import { describe, expect, test } from 'vitest';
import type { RigView } from '../../../engine/api/fleet.ts';
import type { RigSummary } from '../../../engine/api/rig-summary.ts';
import { rigAddress } from '../../../renderer/app/machines.tsx';
import { describeMachine, type Machine, machinesOf, runActionOf, sumFleet } from '../../../renderer/model/fleet.ts';
import { rigEvent } from '../../../renderer/model/rig-snapshot.ts';
import { en } from '../../../renderer/text/en.ts';
import { createFormats } from '../../../renderer/text/formats.ts';

const formats = createFormats('en');
const SUMMARY: RigSummary = {
  version: '0.1.0',
  platform: 'linux x64',
  deploymentType: 'siphon',
  run: { state: 'running' },
  link: { serviceUri: 'https://o.example:8935', state: 'registered' },
  gpus: [{ name: 'RTX', state: 'ok', temperatureC: 70, utilisationPercent: 5 }],
  streams: { used: 2, total: 5 },
  today: { segments: 10, failed: 0, mediaMs: 20_000, encodedPixels: 1 },
  problems: { count: 1, worst: 'warning', title: 'Hot' },
};
const RIG: RigView = {
  id: 'a',
  name: 'Cellar',
  kind: 'paired',
  address: '10.0.0.2:17936',
  rights: 'full',
  state: 'live',
  sinceMs: 0,
  lastSeenAtMs: 0,
  summary: SUMMARY,
};
const machine = (more: Partial<RigView> = {}): Machine => {
  const rig = { ...RIG, ...more };
  return { id: rig.id, name: rig.name, state: rig.state, summary: rig.summary, rig };
};
const say = (each: Machine) => describeMachine(each, 60_000, en, formats);

describe('a machine of the fleet', () => {
  test('is told by what it does while it is reached, and by that it is not when it is not', () => {
    expect(say(machine())).toEqual({ tone: 'working', sentence: 'Working on 2 streams.' });
    expect(say(machine({ state: 'away' }))).toMatchObject({ tone: 'connecting', sentence: 'Not reached.' });
    expect(say(machine({ state: 'away', lastSeenAtMs: 1, nextAttemptAtMs: 65_000 }))).toMatchObject({
      sentence: expect.stringContaining('last seen'),
      detail: expect.stringContaining('5'),
    });
    expect(say(machine({ state: 'untrusted' })).tone).toBe('problem');
  });

  test('of another version is shown with what is known', () => {
    expect(say(machine({ summary: { ...SUMMARY, run: { state: 'dreaming' } } })).sentence).toBe(en.fleet.state.unknown);
    expect(say(machine({ summary: { ...SUMMARY, run: null } })).sentence).toBe(en.fleet.state.unknown);
  });

  test('can be paused or resumed only where that does something', () => {
    expect(runActionOf(machine())).toBe('pause');
    expect(runActionOf(machine({ summary: { ...SUMMARY, run: { state: 'paused' } } }))).toBe('resume');
    expect(runActionOf(machine({ rights: 'read-only' }))).toBeNull();
    expect(runActionOf(machine({ state: 'away' }))).toBeNull();
  });

  test('counts into the sums: of one that is away only what it did today', () => {
    const machines = machinesOf(
      SUMMARY,
      true,
      [RIG, { ...RIG, id: 'b', state: 'away' }, { ...RIG, id: 'c', state: 'refused' }],
      'Here',
    );
    expect(sumFleet(machines)).toEqual({
      live: 2,
      machines: 4,
      streams: 4,
      capacity: 10,
      mediaMs: 80_000,
      hottestC: 70,
      problems: 3,
    });
  });
});

describe('showing a rig', () => {
  test('its addresses are below the engine’s that passes them on', () => {
    expect(rigAddress({ httpUrl: 'http://127.0.0.1:1/', wsUrl: 'ws://127.0.0.1:1/trpc', token: 't' }, 'a1')).toEqual({
      httpUrl: 'http://127.0.0.1:1/rigs/a1/',
      wsUrl: 'ws://127.0.0.1:1/rigs/a1/trpc',
      token: 't',
    });
  });

  test('a snapshot of an older version gets its missing parts, and never begins a first run here', () => {
    const event = rigEvent({ kind: 'snapshot', snapshot: { seq: 4, setup: { state: 'new', step: 'machine' } } as never });
    expect(event).toMatchObject({
      snapshot: { seq: 4, fleet: [], sessions: [], orchestrator: null, setup: { state: 'done' }, availability: { rules: [] } },
    });
  });
});
