import type { SegmentRecord } from '../../engine/api/snapshot.ts';

/** One drop on its way through the diagram. */
export interface Drop {
  readonly key: string;
  readonly leg: 'in' | 'out';
  /** Milliseconds before it starts. */
  readonly delayMs: number;
}

/** How far each segment's drops have been sent, by segment id. */
export type SeenSegments = ReadonlyMap<string, 'in' | 'out'>;

/** A segment that begun longer ago is history, not an event. Milliseconds. */
const FRESH_MS = 8_000;
/** New drops per change at most. */
const PER_CHANGE = 4;
/** Delay of a rendition whose segment arrived in the same change, so that the drop goes in before it comes out. */
const THROUGH_MS = 900;

/**
 * Drops to start for a changed list of segments (newest first). `seen` null means: this is the first list, and all in it
 * is the past.
 */
export function nextDrops(
  seen: SeenSegments | null,
  segments: readonly SegmentRecord[],
  nowMs: number,
): { readonly seen: SeenSegments; readonly drops: readonly Drop[] } {
  const next = new Map<string, 'in' | 'out'>();
  const drops: Drop[] = [];
  for (const segment of segments) {
    const stage = segment.state === 'uploading' || segment.state === 'done' ? 'out' : 'in';
    next.set(segment.id, stage);
    const before = seen?.get(segment.id);
    if (seen === null || before === stage || nowMs - segment.startedAtMs > FRESH_MS || drops.length >= PER_CHANGE) continue;
    if (before === undefined) drops.push({ key: `${segment.id}/in`, leg: 'in', delayMs: 0 });
    if (stage === 'out') drops.push({ key: `${segment.id}/out`, leg: 'out', delayMs: before === undefined ? THROUGH_MS : 0 });
  }
  return { seen: next, drops };
}
