import { createStore, type StoreApi } from 'zustand/vanilla';

/** One part of the state: where it begins and how an event changes it. Returning the same object means unchanged. */
export interface Slice<S, E> {
  readonly initial: S;
  fold(state: S, event: E): S;
}

/** The state made of slices, by name. */
export type Slices<S, E> = { readonly [K in keyof S]: Slice<S[K], E> };

/** A store fed by events. */
export interface EventStore<S, E> {
  /** What the page reads; changes at most once per frame, and not at all while the page is hidden. */
  readonly store: StoreApi<S>;
  /** Folds the event at once; publishes with the next frame. */
  push(event: E): void;
  /** The state with every event folded, published or not. */
  current(): S;
}

/**
 * Makes a store that folds every event at once and publishes when `schedule` says so. With `requestAnimationFrame` as
 * schedule a burst of events costs one render, and a hidden page keeps folding but renders nothing.
 */
export function createEventStore<S extends object, E>(
  slices: Slices<S, E>,
  schedule: (publish: () => void) => void,
): EventStore<S, E> {
  const names = Object.keys(slices) as Array<keyof S>;
  let current = Object.fromEntries(names.map((name) => [name, slices[name].initial])) as S;
  const store = createStore<S>(() => current);
  let scheduled = false;

  const publish = () => {
    scheduled = false;
    store.setState(current, true);
  };
  return {
    store,
    current: () => current,
    push: (event) => {
      let changed: Partial<S> | undefined;
      for (const name of names) {
        const next = slices[name].fold(current[name], event);
        if (next !== current[name]) changed = { ...changed, [name]: next } as Partial<S>;
      }
      if (!changed) return;
      current = { ...current, ...changed };
      if (scheduled) return;
      scheduled = true;
      schedule(publish);
    },
  };
}
