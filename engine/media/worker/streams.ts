/** Segments that may be on their way to the engine before it has taken one. */
const AHEAD = 4;

interface StreamState {
  room: number;
  wake: (() => void) | undefined;
}

/** Keeps streamed answers from running ahead of their consumer, and ends those that were cancelled. */
export class Streams {
  readonly #open = new Map<number, StreamState>();

  /** Begins a stream. The function returned waits for room for one more item; false = cancelled. */
  open(id: number): () => Promise<boolean> {
    const state: StreamState = { room: AHEAD, wake: undefined };
    this.#open.set(id, state);
    return async () => {
      while (this.#open.get(id) === state && state.room === 0) {
        await new Promise<void>((resolve) => {
          state.wake = resolve;
        });
      }
      state.room -= 1;
      return this.#open.get(id) === state;
    };
  }

  /** The consumer took one item. */
  taken(id: number): void {
    const state = this.#open.get(id);
    if (!state) return;
    state.room += 1;
    state.wake?.();
  }

  /** Ends a stream; its producer stops at its next item. */
  close(id: number): void {
    const state = this.#open.get(id);
    this.#open.delete(id);
    state?.wake?.();
  }
}
