import { type RefObject, useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { ErrorInfo } from '../../engine/api/errors.ts';
import { errorInfoOf } from '../api/engine-client.ts';

/** The time, renewed every `everyMs` while the page is visible. Milliseconds since the Unix epoch. */
export function useNow(everyMs = 1000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') setNow(Date.now());
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** The value, at most every `everyMs`: after a quiet time at once, otherwise later; the newest one always comes. */
export function useThrottled<T>(value: T, everyMs: number): T {
  const [shown, setShown] = useState(value);
  const latest = useRef(value);
  latest.current = value;
  const shownAt = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(() => {
    if (timer.current !== null || shown === value) return;
    const wait = Math.max(0, shownAt.current + everyMs - performance.now());
    timer.current = setTimeout(() => {
      timer.current = null;
      shownAt.current = performance.now();
      setShown(latest.current);
    }, wait);
  }, [value, shown, everyMs]);
  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current);
      timer.current = null;
    },
    [],
  );
  return shown;
}

/** Width of an element in pixels, followed as it changes; 0 until measured. */
export function useWidth<T extends HTMLElement>(): readonly [RefObject<T | null>, number] {
  const ref = useRef<T>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setWidth(Math.round(entry.contentRect.width));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, width];
}

/** Whether a media query holds. */
export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (changed: () => void) => {
      const list = matchMedia(query);
      list.addEventListener('change', changed);
      return () => list.removeEventListener('change', changed);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}

/** A command that a person started: whether it runs, and what went wrong. */
export interface Command<A extends readonly unknown[]> {
  run(...args: A): void;
  readonly busy: boolean;
  readonly error: ErrorInfo | undefined;
}

/** Runs a command once at a time and keeps its error for showing. */
export function useCommand<A extends readonly unknown[]>(action: (...args: A) => Promise<void>): Command<A> {
  const [state, setState] = useState<{ busy: boolean; error: ErrorInfo | undefined }>({ busy: false, error: undefined });
  const run = (...args: A) => {
    if (state.busy) return;
    setState({ busy: true, error: undefined });
    action(...args).then(
      () => setState({ busy: false, error: undefined }),
      (error: unknown) => setState({ busy: false, error: errorInfoOf(error) }),
    );
  };
  return { run, ...state };
}
