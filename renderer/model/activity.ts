import type { SegmentRecord } from '../../engine/api/snapshot.ts';
import { HOP_NAMES, type HopName, hopMs } from './hops.ts';

/** What finished within one stretch of {@link BUCKET_MS}. Sums are over finished segments that succeeded. */
interface ActivityBucket {
  /** Start of the stretch, milliseconds since the Unix epoch; a multiple of {@link BUCKET_MS}. */
  readonly atMs: number;
  readonly done: number;
  readonly failed: number;
  /** Sum of the segments' durations, milliseconds. */
  readonly mediaMs: number;
  /** Sum of total times, milliseconds. */
  readonly totalMs: number;
  /** Sum by hop, milliseconds. */
  readonly hops: Readonly<Record<HopName, number>>;
}

/** Finished work by time, oldest first, and the ids already counted. */
export interface Activity {
  readonly buckets: readonly ActivityBucket[];
  readonly counted: ReadonlySet<string>;
}

/** Width of one stretch, milliseconds. */
export const BUCKET_MS = 5_000;
/** Stretches kept: ten minutes. */
export const BUCKETS_KEPT = 120;
/** The stretches of one minute, counted backwards. */
const BUCKETS_PER_MINUTE = Array.from({ length: 60_000 / BUCKET_MS }, (_, index) => index);
/** Ids remembered so that a repeated upsert is counted once. */
const IDS_KEPT = 2_000;

/** Nothing counted yet. */
export const NO_ACTIVITY: Activity = { buckets: [], counted: new Set() };

/** When a finished segment ended, milliseconds since the Unix epoch. */
function endedAtMs(segment: SegmentRecord): number {
  return segment.startedAtMs + (segment.hops.totalMs ?? 0);
}

/** Counts finished segments into their stretches; a segment seen before, or still on its way, changes nothing. */
export function countSegments(activity: Activity, segments: readonly SegmentRecord[]): Activity {
  const fresh = segments.filter(
    (segment) => (segment.state === 'done' || segment.state === 'failed') && !activity.counted.has(segment.id),
  );
  if (fresh.length === 0) return activity;
  const byTime = new Map(activity.buckets.map((bucket) => [bucket.atMs, bucket]));
  const counted = new Set(activity.counted);
  for (const segment of fresh) {
    counted.add(segment.id);
    const atMs = Math.floor(endedAtMs(segment) / BUCKET_MS) * BUCKET_MS;
    byTime.set(atMs, withSegment(byTime.get(atMs) ?? emptyBucket(atMs), segment));
  }
  const buckets = [...byTime.values()].sort((a, b) => a.atMs - b.atMs).slice(-BUCKETS_KEPT);
  return { buckets, counted: counted.size > IDS_KEPT ? new Set([...counted].slice(-IDS_KEPT / 2)) : counted };
}

function emptyBucket(atMs: number): ActivityBucket {
  return { atMs, done: 0, failed: 0, mediaMs: 0, totalMs: 0, hops: { admit: 0, download: 0, handoff: 0, codec: 0, upload: 0 } };
}

function withSegment(bucket: ActivityBucket, segment: SegmentRecord): ActivityBucket {
  if (segment.state === 'failed') return { ...bucket, failed: bucket.failed + 1 };
  const hops = { ...bucket.hops };
  for (const hop of HOP_NAMES) hops[hop] += hopMs(segment.hops, hop) ?? 0;
  return {
    ...bucket,
    done: bucket.done + 1,
    mediaMs: bucket.mediaMs + segment.durationMs,
    totalMs: bucket.totalMs + (segment.hops.totalMs ?? 0),
    hops,
  };
}

/** Columns of a chart; a stretch without work is a gap (null), not zero. */
export interface ActivityColumns {
  /** Seconds since the Unix epoch, as the chart wants them. */
  readonly time: number[];
  readonly perMinute: number[];
  /** Segments done in the minute that ends with the stretch: what a curve shows without the jumps of single stretches. */
  readonly lastMinute: number[];
  readonly realtimeFactor: Array<number | null>;
  /** Mean milliseconds by hop, stacked: each column includes the ones before it. */
  readonly stacked: Readonly<Record<HopName, Array<number | null>>>;
  readonly totals: { readonly done: number; readonly failed: number; readonly mediaMs: number; readonly totalMs: number };
}

/** Span that shows all there is: from the first stretch on, at least two minutes, at most ten. Milliseconds. */
export function activitySpanMs(activity: Activity, nowMs: number): number {
  const first = activity.buckets[0]?.atMs ?? nowMs;
  const steps = Math.ceil((nowMs - first) / BUCKET_MS) + 1;
  return Math.min(BUCKETS_KEPT, Math.max(24, steps)) * BUCKET_MS;
}

/** The last `spanMs` of activity in even steps up to now. */
export function activityColumns(activity: Activity, nowMs: number, spanMs = BUCKET_MS * BUCKETS_KEPT): ActivityColumns {
  const last = Math.floor(nowMs / BUCKET_MS) * BUCKET_MS;
  const byTime = new Map(activity.buckets.map((bucket) => [bucket.atMs, bucket]));
  const time: number[] = [];
  const perMinute: number[] = [];
  const lastMinute: number[] = [];
  const doneAt = (atMs: number) => byTime.get(atMs)?.done ?? 0;
  const realtimeFactor: Array<number | null> = [];
  const stacked: Record<HopName, Array<number | null>> = { admit: [], download: [], handoff: [], codec: [], upload: [] };
  const totals = { done: 0, failed: 0, mediaMs: 0, totalMs: 0 };
  for (let atMs = last - spanMs + BUCKET_MS; atMs <= last; atMs += BUCKET_MS) {
    const bucket = byTime.get(atMs);
    time.push(atMs / 1000);
    perMinute.push((bucket?.done ?? 0) * (60_000 / BUCKET_MS));
    lastMinute.push(BUCKETS_PER_MINUTE.reduce((sum, back) => sum + doneAt(atMs - back * BUCKET_MS), 0));
    const worked = bucket !== undefined && bucket.done > 0 && bucket.totalMs > 0;
    realtimeFactor.push(worked ? bucket.mediaMs / bucket.totalMs : null);
    let sum = 0;
    for (const hop of HOP_NAMES) {
      sum += worked ? bucket.hops[hop] / bucket.done : 0;
      stacked[hop].push(worked ? sum : null);
    }
    if (!bucket) continue;
    totals.done += bucket.done;
    totals.failed += bucket.failed;
    totals.mediaMs += bucket.mediaMs;
    totals.totalMs += bucket.totalMs;
  }
  return { time, perMinute, lastMinute, realtimeFactor, stacked, totals };
}
