import { create } from '@bufbuild/protobuf';
import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect';
import { toEngineError } from '../base/errors.ts';
import { CAPABILITY } from '../wire/capabilities.ts';
import { addressText, orchestratorRequestMessage, toAddress } from '../wire/eth-signature.ts';
import {
  type Capabilities,
  EndTranscodingSessionResponseSchema,
  Orchestrator as OrchestratorService,
  PingPongSchema,
} from '../wire/gen/net/lp_rpc_pb.js';
import { WIRE_TEXT } from './faults.ts';
import { type GatewayEdge, orchestratorInfo } from './gateway-edge.ts';

/** Every error of the application is status UNKNOWN; gateways read the text only. */
function refusal(text: string): ConnectError {
  return new ConnectError(text, Code.Unknown);
}

/** `net.Orchestrator`: GetOrchestrator, EndTranscodingSession and Ping (go-livepeer `server/rpc.go`). */
export function gatewayService(router: ConnectRouter, edge: GatewayEdge): void {
  router.service(OrchestratorService, {
    async getOrchestrator(request) {
      const address = toAddress(request.address);
      const gateway = addressText(address);
      const refuse = (text: string) => {
        edge.errors.note('refusal', `A gateway asked for work and was refused: ${text}`, { gateway });
        return refusal(`Invalid orchestrator request: ${text}`);
      };
      if (!edge.verifier.verify(address, orchestratorRequestMessage(address), request.sig)) {
        throw refuse('orchestrator req sig check failed');
      }
      if (!edge.admits('')) throw refuse(WIRE_TEXT.capped);
      if (!request.ignoreCapacityCheck && edge.serviceUri() !== '' && !liveCapacity(edge, request.capabilities)) {
        throw refuse(WIRE_TEXT.capped);
      }
      try {
        return await orchestratorInfo(edge, {
          gateway: address,
          authToken: edge.tokens.issue(),
          ...(request.capabilities ? { capabilities: request.capabilities } : {}),
        });
      } catch (error) {
        const { details, message } = toEngineError(error);
        edge.errors.note('failure', 'A gateway could not be offered a price', { gateway, err: error });
        throw refusal(typeof details?.wireText === 'string' ? details.wireText : message);
      }
    },

    endTranscodingSession(request) {
      // Whoever holds the token may end its session, however old it is.
      if (!request.authToken || !edge.tokens.isOurs(request.authToken)) throw refusal('Invalid auth token');
      edge.port.endSession(request.authToken.sessionId);
      return create(EndTranscodingSessionResponseSchema);
    },

    async ping(request) {
      return create(PingPongSchema, { value: await edge.signer.sign(request.value) });
    },
  });
}

/** Only live video is asked for its room at discovery. */
function liveCapacity(edge: GatewayEdge, capabilities: Capabilities | undefined): boolean {
  const wanted = capabilities?.constraints?.PerCapability[CAPABILITY.liveVideoToVideo];
  return wanted === undefined || edge.hasLiveCapacity(Object.keys(wanted.models));
}
