import type { Hops, SegmentRecord } from '../../engine/api/snapshot.ts';

/** The hops of a segment in the order of its way. */
export const HOP_NAMES = ['admit', 'download', 'handoff', 'codec', 'upload'] as const;
/** A hop of the way. */
export type HopName = (typeof HOP_NAMES)[number];

/** One piece of a stacked bar or ring. */
export interface HopShare {
  readonly hop: HopName;
  /** Milliseconds. */
  readonly ms: number;
  /** Share of the whole, 0–1. */
  readonly share: number;
  /** Where it starts, 0–1. */
  readonly start: number;
}

const FIELD: Readonly<Record<HopName, keyof Hops>> = {
  admit: 'admitMs',
  download: 'downloadMs',
  handoff: 'handoffMs',
  codec: 'codecMs',
  upload: 'uploadMs',
};

/** Milliseconds of one hop; undefined when the segment has not got there. */
export function hopMs(hops: Hops, hop: HopName): number | undefined {
  return hops[FIELD[hop]];
}

/** Sum of the hops known so far, milliseconds. */
export function hopsSum(hops: Hops): number {
  return HOP_NAMES.reduce((sum, hop) => sum + (hopMs(hops, hop) ?? 0), 0);
}

/**
 * Pieces of a bar that stands for `scaleMs` milliseconds; hops beyond the end are cut there.
 * Without a scale the bar is filled by what the hops sum up to.
 */
export function hopShares(hops: Hops, scaleMs: number = hopsSum(hops)): readonly HopShare[] {
  if (scaleMs <= 0) return [];
  const shares: HopShare[] = [];
  let start = 0;
  for (const hop of HOP_NAMES) {
    const ms = hopMs(hops, hop) ?? 0;
    if (ms <= 0) continue;
    const share = Math.min(ms / scaleMs, 1 - start);
    if (share > 0) shares.push({ hop, ms, share, start });
    start += share;
  }
  return shares;
}

/** Median; undefined for an empty list. */
export function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

/** What the latest finished segments took: medians by hop, their size, their budget. */
export interface RecentHops {
  readonly count: number;
  readonly hops: Hops;
  /** Median stated duration of the segments: the time there is before the next one comes, milliseconds. */
  readonly budgetMs: number;
  readonly realtimeFactor: number | undefined;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** Medians over the latest `take` finished segments (newest first); undefined when there is none. */
export function recentHops(segments: readonly SegmentRecord[], take = 16): RecentHops | undefined {
  const done = segments.filter((segment) => segment.state === 'done').slice(0, take);
  if (done.length === 0) return undefined;
  const of = (pick: (segment: SegmentRecord) => number | undefined) =>
    median(done.map(pick).filter((value): value is number => value !== undefined));
  const hops: Record<string, number> = {};
  for (const hop of HOP_NAMES) {
    const value = of((segment) => hopMs(segment.hops, hop));
    if (value !== undefined) hops[FIELD[hop]] = value;
  }
  const totalMs = of((segment) => segment.hops.totalMs);
  if (totalMs !== undefined) hops.totalMs = totalMs;
  return {
    count: done.length,
    hops,
    budgetMs: of((segment) => segment.durationMs) ?? 0,
    realtimeFactor: of((segment) => segment.realtimeFactor),
    bytesIn: of((segment) => segment.sourceBytes) ?? 0,
    bytesOut: of((segment) => segment.renditions.reduce((sum, rendition) => sum + rendition.bytes, 0)) ?? 0,
  };
}
