import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { AvailabilityView, OwnPause } from '../../../engine/api/availability.ts';
import { Availability, type AvailabilityParameters } from '../../../engine/availability/availability.ts';
import { readBattery } from '../../../engine/availability/battery.ts';
import type { Decision } from '../../../engine/availability/combine.ts';
import { silentLog } from '../../../engine/base/log.ts';
import { settingsWith, TestClock } from './support.ts';

const started: Availability[] = [];
afterEach(() => {
  for (const each of started.splice(0)) each[Symbol.dispose]();
});

async function setup(changes: Partial<AvailabilityParameters> = {}) {
  const clock = new TestClock();
  const decisions: Decision[] = [];
  const kept: { pause: OwnPause | null } = { pause: null };
  let view: AvailabilityView | undefined;
  const availability = new Availability({
    settings: () => settingsWith({}),
    keeper: { read: () => kept.pause, write: (pause) => Object.assign(kept, { pause }) },
    clock,
    log: silentLog,
    battery: async () => 'mains',
    use: () => ({ needed: [], unknown: undefined }),
    onDecision: (decision) => decisions.push(decision),
    onView: (next) => {
      view = next;
    },
    tickMs: 60_000,
    ...changes,
  });
  started.push(availability);
  await availability.start();
  return { availability, clock, decisions, kept, view: () => view };
}

const presence = { onBattery: false, idleSeconds: 5, locked: false, suspending: false };

describe('the person’s own pause', () => {
  test('ends when its time has passed, however the clock was set meanwhile', async () => {
    const { availability, clock } = await setup();
    availability.pause({ forMs: 3_600_000 });
    const end = availability.decision.pause?.resumeAtMs;
    expect(end).toBe(clock.nowMs() + 3_600_000);
    // The clock is set back by a day: the pause is no longer for that, and says its new end.
    clock.wallMs -= 86_400_000;
    clock.pass(1_800_000);
    availability.look();
    expect(availability.decision.pause?.resumeAtMs).toBe(clock.nowMs() + 1_800_000);
    clock.pass(1_800_000);
    availability.look();
    expect(availability.decision.pause).toBeNull();
  });

  test('is over after the machine has slept through its end, although the monotonic clock stood still', async () => {
    const { availability, clock } = await setup();
    availability.pause({ forMs: 3_600_000 });
    clock.wallMs += 8 * 3_600_000;
    availability.look();
    expect(availability.decision.pause).toBeNull();
  });

  test('is kept for the next engine unless it was until then, and a kept one that is over is forgotten', async () => {
    const { availability, kept } = await setup();
    availability.pause({});
    expect(kept.pause).toMatchObject({ until: { kind: 'resume' } });
    availability.pause({ until: 'restart' });
    expect(kept.pause).toBeNull();
    const over = { sinceMs: 1, until: { kind: 'time' as const, atMs: 2 } };
    const second = await setup({ keeper: { read: () => over, write: () => {} } });
    expect(second.availability.decision.pause).toBeNull();
    const nonsense = await setup({ keeper: { read: () => ({ until: 'never' }), write: () => {} } });
    expect(nonsense.availability.decision.pause).toBeNull();
  });
});

describe('reports of the desktop shell', () => {
  test('count for a minute and are unknown afterwards, which pauses nothing', async () => {
    const { availability, clock, view } = await setup({ battery: async () => undefined });
    availability.report({ ...presence, onBattery: true });
    expect(availability.decision.pause).toMatchObject({ reason: 'battery', automatic: true });
    clock.pass(60_000);
    availability.look();
    expect(availability.decision.pause).not.toBeNull();
    clock.pass(1);
    availability.look();
    expect(availability.decision.pause).toBeNull();
    expect(view()?.presence).toBeNull();
    expect(view()?.rules.find(({ rule }) => rule === 'battery')?.state).toBe('unknown');
  });

  test('of a sleep that is coming pause at once, and no choice sets that aside', async () => {
    const { availability } = await setup();
    availability.report({ ...presence, suspending: true });
    expect(availability.decision.pause?.reason).toBe('suspend');
    availability.override();
    expect(availability.decision.pause?.reason).toBe('suspend');
  });
});

describe('an override', () => {
  test('holds until its rule has cleared, says so, and ends the person’s own pause', async () => {
    const { availability, view } = await setup();
    availability.pause({});
    availability.report({ ...presence, onBattery: true });
    availability.override();
    expect(availability.decision.pause).toBeNull();
    expect(view()?.rules.find(({ rule }) => rule === 'battery')).toMatchObject({
      state: 'active',
      overridden: true,
      text: 'The computer runs on battery. You chose to work anyway until this is over.',
    });
    availability.report(presence);
    availability.report({ ...presence, onBattery: true });
    expect(availability.decision.pause?.reason).toBe('battery');
  });
});

test('only changes are told', async () => {
  const { availability, decisions } = await setup();
  const before = decisions.length;
  availability.look();
  availability.report(presence);
  expect(decisions.length).toBe(before);
  availability.report({ ...presence, onBattery: true });
  availability.look();
  expect(decisions.length).toBe(before + 1);
});

test('a border of the schedule is met by a timer of its own', async () => {
  const clock = new TestClock(new Date(2026, 5, 1, 11, 59, 59, 900).getTime());
  const { availability, decisions } = await setup({
    clock,
    settings: () => settingsWith({ schedule: [{ days: ['mon'], from: '08:00', to: '12:00' }] }),
  });
  expect(availability.decision.pause).toBeNull();
  clock.pass(150);
  for (const end = Date.now() + 5000; availability.decision.pause === null && Date.now() < end; )
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect(decisions.at(-1)?.pause?.reason).toBe('schedule');
});

test.skipIf(process.platform === 'win32')(
  'Linux tells about the battery; a mouse’s battery is none of the computer',
  async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'siphon-power-'));
    const supply = async (name: string, files: Readonly<Record<string, string>>) => {
      await mkdir(path.join(folder, name), { recursive: true });
      for (const [file, text] of Object.entries(files)) await writeFile(path.join(folder, name, file), `${text}\n`);
    };
    try {
      expect(await readBattery(path.join(folder, 'nowhere'))).toBeUndefined();
      await supply('hidpp_battery_0', { type: 'Battery', scope: 'Device', status: 'Discharging' });
      expect(await readBattery(folder)).toBe('none');
      await supply('BAT0', { type: 'Battery', status: 'Discharging' });
      expect(await readBattery(folder)).toBe('battery');
      await supply('AC', { type: 'Mains', online: '1' });
      expect(await readBattery(folder)).toBe('mains');
      await supply('AC', { type: 'Mains', online: '0' });
      expect(await readBattery(folder)).toBe('battery');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);
