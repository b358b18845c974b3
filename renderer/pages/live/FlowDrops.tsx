import { memo, useEffect, useRef, useState } from 'react';
import { useMedia } from '../../app/hooks.ts';
import { useSampledSnapshot } from '../../app/sampled.ts';
import { type Drop, nextDrops, type SeenSegments } from '../../model/flow-drops.ts';
import type { FlowGeometry } from '../../model/flow-geometry.ts';
import css from './FlowPanel.module.css';

/** More than these at once would be a blur, and work for nothing. */
const DROPS_MAX = 6;
/** Shortest time between two looks for new segments, milliseconds. */
const LOOK_EVERY_MS = 150;
/** A drop's time from one end of a pipe to the other, milliseconds. */
const TRAVEL_MS = 1_100;
/** Renditions do not leave all at once, milliseconds. */
const APART_MS = 60;

interface FlowDropsProps {
  readonly geometry: FlowGeometry;
}

/** Drops that run through the pipes as segments come and renditions go: one in, several out. Decoration. */
export const FlowDrops = memo(function FlowDrops({ geometry }: FlowDropsProps) {
  const segments = useSampledSnapshot((snapshot) => snapshot.segments, LOOK_EVERY_MS);
  const still = useMedia('(prefers-reduced-motion: reduce)');
  const seen = useRef<SeenSegments | null>(null);
  const [drops, setDrops] = useState<readonly Drop[]>([]);
  useEffect(() => {
    const next = nextDrops(seen.current, segments, Date.now());
    seen.current = next.seen;
    // Those on their way get there: new ones wait for a segment to come when there is room.
    if (!still && next.drops.length > 0)
      setDrops((old) => (old.length < DROPS_MAX ? [...old, ...next.drops].slice(0, DROPS_MAX) : old));
  }, [segments, still]);
  return drops.flatMap((drop) => {
    const pipes = drop.leg === 'in' ? [geometry.inPipe] : geometry.outPipes;
    return pipes.map(({ path, points }, index) => (
      <TravellingDrop
        key={`${drop.key} ${path}`}
        className={drop.leg === 'in' ? css.dropIn : css.dropOut}
        points={points}
        delayMs={drop.delayMs + index * APART_MS}
        onArrived={
          index === pipes.length - 1 ? () => setDrops((old) => old.filter((other) => other.key !== drop.key)) : undefined
        }
      />
    ));
  });
});

interface TravellingDropProps {
  readonly className: string | undefined;
  readonly points: ReadonlyArray<{ readonly x: number; readonly y: number }>;
  readonly delayMs: number;
  readonly onArrived: (() => void) | undefined;
}

/** Moved by transform and opacity alone, so that the compositor does it without the page's own thread. */
function TravellingDrop({ className, points, delayMs, onArrived }: TravellingDropProps) {
  const ref = useRef<HTMLSpanElement>(null);
  const arrived = useRef(onArrived);
  arrived.current = onArrived;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a drop that has started keeps its way
  useEffect(() => {
    const last = points.length - 1;
    const animation = ref.current?.animate(
      points.map(({ x, y }, index) => ({
        transform: `translate(${x}px, ${y}px) translate(-50%, -50%)`,
        opacity: index === 0 || index === last ? 0 : 1,
      })),
      { duration: TRAVEL_MS, delay: delayMs, easing: 'ease-in-out', fill: 'both' },
    );
    animation?.addEventListener('finish', () => arrived.current?.());
    return () => animation?.cancel();
  }, []);
  return <span ref={ref} className={`${css.drop} ${className}`} />;
}
