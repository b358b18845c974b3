import { memo, useEffect, useRef, useState } from 'react';
import type { SegmentRecord } from '../../../engine/api/snapshot.ts';
import { type Drop, nextDrops, type SeenSegments } from '../../model/flow-drops.ts';
import type { FlowGeometry } from '../../model/flow-geometry.ts';
import css from './FlowPanel.module.css';

/** Drops that run through the pipes as segments come and renditions go: one in, several out. Decoration. */
export const FlowDrops = memo(function FlowDrops({
  segments,
  geometry,
}: {
  segments: readonly SegmentRecord[];
  geometry: FlowGeometry;
}) {
  const seen = useRef<SeenSegments | null>(null);
  const [drops, setDrops] = useState<readonly Drop[]>([]);
  useEffect(() => {
    const next = nextDrops(seen.current, segments, Date.now());
    seen.current = next.seen;
    if (next.drops.length > 0) setDrops((old) => [...old, ...next.drops].slice(-DROPS_MAX));
  }, [segments]);
  const strands = geometry.outPaths.length;
  return drops.flatMap((drop) => {
    const paths = drop.leg === 'in' ? [geometry.inPath] : geometry.outPaths;
    return paths.map((path, index) => (
      <span
        // biome-ignore lint/suspicious/noArrayIndexKey: strands have no other identity
        key={`${drop.key}/${index}`}
        className={`${css.drop} ${drop.leg === 'in' ? css.dropIn : css.dropOut}`}
        style={{ offsetPath: `path("${path}")`, animationDelay: `${drop.delayMs + (drop.leg === 'out' ? index * 60 : 0)}ms` }}
        onAnimationEnd={
          index === paths.length - 1 || strands === 0
            ? () => setDrops((old) => old.filter((other) => other.key !== drop.key))
            : undefined
        }
      />
    ));
  });
});

/** More than these at once would be a blur, and work for nothing. */
const DROPS_MAX = 10;
