import { fold } from '../api/fold.ts';
import type { GpuSample } from '../api/hardware.ts';
import type { EngineSnapshot, EngineUpdate, SegmentRecord, SessionRecord, WatchEvent } from '../api/snapshot.ts';
import { BoundedQueue } from '../base/bounded-queue.ts';

/** One change, before it gets its number. */
export type Change = Omit<EngineUpdate, 'seq'>;

/** Updates are gathered this long (ms), so that 500 events a second become 20 messages a second. */
const COALESCE_MS = 50;

/** Updates a slow watcher may be behind before it is given a new snapshot instead. */
const WATCHER_BACKLOG = 64;

interface Pending {
  readonly plain: { -readonly [K in keyof Change]: Change[K] };
  readonly sessions: Map<string, SessionRecord>;
  readonly segments: Map<string, SegmentRecord>;
  readonly samples: Map<string, GpuSample>;
}

function emptyPending(): Pending {
  return { plain: {}, sessions: new Map(), segments: new Map(), samples: new Map() };
}

interface Watcher {
  queue: BoundedQueue<EngineUpdate>;
  lagging: boolean;
}

/** The engine's one snapshot, and the updates that lead from each to the next. */
export class EngineState implements Disposable {
  #snapshot: EngineSnapshot;
  #pending = emptyPending();
  #timer: NodeJS.Timeout | undefined;
  readonly #watchers = new Set<Watcher>();

  constructor(initial: EngineSnapshot) {
    this.#snapshot = initial;
  }

  /** The state now, with everything changed so far folded in. */
  get snapshot(): EngineSnapshot {
    this.flush();
    return this.#snapshot;
  }

  /** Records a change; watchers see it within {@link COALESCE_MS}. */
  change(change: Change): void {
    const { sessions, segments, gpuSamples, ...plain } = change;
    Object.assign(this.#pending.plain, plain);
    for (const session of sessions ?? []) this.#pending.sessions.set(session.id, session);
    for (const segment of segments ?? []) this.#pending.segments.set(segment.id, segment);
    for (const sample of gpuSamples ?? []) this.#pending.samples.set(sample.uuid, sample);
    this.#timer ??= setTimeout(() => this.flush(), COALESCE_MS).unref();
  }

  /** Publishes what is pending now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { plain, sessions, segments, samples } = this.#pending;
    if (Object.keys(plain).length + sessions.size + segments.size + samples.size === 0) return;
    this.#pending = emptyPending();
    const update: EngineUpdate = {
      seq: this.#snapshot.seq + 1,
      ...plain,
      ...(sessions.size > 0 ? { sessions: [...sessions.values()] } : {}),
      ...(segments.size > 0 ? { segments: [...segments.values()] } : {}),
      ...(samples.size > 0 ? { gpuSamples: [...samples.values()] } : {}),
    };
    this.#snapshot = fold(this.#snapshot, update) ?? this.#snapshot;
    for (const watcher of this.#watchers) {
      if (!watcher.lagging && !watcher.queue.push(update)) watcher.lagging = true;
    }
  }

  /** Snapshot first, then updates until `signal` aborts. A watcher that falls behind gets a fresh snapshot. */
  async *watch(signal: AbortSignal): AsyncGenerator<WatchEvent, void, undefined> {
    while (!signal.aborted) {
      this.flush();
      const watcher: Watcher = { queue: new BoundedQueue<EngineUpdate>(WATCHER_BACKLOG, 'refuse'), lagging: false };
      const snapshot = this.#snapshot;
      this.#watchers.add(watcher);
      const close = () => watcher.queue.close();
      signal.addEventListener('abort', close, { once: true });
      try {
        yield { kind: 'snapshot', snapshot };
        for await (const update of watcher.queue) {
          if (watcher.lagging) break;
          yield { kind: 'update', update };
        }
        if (!watcher.lagging) return;
      } finally {
        signal.removeEventListener('abort', close);
        this.#watchers.delete(watcher);
      }
    }
  }

  [Symbol.dispose](): void {
    this.flush();
    for (const watcher of this.#watchers) watcher.queue.close();
  }
}
