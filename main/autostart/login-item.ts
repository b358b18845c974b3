/**
 * How the system stands to starting Siphon at log-in. `elsewhere`: it starts another copy of Siphon, or one that was moved
 * or replaced since.
 */
export type LoginState = 'on' | 'off' | 'elsewhere';

/** Siphon among the programs that start at log-in. */
export interface LoginItem {
  /** What is really so now: the person may have changed it in the system's settings. */
  read(): LoginState;
  /** Throws the system's error when it refuses. */
  set(on: boolean): void;
}
