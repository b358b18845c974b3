import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { EngineError, toEngineError } from '../base/errors.ts';
import type { OrchestratorAddress } from '../wire/address.ts';
import { type Capabilities, type NotifySegment, Transcoder } from '../wire/gen/net/lp_rpc_pb.js';
import { MAX_MESSAGE_BYTES } from '../wire/limits.ts';
import { dial } from './dial.ts';
import { quote } from './quote.ts';

/**
 * HTTP/2 pings on the registration's connection, milliseconds. The reference has none and notices a silently dead peer only by
 * TCP, after many minutes; here within half a minute. Not more often, out of politeness to servers that count pings.
 */
const PING_INTERVAL_MS = 20_000;
/** How long a ping may stay unanswered, milliseconds. */
const PING_TIMEOUT_MS = 10_000;

/** One registration with an orchestrator. */
export interface RegisterParameters {
  readonly address: OrchestratorAddress;
  readonly secret: string;
  /** Pin that the orchestrator's key must have; absent = any key. */
  readonly pin?: string | undefined;
  /** Sessions, ≥ 1. */
  readonly capacity: number;
  readonly capabilities: Capabilities;
  /** Ends the registration. */
  readonly signal: AbortSignal;
  /** The orchestrator holds the registration and did not refuse it. */
  readonly onRegistered: () => void;
  /** A task or teardown. The next message is read when the result resolves, so a slow receiver slows the orchestrator down. */
  readonly onNotice: (notice: NotifySegment) => Promise<void> | undefined;
  readonly dialTimeoutMs?: number;
  readonly pingIntervalMs?: number;
  readonly pingTimeoutMs?: number;
}

/**
 * Registers and serves the stream of notices until it ends. Resolves when the orchestrator ended it in good order.
 * @throws EngineError saying why it ended: `orchestrator-secret-refused` and `orchestrator-capacity-refused` are final, anything else
 *   may be tried again; or the signal's reason
 */
export async function register(parameters: RegisterParameters): Promise<void> {
  const { address, signal, onRegistered, onNotice } = parameters;
  const dialStarted = performance.now();
  const socket = await dial({
    address,
    protocols: ['h2'],
    pin: parameters.pin,
    signal,
    ...(parameters.dialTimeoutMs === undefined ? {} : { timeoutMs: parameters.dialTimeoutMs }),
  });
  const dialMs = performance.now() - dialStarted;
  if (socket.alpnProtocol !== 'h2') {
    socket.destroy();
    throw nonsense(address, 'it speaks TLS, but not HTTP/2');
  }
  const manager = new Http2SessionManager(
    address.uri,
    {
      pingIntervalMs: parameters.pingIntervalMs ?? PING_INTERVAL_MS,
      pingTimeoutMs: parameters.pingTimeoutMs ?? PING_TIMEOUT_MS,
    },
    { createConnection: () => socket },
  );
  const transport = createGrpcTransport({
    baseUrl: address.uri,
    sessionManager: manager,
    readMaxBytes: MAX_MESSAGE_BYTES,
    acceptCompression: [],
  });
  const call = new AbortController();
  const onAbort = () => call.abort(signal.reason);
  // A refusal may be followed by the end of the connection at once: it must be read first.
  const onClose = () => setTimeout(() => call.abort(lost(address)), 50);
  let reported = false;
  const registered = () => {
    if (reported) return;
    reported = true;
    onRegistered();
  };
  // Response headers come only with the first task, so silence is the only sign of success: a refusal needs one round trip, and
  // dialling took at least two.
  const grace = setTimeout(registered, Math.min(5000, Math.max(250, 2 * dialMs)));
  signal.addEventListener('abort', onAbort, { once: true });
  socket.once('close', onClose);
  try {
    const stream = createClient(Transcoder, transport).registerTranscoder(
      { secret: parameters.secret, capacity: BigInt(parameters.capacity), capabilities: parameters.capabilities },
      { signal: call.signal },
    );
    for await (const notice of stream) {
      registered();
      const pause = onNotice(notice);
      if (pause) await pause;
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw registrationError(address, error);
  } finally {
    clearTimeout(grace);
    signal.removeEventListener('abort', onAbort);
    socket.off('close', onClose);
    // One turn for the stream's reset to be written. Not `manager.abort()`: after a ping timeout it takes the manager's own error
    // listener away too early, and the session's error would end the process.
    await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
  }
}

function nonsense(address: OrchestratorAddress, what: string, cause?: unknown): EngineError {
  return new EngineError({
    code: 'orchestrator-nonsense',
    message: `${address.uri} answers, but not like an orchestrator that takes remote transcoders: ${what}.`,
    nextStep: 'Check the address, and that the orchestrator runs with -orchestrator and without -transcoder.',
    cause,
  });
}

function lost(address: OrchestratorAddress, cause?: unknown): EngineError {
  return new EngineError({
    code: 'orchestrator-closed',
    message: `The connection to ${address.uri} was lost.`,
    nextStep: 'Nothing to do: it is tried again by itself.',
    cause,
  });
}

/** Maps whatever ended a registration to an error a person understands. */
export function registrationError(address: OrchestratorAddress, error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  if (!(error instanceof ConnectError)) return toEngineError(error);
  const connectError = error;
  const text = quote(connectError.rawMessage);
  // These two texts are the protocol; a reference client stops for good on exactly them (go-livepeer server/ot_rpc.go).
  if (connectError.rawMessage === 'invalid secret') {
    return new EngineError({
      code: 'orchestrator-secret-refused',
      message: `The orchestrator ${address.uri} refused the secret.`,
      nextStep: "Ask the orchestrator's operator for the current secret (-orchSecret) and set it again.",
      cause: error,
    });
  }
  if (connectError.rawMessage === 'zero capacity') {
    return new EngineError({
      code: 'orchestrator-capacity-refused',
      message: `The orchestrator ${address.uri} refused this machine because it offers no sessions.`,
      nextStep: 'Set at least one session, or run the benchmark again.',
      cause: error,
    });
  }
  switch (connectError.code) {
    case Code.Unimplemented:
    case Code.PermissionDenied:
    case Code.Unauthenticated:
    case Code.Internal:
    case Code.InvalidArgument:
    case Code.ResourceExhausted:
    case Code.DataLoss:
      return nonsense(address, text, error);
    case Code.Unknown:
      return /^(HTTP \d+|unsupported content type|protocol error)/.test(text)
        ? nonsense(address, text, error)
        : new EngineError({
            code: 'orchestrator-closed',
            message: `The orchestrator ${address.uri} ended the registration: ${text}.`,
            cause: error,
          });
    default:
      return connectError.cause instanceof EngineError ? connectError.cause : lost(address, error);
  }
}
