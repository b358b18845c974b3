import { useEffect, useRef, useState } from 'react';
import type { EngineSnapshot } from '../../engine/api/snapshot.ts';
import { type Engine, useEngine } from './engine-context.tsx';

/**
 * Part of the snapshot, looked at every `everyMs` at most: after a quiet time at once, otherwise later; the newest one always
 * comes. Unlike a throttled `useSnapshot`, nothing renders in between, so a component costs the same at any rate of events.
 */
export function useSampledSnapshot<T>(select: (snapshot: EngineSnapshot) => T, everyMs: number): T {
  const { store } = useEngine().events;
  const [shown, setShown] = useState(() => pick(store, select));
  const latest = useRef(select);
  latest.current = select;
  useEffect(() => {
    let shownAtMs = Number.NEGATIVE_INFINITY;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = () => {
      timer = undefined;
      shownAtMs = performance.now();
      setShown(pick(store, latest.current));
    };
    const hear = () => {
      timer ??= setTimeout(show, Math.max(0, shownAtMs + everyMs - performance.now()));
    };
    // What came between the render and now, or from another machine's store.
    hear();
    const stop = store.subscribe(hear);
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [store, everyMs]);
  return shown;
}

function pick<T>(store: Engine['events']['store'], select: (snapshot: EngineSnapshot) => T): T {
  const { snapshot } = store.getState().live;
  if (!snapshot) throw new Error('useSampledSnapshot before the first snapshot');
  return select(snapshot);
}
