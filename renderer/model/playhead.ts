/** One media segment of a playlist as a player knows it: its number in the playlist, and where it lies in the player's time. */
export interface PlaylistPart {
  readonly sn: number;
  /** Seconds in the player's own time. */
  readonly start: number;
  /** Seconds. */
  readonly duration: number;
}

/**
 * Where a player is in the stream, as segment number plus fraction. Players of one stream's tracks may each start their
 * clock elsewhere, but a segment has the same number in every track. Undefined outside of what the playlist lists.
 */
export function positionAt(parts: readonly PlaylistPart[], time: number): number | undefined {
  const part = parts.findLast((candidate) => candidate.start <= time + 0.001);
  if (!part || part.duration <= 0) return undefined;
  return part.sn + Math.min(1, Math.max(0, (time - part.start) / part.duration));
}

/** The player's time, seconds, of a position; undefined when the playlist does not list that segment. */
export function timeAt(parts: readonly PlaylistPart[], position: number): number | undefined {
  const sn = Math.floor(position);
  const part = parts.find((candidate) => candidate.sn === sn);
  return part ? part.start + (position - sn) * part.duration : undefined;
}

/** A position near the live end that every track has: `back` segments before the end of the one that is furthest behind. */
export function commonStart(tracks: ReadonlyArray<readonly PlaylistPart[]>, back = 2): number | undefined {
  const lasts = tracks.map((parts) => parts.at(-1)?.sn);
  const firsts = tracks.map((parts) => parts[0]?.sn);
  if (lasts.length === 0 || lasts.some((sn) => sn === undefined) || firsts.some((sn) => sn === undefined)) return undefined;
  const end = Math.min(...lasts.map((sn) => sn ?? 0));
  const begin = Math.max(...firsts.map((sn) => sn ?? 0));
  return end < begin ? undefined : Math.max(begin, end - back);
}

/** What a follower does to be in step with the leader. */
export type Correction = { readonly kind: 'none' } | { readonly kind: 'rate'; readonly rate: number } | { readonly kind: 'seek' };

/** Below this a difference is not seen, seconds: about one frame. */
const IN_STEP_S = 0.035;
/** Above this a nudge would take too long, seconds. */
const SEEK_S = 0.5;

/** Correction for a follower that lags by `lagS` seconds (negative: it is ahead). */
export function correctionFor(lagS: number): Correction {
  const size = Math.abs(lagS);
  if (size <= IN_STEP_S) return { kind: 'none' };
  if (size > SEEK_S) return { kind: 'seek' };
  return { kind: 'rate', rate: 1 + Math.sign(lagS) * Math.min(0.12, size * 0.5) };
}
