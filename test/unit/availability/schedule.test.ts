import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ScheduleWindow, scheduleState } from '../../../engine/availability/schedule.ts';

const EVERY: ScheduleWindow['days'] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const at = (text: string) => new Date(text).getTime();
let zone: string | undefined;

beforeEach(() => {
  zone = process.env.TZ;
  process.env.TZ = 'Europe/Berlin';
});
afterEach(() => {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

describe('a schedule', () => {
  const nights: ScheduleWindow[] = [{ days: ['fri', 'sat'], from: '22:00', to: '06:00' }];

  test('that passes midnight is open into the next day, and only after the days it names', () => {
    // 2026-06-05 is a Friday.
    expect(scheduleState(nights, at('2026-06-05T21:59:59'))).toEqual({ open: false, changesAtMs: at('2026-06-05T22:00') });
    expect(scheduleState(nights, at('2026-06-05T22:00'))).toEqual({ open: true, changesAtMs: at('2026-06-06T06:00') });
    expect(scheduleState(nights, at('2026-06-06T05:59'))).toEqual({ open: true, changesAtMs: at('2026-06-06T06:00') });
    expect(scheduleState(nights, at('2026-06-06T06:00'))).toEqual({ open: false, changesAtMs: at('2026-06-06T22:00') });
    expect(scheduleState(nights, at('2026-06-07T12:00'))).toEqual({ open: false, changesAtMs: at('2026-06-12T22:00') });
  });

  test('whose windows touch or overlap is one stretch', () => {
    const windows: ScheduleWindow[] = [
      { days: ['mon'], from: '08:00', to: '12:00' },
      { days: ['mon'], from: '12:00', to: '14:00' },
      { days: ['mon'], from: '13:00', to: '18:30' },
    ];
    expect(scheduleState(windows, at('2026-06-01T09:00'))).toEqual({ open: true, changesAtMs: at('2026-06-01T18:30') });
  });

  test('of equal times is a whole day, and of whole days every day never closes', () => {
    expect(scheduleState([{ days: ['mon'], from: '07:00', to: '07:00' }], at('2026-06-02T06:59'))).toEqual({
      open: true,
      changesAtMs: at('2026-06-02T07:00'),
    });
    expect(scheduleState([{ days: EVERY, from: '00:00', to: '00:00' }], at('2026-06-02T06:59'))).toEqual({ open: true });
  });

  test('keeps local times over both changes of summer time', () => {
    const early: ScheduleWindow[] = [{ days: EVERY, from: '02:30', to: '05:00' }];
    // 2026-03-29: 02:00 becomes 03:00, so 02:30 does not exist and comes as 03:30; the end is still five o'clock.
    expect(scheduleState(early, at('2026-03-29T01:59'))).toEqual({ open: false, changesAtMs: at('2026-03-29T03:30') });
    expect(scheduleState(early, at('2026-03-29T04:59'))).toEqual({ open: true, changesAtMs: at('2026-03-29T05:00') });
    // 2026-10-25: 03:00 becomes 02:00, so this window lasts from the first 02:30 on: three and a half hours.
    const firstHalfPastTwo = Date.UTC(2026, 9, 25, 0, 30);
    expect(scheduleState(early, firstHalfPastTwo - 1)).toEqual({ open: false, changesAtMs: firstHalfPastTwo });
    expect(scheduleState(early, firstHalfPastTwo + 3_600_000)).toEqual({ open: true, changesAtMs: at('2026-10-25T05:00') });
    expect(at('2026-10-25T05:00') - firstHalfPastTwo).toBe(3.5 * 3_600_000);
  });
});
