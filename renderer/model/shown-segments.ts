import type { SegmentRecord } from '../../engine/api/snapshot.ts';

/** Rows of the list of newest segments; the rest is on the history page. */
const ROWS = 40;
/** Rows of a fast list: what its place holds. The rows below are replaced before anyone has scrolled to them. */
const FAST_ROWS = 14;
/** A list that is replaced as a whole within this time is a fast one, milliseconds. */
const FAST_MS = 2_000;

/** What the list shows of the newest segments (newest first), and whether it is a fast one. */
export function shownSegments(segments: readonly SegmentRecord[]): {
  readonly rows: readonly SegmentRecord[];
  readonly fast: boolean;
} {
  const newest = segments[0];
  const last = segments[ROWS - 1];
  const fast = newest !== undefined && last !== undefined && newest.startedAtMs - last.startedAtMs < FAST_MS;
  return { rows: segments.slice(0, fast ? FAST_ROWS : ROWS), fast };
}
