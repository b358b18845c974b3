import type { SettingValue } from '../../engine/api/settings.ts';

/** Days as the configuration names them, Monday first. */
export const WEEK_DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
/** A day of the week. */
export type WeekDay = (typeof WEEK_DAYS)[number];

/** A stretch of the week in local time; it may pass midnight, and equal times are a whole day. */
export interface ScheduleWindow {
  readonly days: readonly WeekDay[];
  /** `HH:MM` */
  readonly from: string;
  readonly to: string;
}

/** Most windows that the engine takes. */
export const MOST_WINDOWS = 50;

/** The schedule in the engine's value, days in the week's order; null = always. */
export function scheduleOf(value: SettingValue): readonly ScheduleWindow[] | null {
  if (value === null || typeof value !== 'object') return null;
  return value.map((window) => ({ ...window, days: WEEK_DAYS.filter((day) => window.days.includes(day)) }));
}

/** What is wrong with a window; undefined when it can be saved. */
export function windowFault({ days, from, to }: ScheduleWindow): 'days' | 'time' | undefined {
  if (days.length === 0) return 'days';
  return isTime(from) && isTime(to) ? undefined : 'time';
}

/** Whether a text is a time of day, `HH:MM`. */
export function isTime(text: string): boolean {
  return /^([01]\d|2[0-3]):[0-5]\d$/.test(text);
}

/** The days of a window with one switched, in the week's order. */
export function withDay(days: readonly WeekDay[], day: WeekDay, on: boolean): readonly WeekDay[] {
  return WEEK_DAYS.filter((each) => (each === day ? on : days.includes(each)));
}

/** Minutes of the week in which one of the windows is open, for drawing: a row of 24 hours per day, true where it works. */
export function openHours(windows: readonly ScheduleWindow[]): ReadonlyArray<readonly boolean[]> {
  const open = WEEK_DAYS.map(() => Array.from({ length: 24 }, () => false));
  for (const window of windows) {
    if (windowFault(window)) continue;
    const from = minutesOf(window.from);
    const span = (minutesOf(window.to) - from + DAY) % DAY || DAY;
    for (const day of window.days) {
      const start = WEEK_DAYS.indexOf(day) * DAY + from;
      for (let hour = 0; hour < 7 * 24; hour += 1) {
        // An hour counts as open when half of it is.
        const middle = hour * 60 + 30;
        const after = (middle - start + 7 * DAY) % (7 * DAY);
        const row = open[Math.floor(hour / 24)];
        if (after < span && row) row[hour % 24] = true;
      }
    }
  }
  return open;
}

const DAY = 24 * 60;

function minutesOf(time: string): number {
  const [hours = '0', minutes = '0'] = time.split(':');
  return Number(hours) * 60 + Number(minutes);
}
