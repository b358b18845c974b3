import type { SegmentRecord, Totals } from '../api/snapshot.ts';
import type { Db } from './connection.ts';
import { outputBytes } from './rows.ts';

/**
 * Totals with one finished segment more. `segments` counts every finished one, `failed` those of them that failed;
 * pixels, output bytes and media time are of delivered work only, `bytesIn` of everything downloaded.
 * The same rules as {@link readTotals}, so that a running sum and the database agree.
 */
export function addSegment(totals: Totals, segment: SegmentRecord): Totals {
  const done = segment.state === 'done' ? 1 : 0;
  return {
    segments: totals.segments + 1,
    failed: totals.failed + (1 - done),
    encodedPixels: totals.encodedPixels + done * segment.encodedPixels,
    decodedPixels: totals.decodedPixels + done * segment.decodedPixels,
    bytesIn: totals.bytesIn + segment.sourceBytes,
    bytesOut: totals.bytesOut + done * outputBytes(segment.renditions),
    mediaMs: totals.mediaMs + done * segment.durationMs,
  };
}

/** Totals of the segments that began at or after `sinceMs`. */
export function readTotals(db: Db, sinceMs: number): Totals {
  const row = db
    .prepare<[number], Totals>(
      `SELECT count(*) AS segments,
              coalesce(sum(state = 'failed'), 0) AS failed,
              coalesce(sum(encoded_pixels) FILTER (WHERE state = 'done'), 0) AS encodedPixels,
              coalesce(sum(decoded_pixels) FILTER (WHERE state = 'done'), 0) AS decodedPixels,
              coalesce(sum(source_bytes), 0) AS bytesIn,
              coalesce(sum(output_bytes) FILTER (WHERE state = 'done'), 0) AS bytesOut,
              coalesce(sum(duration_ms) FILTER (WHERE state = 'done'), 0) AS mediaMs
         FROM segments WHERE started_at_ms >= ?`,
    )
    .get(sinceMs);
  if (!row) throw new Error('an aggregate gave no row');
  return row;
}
