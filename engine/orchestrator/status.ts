import type { OrchestratorError, OrchestratorPrices } from '../api/orchestrator.ts';
import type { SessionFacts } from './session-ledger.ts';
import type { SessionStatus } from './sessions.ts';
import type { TranscoderStatistics } from './statistics.ts';

/** One open session. */
export interface OpenSession extends SessionStatus, SessionFacts {
  /** Id of the transcoder that it is bound to; null before its first segment was given out. */
  readonly transcoder: string | null;
}

/** What the orchestrator does now. */
export interface OrchestratorStatus {
  readonly serviceUri: string;
  readonly onChain: boolean;
  readonly draining: boolean;
  readonly inFlight: number;
  /** Segments that wait for an earlier one of their session. */
  readonly queued: number;
  /** Sessions taken at once. */
  readonly maxSessions: number;
  readonly sessions: readonly OpenSession[];
  readonly transcoders: readonly TranscoderStatistics[];
  /** Bytes of segments and renditions held. */
  readonly heldBytes: number;
  /** Bytes of segments that are coming in or in work. */
  readonly incomingBytes: number;
  /** What gateways may ask for, by name. */
  readonly capabilities: readonly string[];
  readonly prices: OrchestratorPrices;
  /** The last ones first. */
  readonly recentErrors: readonly OrchestratorError[];
  /** When a segment was last delivered, milliseconds since the Unix epoch; null = not yet. */
  readonly lastDeliveredAtMs: number | null;
}
