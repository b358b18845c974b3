import {
  ORCHESTRATOR_ROWS,
  type OrchestratorPrices,
  type OrchestratorSession,
  type OrchestratorTranscoder,
  type OrchestratorView,
  type Reachability,
} from '../api/orchestrator.ts';
import type { OrchestratorStatus } from '../orchestrator/orchestrator.ts';

/** What is known beside the orchestrator's own status. */
export interface ViewFacts {
  readonly local: string;
  readonly secretSet: boolean;
  readonly editable: boolean;
  /** As configured; `auto` = what the transcoders take. */
  readonly maxSessions: number | 'auto';
  readonly reachability: Reachability;
  readonly prices: OrchestratorPrices;
  readonly nowMs: number;
}

/** The orchestrator's status as the page and the CLI see it. */
export function orchestratorView(status: OrchestratorStatus, facts: ViewFacts): OrchestratorView {
  const { maxSessions, nowMs, local } = facts;
  const capacity = status.transcoders.reduce((sum, transcoder) => sum + transcoder.capacity, 0);
  const sessions = status.sessions.map(({ sessionId, idleMs }): OrchestratorSession => {
    return {
      id: sessionId,
      manifestId: sessionId,
      gateway: null,
      transcoder: null,
      segments: 0,
      failed: 0,
      startedAtMs: nowMs,
      lastSegmentAtMs: Math.round((nowMs - idleMs) / 1000) * 1000,
    };
  });
  return {
    serviceUri: status.serviceUri,
    listening: new URL(local).host,
    reachability: facts.reachability,
    secretSet: facts.secretSet,
    maxSessions: maxSessions === 'auto' ? Math.max(1, capacity) : maxSessions,
    onChain: false,
    draining: status.draining,
    editable: facts.editable,
    inFlight: status.inFlight,
    sessions: sessions.slice(0, ORCHESTRATOR_ROWS),
    sessionCount: sessions.length,
    transcoders: status.transcoders.slice(0, ORCHESTRATOR_ROWS).map(
      (transcoder): OrchestratorTranscoder => ({
        id: transcoder.id,
        address: transcoder.address,
        capacity: transcoder.capacity,
        load: transcoder.sessions,
        segments: transcoder.segments,
        failed: transcoder.failed,
        medianMs: transcoder.roundTripMs ?? null,
        connectedSinceMs: transcoder.connectedAtMs,
        draining: transcoder.draining,
        local: transcoder.address === 'local',
        capabilities: [],
        ...(transcoder.lastFault === undefined ? {} : { lastFault: transcoder.lastFault }),
      }),
    ),
    transcoderCount: status.transcoders.length,
    prices: facts.prices,
    capabilities: [],
    recentErrors: [],
    whyNoWork: [],
  };
}
