import type { VideoCodec, VideoProfile } from '../api/media.ts';

interface Limits {
  readonly minWidth: number;
  readonly minHeight: number;
  readonly max: number;
}

/** Smallest and largest pictures per codec (reference: transcoder.md §6.1; LPMS has the same for software and hardware). */
const LIMITS: Readonly<Partial<Record<VideoCodec, Limits>>> = {
  h264: { minWidth: 146, minHeight: 50, max: 4096 },
  hevc: { minWidth: 132, minHeight: 40, max: 8192 },
  av1: { minWidth: 146, minHeight: 50, max: 8192 },
};

/** A picture's size in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

function even(value: number): number {
  return Math.trunc(value / 2) * 2;
}

/** The other dimension by the input's aspect ratio: even, half away from zero. */
function auto(known: number, numerator: number, denominator: number): number {
  return 2 * Math.floor((known * numerator) / (2 * denominator) + 0.5);
}

/**
 * The size of a rendition, pixels (reference: transcoder.md §6.1). Only the larger of the profile's two numbers counts,
 * clamped to the codec's limits; it goes to the source's longer side and the source's aspect ratio gives the other,
 * unless that would fall below the codec's minimum. VP8 and VP9 keep the source's size.
 */
export function outputSize(profile: Pick<VideoProfile, 'width' | 'height' | 'codec'>, source: Size): Size {
  const limits = LIMITS[profile.codec];
  if (!limits) return source;
  const { minWidth, minHeight, max } = limits;
  const clamp = (value: number, min: number) => Math.min(max, Math.max(min, value));
  const longest = Math.max(clamp(profile.width, minWidth), clamp(profile.height, minHeight));
  const { width: iw, height: ih } = source;
  const fromWidth = (width: number): Size => ({ width: even(width), height: auto(even(width), ih, iw) });
  const fromHeight = (height: number): Size => ({ width: auto(even(height), iw, ih), height: even(height) });
  if (iw >= ih) {
    const height = (longest * ih) / iw;
    if (height > minHeight) return fromWidth(longest);
    if (height < minHeight) return fromHeight(minHeight);
    return { width: even(longest), height: even(minHeight) };
  }
  const width = (longest * iw) / ih;
  if (width > minWidth) return fromHeight(longest);
  if (width < minWidth) return fromWidth(minWidth);
  return { width: even(minWidth), height: even(longest) };
}
