/**
 * One thing the engine does (transcoder client, orchestrator, practice gateway …), driven by the run state:
 * running → draining → paused or stopped. Every reason to stop (pause, schedule, heat, update, GPU off) goes through `drain`.
 */
export interface Role extends AsyncDisposable {
  readonly name: string;
  /** Starts taking work. Rejects only for what no retry can mend. */
  start(): Promise<void>;
  /** Takes no new work; resolves when running work has ended, or rejects with the signal's reason when it aborts first. */
  drain(signal: AbortSignal): Promise<void>;
  /** Takes work again after `drain`. */
  resume(): Promise<void>;
  /** Pieces of work (segments) running now. */
  readonly inFlight: number;
}
