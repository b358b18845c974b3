import { create } from '@bufbuild/protobuf';
import { ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { EngineError } from '../base/errors.ts';
import { segmentError, WIRE_TEXT } from '../orchestrator/faults.ts';
import type { OrchestratorAddress } from '../wire/address.ts';
import { fromBitstring, isCompatible } from '../wire/capabilities.ts';
import {
  type AuthToken,
  type Capabilities,
  Orchestrator,
  type OrchestratorInfo,
  OrchestratorRequestSchema,
} from '../wire/gen/net/lp_rpc_pb.js';
import { MAX_MESSAGE_BYTES } from '../wire/limits.ts';
import { ANY_CERTIFICATE } from '../wire/tls.ts';

/** Hard end of a GetOrchestrator, dialling included, milliseconds (go-livepeer `discovery/`). */
const CALL_TIMEOUT_MS = 6_000;

/** What an off-chain gateway calls itself: 20 zero bytes. */
const ZERO_ADDRESS = new Uint8Array(20);

/** Capabilities older than their own announcement; an answer that states none is trusted with these only. */
const LAST_UNANNOUNCED = 11;

/** An orchestrator's answer that a gateway can work with. */
export interface UsableInfo {
  /** Base of `/segment`: the answer's service URI. */
  readonly serviceUri: string;
  readonly authToken: AuthToken;
}

/** The gateway's side of `net.Orchestrator`, off-chain: zero address, empty signature, any certificate. */
export class Discovery implements Disposable {
  readonly #address: OrchestratorAddress;
  readonly #sessions: Http2SessionManager;
  readonly #client: ReturnType<typeof createClient<typeof Orchestrator>>;

  constructor(address: OrchestratorAddress) {
    this.#address = address;
    this.#sessions = new Http2SessionManager(address.uri, {}, { ...ANY_CERTIFICATE });
    const transport = createGrpcTransport({
      baseUrl: address.uri,
      sessionManager: this.#sessions,
      readMaxBytes: MAX_MESSAGE_BYTES,
      acceptCompression: [],
    });
    this.#client = createClient(Orchestrator, transport);
  }

  /**
   * Asks for a session for a job, and judges the answer as a reference gateway does.
   * @throws EngineError `busy` for `OrchestratorCapped`; `orchestrator-unreachable`; `orchestrator-nonsense` for an answer that
   *   cannot be used; `no-transcoder` when it lacks capabilities; or the signal's reason
   */
  async getOrchestrator(capabilities: Capabilities, signal: AbortSignal): Promise<UsableInfo> {
    const request = create(OrchestratorRequestSchema, { address: ZERO_ADDRESS, sig: new Uint8Array(0), capabilities });
    try {
      return usable(
        this.#address,
        await this.#client.getOrchestrator(request, { signal, timeoutMs: CALL_TIMEOUT_MS }),
        capabilities,
      );
    } catch (error) {
      throw this.#explain(error, signal);
    }
  }

  /** Tells that a session has ended. Failures don't matter: the orchestrator ends it by itself after a while. */
  async endSession(authToken: AuthToken, timeoutMs: number): Promise<void> {
    await this.#client.endTranscodingSession({ authToken }, { timeoutMs }).catch(() => {});
  }

  [Symbol.dispose](): void {
    this.#sessions.abort();
  }

  #explain(error: unknown, signal: AbortSignal): unknown {
    if (signal.aborted) return signal.reason;
    if (error instanceof EngineError) return error;
    const text = ConnectError.from(error).rawMessage;
    if (text.endsWith(WIRE_TEXT.capped)) {
      return segmentError('busy', WIRE_TEXT.capped, `The orchestrator ${this.#address.uri} has no room for another session`);
    }
    return new EngineError({
      code: 'orchestrator-unreachable',
      message: `The orchestrator ${this.#address.uri} gives no session: ${text}.`,
      nextStep: 'Check the address, and whether the orchestrator runs.',
      cause: error,
    });
  }
}

/**
 * Judges an answer as a reference gateway does (go-livepeer `discovery/`, `server/broadcast.go`).
 * @throws EngineError `orchestrator-nonsense` or `no-transcoder`
 */
function usable(address: OrchestratorAddress, info: OrchestratorInfo, wanted: Capabilities): UsableInfo {
  const { transcoder, authToken, capabilities } = info;
  if (transcoder === '') throw unusable(address, 'it states no service URI');
  if (!URL.canParse(transcoder)) throw unusable(address, 'its service URI is no URL');
  if (!authToken) throw unusable(address, 'it gives no auth token');
  const able = capabilities
    ? isCompatible(wanted, capabilities)
    : fromBitstring(wanted.bitstring).every((number) => number <= LAST_UNANNOUNCED);
  if (!able) {
    throw segmentError(
      'no-transcoder',
      WIRE_TEXT.noCapable,
      `The orchestrator ${address.uri} cannot do what this stream asks for`,
      'Connect a transcoder that can, or choose other renditions.',
    );
  }
  return { serviceUri: transcoder, authToken };
}

function unusable(address: OrchestratorAddress, what: string): EngineError {
  return new EngineError({
    code: 'orchestrator-nonsense',
    message: `The answer of the orchestrator ${address.uri} cannot be used: ${what}.`,
    nextStep: 'Check the address.',
  });
}
