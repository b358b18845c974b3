import type { DesktopSettings } from '../../engine/api/desktop.ts';

/** Local times of day between which nothing is shown; may pass midnight. Null = none. */
export type QuietHours = DesktopSettings['notifications']['quietHours'];

/**
 * When the quiet hours that hold at `nowMs` (milliseconds since the Unix epoch) end; undefined when none hold. From and to the
 * same = none. The end is by the clock on the wall, also on days that are an hour longer or shorter.
 */
export function quietUntil(quiet: QuietHours, nowMs: number): number | undefined {
  if (!quiet || quiet.from === quiet.to) return undefined;
  const now = new Date(nowMs);
  const minute = now.getHours() * 60 + now.getMinutes();
  const from = minuteOf(quiet.from);
  const to = minuteOf(quiet.to);
  const within = from < to ? minute >= from && minute < to : minute >= from || minute < to;
  if (!within) return undefined;
  const end = new Date(now.getFullYear(), now.getMonth(), now.getDate(), 0, to);
  if (end.getTime() <= nowMs) end.setDate(end.getDate() + 1);
  return end.getTime();
}

/** Minutes after midnight of `HH:MM`. */
function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}
