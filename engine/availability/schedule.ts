import type { Config } from '../config/schema.ts';

/** A stretch of the week in local time. */
export type ScheduleWindow = NonNullable<Config['availability']['schedule']>[number];

/** Whether a schedule is open at a moment. */
export interface ScheduleState {
  readonly open: boolean;
  /** When that changes, milliseconds since the Unix epoch; undefined = not within the week. */
  readonly changesAtMs?: number;
}

/** Index as `Date.getDay` counts. */
const DAY_NUMBER: Readonly<Record<ScheduleWindow['days'][number], number>> = {
  sun: 0,
  mon: 1,
  tue: 2,
  wed: 3,
  thu: 4,
  fri: 5,
  sat: 6,
};

/** Days looked ahead: a window of each weekday begins within. */
const AHEAD_DAYS = 8;

/**
 * Reads a schedule at a moment. Windows are made from local dates anew at each call, so that a changed clock, time zone or summer
 * time counts at once: a border that falls into the hour that is left out in spring comes at that hour's end, one in the hour that
 * comes twice in autumn comes the first time.
 */
export function scheduleState(windows: readonly ScheduleWindow[], nowMs: number): ScheduleState {
  const spans = windows.flatMap((window) => spansOf(window, nowMs)).sort((a, b) => a.from - b.from);
  let end: number | undefined;
  for (const span of spans) {
    if (end === undefined ? span.from <= nowMs && nowMs < span.to : span.from <= end) end = Math.max(end ?? 0, span.to);
  }
  if (end !== undefined) {
    const never = end > localMidnight(nowMs, AHEAD_DAYS - 1);
    return never ? { open: true } : { open: true, changesAtMs: end };
  }
  const next = spans.find(({ from }) => from > nowMs)?.from;
  return next === undefined ? { open: false } : { open: false, changesAtMs: next };
}

function spansOf({ days, from, to }: ScheduleWindow, nowMs: number): Array<{ readonly from: number; readonly to: number }> {
  const wanted = new Set(days.map((day) => DAY_NUMBER[day]));
  const spans = [];
  // From yesterday, whose window may pass midnight.
  for (let offset = -1; offset <= AHEAD_DAYS; offset += 1) {
    const midnight = new Date(localMidnight(nowMs, offset));
    if (!wanted.has(midnight.getDay())) continue;
    spans.push({ from: localMoment(midnight, from, 0), to: localMoment(midnight, to, to <= from ? 1 : 0) });
  }
  return spans;
}

function localMidnight(nowMs: number, offsetDays: number): number {
  const now = new Date(nowMs);
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + offsetDays).getTime();
}

function localMoment(midnight: Date, time: string, laterDays: number): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return new Date(midnight.getFullYear(), midnight.getMonth(), midnight.getDate() + laterDays, hours, minutes).getTime();
}
