import { create } from '@bufbuild/protobuf';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Payments } from '../payments/payments.ts';
import {
  type AuthToken,
  type Capabilities,
  type HardwareInformation,
  type OrchestratorInfo,
  OrchestratorInfoSchema,
} from '../wire/gen/net/lp_rpc_pb.js';
import type { AuthTokens } from './auth-token.ts';
import type { SignatureVerifier, Signer } from './identity.ts';
import type { SegmentPort } from './job.ts';
import type { ObjectStore } from './object-store.ts';
import type { RecentErrors } from './recent-errors.ts';

/** Limits of the gateway-facing routes; tests shorten the times. */
export interface EdgeLimits {
  /** Milliseconds for a whole segment to come in; a gateway gives up after max(2 s, half the segment) by itself. */
  readonly bodyMs: number;
  /** Milliseconds without a byte of a body. */
  readonly bodyIdleMs: number;
  /** Milliseconds for the answer to a URL body's GET, body included. */
  readonly fetchMs: number;
  /** Largest segment, bytes. */
  readonly maxBodyBytes: number;
  /** Bytes of all segments coming in at once. */
  readonly maxIncomingBytes: number;
}

/** What the gateway-facing edge stands on: ports and facts, all handed in. */
export interface GatewayEdge {
  readonly signer: Signer;
  readonly verifier: SignatureVerifier;
  readonly tokens: AuthTokens;
  readonly payments: Payments;
  readonly port: SegmentPort;
  readonly store: ObjectStore;
  readonly errors: RecentErrors;
  readonly limits: EdgeLimits;
  readonly clock: Clock;
  readonly log: Log;
  /** Other instances of this orchestrator, as `https://` URLs. */
  readonly nodes: readonly string[];
  serviceUri(): string;
  /** What is offered to gateways now. */
  capabilities(): Capabilities;
  /** This machine's hardware, told to callers that name no capabilities. */
  hardware(): readonly HardwareInformation[];
  /** Whether a segment of this session could be taken now; the empty id asks for a new session. */
  admits(sessionId: string): boolean;
  /** Whether live video of one of these models could be taken now. */
  hasLiveCapacity(models: readonly string[]): boolean;
}

/** For whom an {@link OrchestratorInfo} is made. */
export interface InfoParameters {
  readonly gateway: Uint8Array;
  readonly authToken: AuthToken;
  /** Absent in discovery: then the price list counts, not a session's own price. */
  readonly sessionId?: string;
  readonly capabilities?: Capabilities;
}

/** What a gateway is told of this orchestrator (go-livepeer `server/rpc.go`, orchestratorInfo). Rejects as `Payments.quote` does. */
export async function orchestratorInfo(edge: GatewayEdge, parameters: InfoParameters): Promise<OrchestratorInfo> {
  const { gateway, authToken, sessionId, capabilities } = parameters;
  const quote = await edge.payments.quote({
    gateway,
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(capabilities ? { capabilities } : {}),
  });
  const info = create(OrchestratorInfoSchema, {
    transcoder: edge.serviceUri(),
    address: edge.signer.address,
    capabilities: edge.capabilities(),
    authToken,
    nodes: [...edge.nodes],
  });
  if (quote.price) info.priceInfo = quote.price;
  if (quote.ticketParams) info.ticketParams = quote.ticketParams;
  if (!capabilities || edge.serviceUri() === '') info.hardware = [...edge.hardware()];
  if (!capabilities) info.capabilitiesPrices = [...quote.capabilityPrices];
  return info;
}
