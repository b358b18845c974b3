import { z } from 'zod';
import type { OverrideSchema, Presence } from './availability.ts';
import type { RepairApi } from './diagnostics.ts';
import type { SetEstimate } from './estimate.ts';
import type { FleetApi, RemoteApi } from './fleet.ts';
import type { InviteApi } from './invite.ts';
import type { Configure, ConfigureResult, SetPrices } from './orchestrator.ts';
import type { RigSummary } from './rig-summary.ts';
import type { SettingsView } from './settings.ts';
import type { ChooseWork, JoinOrchestrator, SetSetup } from './setup.ts';
import type { EngineSnapshot, SegmentRecord, WatchEvent } from './snapshot.ts';

/** Pause: for a while (milliseconds), until the engine's next start, or until resumed (kept over restarts). */
export const PauseSchema = z
  .object({
    forMs: z
      .number()
      .int()
      .positive()
      .max(7 * 24 * 3600_000)
      .optional(),
    until: z.literal('restart').optional(),
  })
  .refine(({ forMs, until }) => forMs === undefined || until === undefined, 'give either forMs or until');

/**
 * A page of the history, newest first. `before` and `beforeId` are the `startedAtMs` and the `id` of the last row seen;
 * without `beforeId`, rows that began in the same millisecond as the last one are left out.
 */
export const HistorySchema = z.object({
  before: z.number().optional(),
  beforeId: z.string().optional(),
  limit: z.number().int().min(1).max(500).default(100),
  state: z.enum(['done', 'failed']).optional(),
  sessionId: z.string().optional(),
});
export type HistoryQuery = z.infer<typeof HistorySchema>;

/** One line of the engine's log, as the page shows it. */
export interface LogLine {
  /** Counts by one from the engine's start. */
  readonly seq: number;
  readonly atMs: number;
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Input of the query `logs`: only lines after this one; absent = all that are kept. */
export const LogsSchema = z.object({ after: z.number().int().min(0) }).optional();

/** What the engine lets its clients do; implemented by `host`, reached through the router. */
export interface EngineApi {
  snapshot(): EngineSnapshot;
  /** Snapshot first, then updates, until the signal aborts. A client too slow to keep up is given a new snapshot. */
  watch(signal: AbortSignal): AsyncIterable<WatchEvent>;
  pause(input: z.infer<typeof PauseSchema>): Promise<void>;
  /** Ends the person's own pause; what rules ask for still holds. */
  resume(): Promise<void>;
  /** Works although rules ask for a pause, until each has cleared; ends the person's own pause too. */
  overrideAvailability(input: z.infer<typeof OverrideSchema>): Promise<void>;
  /** What the desktop shell knows about the machine. */
  reportPresence(input: Presence): void;
  history(query: HistoryQuery): Promise<{ readonly segments: readonly SegmentRecord[] }>;
  /** The last lines, oldest first; with `after`, those that came after that line's `seq`. */
  logs(after?: number): readonly LogLine[];
  /** Looks for GPUs again and probes them. */
  redetect(): Promise<void>;
  /** New prices of the own orchestrator, for sessions from now on; kept in the configuration. */
  setPrices(input: SetPrices): Promise<void>;
  /** Gives a transcoder no new sessions. */
  drainTranscoder(input: { readonly id: string }): Promise<void>;
  /** Ends a transcoder's registration; it may come back. */
  removeTranscoder(input: { readonly id: string }): Promise<void>;
  /** Tries now to reach the own orchestrator at its service URI; the outcome is in the view. */
  checkReachability(): Promise<void>;
  /** Changes the configuration file and takes it up at once: old roles drain, then the new ones start. */
  configure(input: Configure): Promise<ConfigureResult>;
  /** The configuration for showing and changing, without secrets. */
  settings(): Promise<SettingsView>;
  /** Keeps where the person is in the first run, or that it is over. */
  setSetup(input: SetSetup): Promise<void>;
  /** Chooses how this machine takes part, keeps it, and starts its work. */
  chooseWork(input: ChooseWork): Promise<void>;
  /** Keeps an orchestrator and its secret, and works for it as a siphon; whether it answers is in the snapshot's link. */
  joinOrchestrator(input: JoinOrchestrator): Promise<void>;
  /** Begins to measure how many streams this machine can take; work rests meanwhile. The progress is in the snapshot. */
  measure(): Promise<void>;
  cancelMeasure(): Promise<void>;
  /** New prices and hours for the estimate. */
  setEstimate(input: SetEstimate): Promise<void>;
  /** The little that a fleet keeps of this machine, at most once a second, when it changed. */
  summary(signal: AbortSignal): AsyncIterable<RigSummary>;
  /** Who may reach this machine. */
  readonly remote: RemoteApi;
  /** The rigs that this machine watches. */
  readonly fleet: FleetApi;
  /** Joining an orchestrator by invite or address, and inviting to the own one. */
  readonly invites: InviteApi;
  readonly repair: RepairApi;
  /** Drains, then ends the engine. */
  shutdown(): Promise<void>;
}
