import { describe, expect, test } from 'vitest';
import { createEventStore } from '../../../renderer/store/event-store.ts';

interface State {
  readonly sum: number;
  readonly words: readonly string[];
}

function make() {
  const frames: Array<() => void> = [];
  const events = createEventStore<State, number | string>(
    {
      sum: { initial: 0, fold: (state, event) => (typeof event === 'number' ? state + event : state) },
      words: { initial: [], fold: (state, event) => (typeof event === 'string' ? [...state, event] : state) },
    },
    (publish) => frames.push(publish),
  );
  return { events, frames };
}

describe('event store', () => {
  test('five hundred events before a frame are one published change', () => {
    const { events, frames } = make();
    let published = 0;
    events.store.subscribe(() => {
      published += 1;
    });
    for (let index = 0; index < 500; index += 1) events.push(1);
    expect(frames).toHaveLength(1);
    expect(published).toBe(0);
    expect(events.store.getState().sum).toBe(0);
    expect(events.current().sum).toBe(500);
    frames[0]?.();
    expect(published).toBe(1);
    expect(events.store.getState().sum).toBe(500);
  });

  test('a slice that does not care keeps its object, so what reads it is not rendered', () => {
    const { events, frames } = make();
    const words = events.store.getState().words;
    events.push(3);
    frames[0]?.();
    expect(events.store.getState().words).toBe(words);
  });

  test('an event that changes nothing schedules nothing', () => {
    const { events, frames } = make();
    events.push(0);
    expect(frames).toHaveLength(0);
  });
});
