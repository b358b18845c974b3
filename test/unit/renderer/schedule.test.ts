import { describe, expect, test } from 'vitest';
import { ConfigureSchema } from '../../../engine/api/orchestrator.ts';
import {
  isTime,
  MOST_WINDOWS,
  openHours,
  type ScheduleWindow,
  scheduleOf,
  WEEK_DAYS,
  windowFault,
  withDay,
} from '../../../renderer/model/schedule.ts';

const window = (days: ScheduleWindow['days'], from: string, to: string): ScheduleWindow => ({ days, from, to });

describe('the schedule of a week', () => {
  test('null is always; days come in the week’s order', () => {
    expect(scheduleOf(null)).toBeNull();
    expect(scheduleOf([{ days: ['sun', 'mon'], from: '22:00', to: '06:00' }])).toEqual([
      window(['mon', 'sun'], '22:00', '06:00'),
    ]);
  });

  test('a window needs a day and two times', () => {
    expect(windowFault(window([], '22:00', '06:00'))).toBe('days');
    expect(windowFault(window(['mon'], '', '06:00'))).toBe('time');
    expect(windowFault(window(['mon'], '22:00', '22:00'))).toBeUndefined();
    expect(['00:00', '23:59', '24:00', '7:00', '07:60'].map(isTime)).toEqual([true, true, false, false, false]);
  });

  test('switching a day keeps the order and the others', () => {
    expect(withDay(['mon', 'fri'], 'wed', true)).toEqual(['mon', 'wed', 'fri']);
    expect(withDay(['mon', 'fri'], 'mon', false)).toEqual(['fri']);
  });

  test('the picture passes midnight, and from Sunday into Monday', () => {
    const hours = openHours([window(['sun'], '22:00', '06:00')]);
    expect(hours[6]?.map((open, hour) => (open ? hour : -1)).filter((hour) => hour >= 0)).toEqual([22, 23]);
    expect(hours[0]?.map((open, hour) => (open ? hour : -1)).filter((hour) => hour >= 0)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(hours[1]?.includes(true)).toBe(false);
  });

  test('equal times are a whole day', () => {
    const hours = openHours([window(['wed'], '09:00', '09:00')]);
    expect(hours.flat().filter(Boolean)).toHaveLength(24);
    expect(hours[3]?.slice(0, 10)).toEqual([...Array.from({ length: 9 }, () => true), false]);
  });

  test('the longest one that can be drawn can be saved, too', () => {
    const value = JSON.stringify(Array.from({ length: MOST_WINDOWS }, () => window(WEEK_DAYS, '22:00', '06:00')));
    expect(ConfigureSchema.safeParse({ changes: [{ path: 'availability.schedule', value }] }).success).toBe(true);
  });
});
