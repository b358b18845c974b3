import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Presence } from '../../../../engine/api/availability.ts';
import { IdleClock } from '../../../../main/presence/idle-clock.ts';
import {
  LOOK_MS,
  PresenceReporter,
  REPORT_MS,
  type Sighting,
  SUSPEND_LIMIT_MS,
} from '../../../../main/presence/presence-reporter.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A reporter on a machine whose state the test sets. */
function machine() {
  const seen: { sighting: Sighting; connected: boolean; looks: number; reports: Presence[] } = {
    sighting: { onBattery: false, idleSeconds: 0, locked: false },
    connected: true,
    looks: 0,
    reports: [],
  };
  const reporter = new PresenceReporter({
    look() {
      seen.looks += 1;
      return seen.sighting;
    },
    report(presence) {
      if (seen.connected) seen.reports.push(presence);
      return seen.connected;
    },
  });
  return { seen, reporter };
}

describe('presence', () => {
  test('nobody asks: nothing is looked at, told or timed', () => {
    const { seen, reporter } = machine();
    reporter.want({ battery: false, idle: false }, true);
    reporter.changed();
    vi.advanceTimersByTime(600_000);
    expect(seen).toMatchObject({ looks: 0, reports: [] });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a rule that wants the battery is told at once, and every 15 s', () => {
    const { seen, reporter } = machine();
    reporter.want({ battery: true, idle: false }, true);
    expect(seen.reports).toEqual([{ onBattery: false, idleSeconds: 0, locked: false, suspending: false }]);
    vi.advanceTimersByTime(4 * REPORT_MS);
    expect(seen.reports).toHaveLength(5);
    reporter[Symbol.dispose]();
  });

  test('the same wish again is no reason for a report', () => {
    const { seen, reporter } = machine();
    for (let change = 0; change < 100; change++) reporter.want({ battery: true, idle: true });
    expect(seen.reports).toHaveLength(1);
    reporter[Symbol.dispose]();
  });

  test('the return of the person is told within one look, their staying away only every 15 s', () => {
    const { seen, reporter } = machine();
    seen.sighting = { ...seen.sighting, idleSeconds: 600 };
    reporter.want({ battery: false, idle: true });
    seen.sighting = { ...seen.sighting, idleSeconds: 605 };
    vi.advanceTimersByTime(LOOK_MS);
    expect(seen.reports).toHaveLength(1);
    seen.sighting = { ...seen.sighting, idleSeconds: 2 };
    vi.advanceTimersByTime(LOOK_MS);
    expect(seen.reports.map(({ idleSeconds }) => idleSeconds)).toEqual([600, 2]);
    reporter[Symbol.dispose]();
  });

  test('unplugging is told at once', () => {
    const { seen, reporter } = machine();
    reporter.want({ battery: true, idle: false });
    seen.sighting = { ...seen.sighting, onBattery: true };
    reporter.changed();
    expect(seen.reports.at(-1)?.onBattery).toBe(true);
    reporter[Symbol.dispose]();
  });

  test('sleep is told although no rule asks, and again to an engine that comes meanwhile', () => {
    const { seen, reporter } = machine();
    reporter.suspending(true);
    expect(seen.reports.map(({ suspending }) => suspending)).toEqual([true]);
    reporter.want({ battery: false, idle: false }, true);
    reporter.suspending(false);
    expect(seen.reports.map(({ suspending }) => suspending)).toEqual([true, true, false]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a machine that never says that it woke is not said to sleep for ever', () => {
    const { seen, reporter } = machine();
    reporter.want({ battery: true, idle: false });
    reporter.suspending(true);
    vi.advanceTimersByTime(SUSPEND_LIMIT_MS + REPORT_MS);
    expect(seen.reports.map(({ suspending }) => suspending)).toContain(true);
    expect(seen.reports.at(-1)?.suspending).toBe(false);
    reporter[Symbol.dispose]();
  });

  test('without an engine no timer runs; the next engine is told at once', () => {
    const { seen, reporter } = machine();
    seen.connected = false;
    reporter.want({ battery: true, idle: false });
    expect(vi.getTimerCount()).toBe(0);
    seen.connected = true;
    reporter.want({ battery: true, idle: false }, true);
    expect(seen.reports).toHaveLength(1);
    reporter.want({ battery: false, idle: false });
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('idle time', () => {
  test('is believed as told where the system can tell, zero too', () => {
    const clock = new IdleClock(false);
    for (let look = 0; look < 100; look++) expect(clock.read(0)).toBe(0);
    expect(clock.read(Number.NaN)).toBeNull();
  });

  test('on Wayland a zero that never ends means unknown, until a number comes', () => {
    const clock = new IdleClock(true);
    const told = Array.from({ length: 30 }, () => clock.read(0));
    expect([told[0], told.at(-1)]).toEqual([0, null]);
    expect(clock.read(7)).toBe(7);
    expect(clock.read(0)).toBe(0);
  });
});
