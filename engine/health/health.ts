import type { Problem } from '../api/errors.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { Emitter } from '../base/emitter.ts';

/** What {@link Health} is made of. */
export interface HealthParameters {
  readonly clock?: Clock;
  /** Told when a listener throws. */
  readonly onError?: (error: unknown) => void;
}

/** A problem as a room reports it; the registry adds when it began. */
export type NewProblem = Omit<Problem, 'sinceMs'>;

/**
 * The standing problems of this engine: one per key, set when it begins, cleared when it ends. Setting a key again
 * changes its words and keeps when it began; setting it unchanged tells nobody.
 */
export class Health {
  readonly #clock: Clock;
  readonly #problems = new Map<string, Problem>();
  readonly #changes: Emitter<readonly Problem[]>;

  constructor({ clock = systemClock, onError }: HealthParameters = {}) {
    this.#clock = clock;
    this.#changes = new Emitter(onError);
  }

  /** Begins a problem, or changes the words of one that stands. */
  set(problem: NewProblem): void {
    const before = this.#problems.get(problem.key);
    const after: Problem = { ...problem, sinceMs: before?.sinceMs ?? this.#clock.nowMs() };
    if (before !== undefined && sameProblem(before, after)) return;
    this.#problems.set(problem.key, after);
    this.#changes.emit(this.list());
  }

  /** Ends a problem; nothing happens when it does not stand. */
  clear(key: string): void {
    if (this.#problems.delete(key)) this.#changes.emit(this.list());
  }

  /** Ends every problem whose key begins with `prefix`, e.g. `gpu-lost:`. */
  clearAll(prefix: string): void {
    const keys = [...this.#problems.keys()].filter((key) => key.startsWith(prefix));
    for (const key of keys) this.#problems.delete(key);
    if (keys.length > 0) this.#changes.emit(this.list());
  }

  /** The problem standing under this key, if any. */
  get(key: string): Problem | undefined {
    return this.#problems.get(key);
  }

  /** All standing problems: the gravest first, then the oldest. */
  list(): readonly Problem[] {
    return [...this.#problems.values()].sort(
      (a, b) => GRAVITY[a.severity] - GRAVITY[b.severity] || a.sinceMs - b.sinceMs || (a.key < b.key ? -1 : 1),
    );
  }

  /** Tells the whole list after each change. Dispose the result to stop. */
  onChange(listener: (problems: readonly Problem[]) => void): Disposable {
    return this.#changes.on(listener);
  }
}

const GRAVITY: Readonly<Record<Problem['severity'], number>> = { error: 0, warning: 1, info: 2 };

function sameProblem(a: Problem, b: Problem): boolean {
  return a.code === b.code && a.severity === b.severity && a.title === b.title && a.text === b.text && a.nextStep === b.nextStep;
}
