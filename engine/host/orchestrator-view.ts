import {
  ORCHESTRATOR_ROWS,
  type OrchestratorSession,
  type OrchestratorTranscoder,
  type OrchestratorView,
  type Reachability,
  type WhyNoWorkItem,
} from '../api/orchestrator.ts';
import type { OrchestratorStatus } from '../orchestrator/status.ts';

/** What is known beside the orchestrator's own status. */
export interface ViewFacts {
  /** Where it listens, `host:port`. */
  readonly listening: string;
  readonly secretSet: boolean;
  readonly editable: boolean;
  readonly reachability: Reachability;
  readonly whyNoWork: readonly WhyNoWorkItem[];
}

/** Errors that a view carries at most. */
const ERRORS = 20;

/** The orchestrator's status as the page and the CLI see it. */
export function orchestratorView(status: OrchestratorStatus, facts: ViewFacts): OrchestratorView {
  const { listening, secretSet, editable, reachability, whyNoWork } = facts;
  const capacity = status.transcoders.reduce((sum, transcoder) => sum + transcoder.capacity, 0);
  const sessions = status.sessions
    .map(
      ({ sessionId, manifestId, gateway, transcoder, segments, failed, startedAtMs, lastSegmentAtMs }): OrchestratorSession => {
        return { id: sessionId, manifestId, gateway: named(gateway), transcoder, segments, failed, startedAtMs, lastSegmentAtMs };
      },
    )
    .sort((a, b) => (b.lastSegmentAtMs ?? b.startedAtMs) - (a.lastSegmentAtMs ?? a.startedAtMs));
  return {
    serviceUri: status.serviceUri,
    listening,
    reachability,
    secretSet,
    // The practice network's limit is its transcoders' alone.
    maxSessions: editable ? status.maxSessions : capacity,
    onChain: status.onChain,
    draining: status.draining,
    editable,
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
        local: transcoder.id === LOCAL_ID,
        capabilities: transcoder.capabilities,
        ...(transcoder.lastFault === undefined ? {} : { lastFault: transcoder.lastFault }),
      }),
    ),
    transcoderCount: status.transcoders.length,
    prices: status.prices,
    capabilities: status.capabilities,
    recentErrors: status.recentErrors.slice(0, ERRORS),
    whyNoWork,
  };
}

/** Off-chain gateways have no address of their own: they send zeros. */
function named(gateway: string | null): string | null {
  return gateway === null || /^0x0+$/.test(gateway) ? null : gateway;
}

/** Id of this process's own transcoder in its orchestrator. */
export const LOCAL_ID = 'local';
