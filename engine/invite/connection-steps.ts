import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { deadline } from '../base/abort.ts';
import { EngineError } from '../base/errors.ts';
import { pinOf } from '../wire/pin.ts';

/** Where an orchestrator is to be found; `wire`'s parsed address is one. */
export interface ConnectionTarget {
  readonly host: string;
  readonly port: number;
}

/** What a step found, in words for a person. */
export interface StepFinding {
  readonly ok: boolean;
  readonly text: string;
  readonly nextStep?: string;
}

/** What the TLS handshake found, and what it shows of the steps behind it. */
export interface TlsFinding extends StepFinding {
  /** Pin of the key that the other side has; undefined when the handshake did not get so far. */
  readonly pin?: string;
  /** Whether HTTP/2 was agreed; undefined when TLS was not. */
  readonly http2?: StepFinding;
}

/** Milliseconds for each step. */
const STEP_MS = 10_000;

const ASK_OPERATOR =
  'Check the port: an orchestrator has one port for gateways and transcoders (8935 by default) and another for its own command line.';

/** Whether the name leads to an address. */
export async function tryName({ host }: ConnectionTarget): Promise<StepFinding> {
  if (isIP(host) !== 0) return { ok: true, text: `${host} is an address itself.` };
  try {
    const { address } = await lookup(host);
    return { ok: true, text: `${host} is ${address}.` };
  } catch (error) {
    const errno = errnoOf(error);
    return errno === 'ENOTFOUND'
      ? {
          ok: false,
          text: `There is no computer named ${host}.`,
          nextStep: 'Check the spelling of the orchestrator address.',
        }
      : {
          ok: false,
          text: `The name ${host} could not be looked up (${errno}).`,
          nextStep: 'Check the internet connection and the DNS settings of this computer.',
        };
  }
}

/**
 * Whether something takes connections there.
 * @throws the signal's reason
 */
export async function tryTcp({ host, port }: ConnectionTarget, parent: AbortSignal): Promise<StepFinding> {
  using limit = deadline(STEP_MS, 'Connecting', parent);
  const errno = await new Promise<string>((resolve) => {
    const socket = connectTcp({ host, port, signal: limit.signal });
    socket.once('connect', () => {
      socket.destroy();
      resolve('');
    });
    socket.on('error', (error) => resolve(limit.signal.aborted ? 'ETIMEDOUT' : errnoOf(error) || error.message));
  });
  parent.throwIfAborted();
  const at = `${host}:${port}`;
  switch (errno) {
    case '':
      return { ok: true, text: `${at} takes connections.` };
    case 'ECONNREFUSED':
      return {
        ok: false,
        text: `${at} refuses connections: the computer is there, but no orchestrator listens on that port.`,
        nextStep: 'Check the port, and ask the operator whether the orchestrator runs.',
      };
    case 'ETIMEDOUT':
      return {
        ok: false,
        text: `${at} does not answer at all.`,
        nextStep:
          'Check the address. If it is right, a firewall or router on the way blocks it: the operator must open that port.',
      };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return {
        ok: false,
        text: `There is no way to ${host} from this network.`,
        nextStep: 'Check the internet connection of this computer, and its VPN if there is one.',
      };
    default:
      return {
        ok: false,
        text: `${at} cannot be reached (${errno}).`,
        nextStep: 'Check the address and the internet connection.',
      };
  }
}

/** What a handshake came to. */
interface Handshake {
  readonly protocol?: string | false | null;
  readonly pin?: string;
  readonly error?: unknown;
}

/**
 * Whether it speaks TLS, with which key, and HTTP/2 in it. The certificate is not judged: the reference's orchestrators sign their own
 * (go-livepeer `server/cert.go`).
 * @throws the signal's reason
 */
export async function tryTls(target: ConnectionTarget, parent: AbortSignal): Promise<TlsFinding> {
  using limit = deadline(STEP_MS, 'The TLS handshake', parent);
  const at = `${target.host}:${target.port}`;
  const { protocol, pin, error } = await handshake(target, limit.signal);
  parent.throwIfAborted();
  const key = pin === undefined ? {} : { pin };
  if (protocol === 'h2') {
    return { ok: true, text: `${at} speaks TLS.`, ...key, http2: { ok: true, text: `${at} answers over TLS and HTTP/2.` } };
  }
  const errno = errnoOf(error);
  if (protocol !== undefined || /NO_APPLICATION_PROTOCOL/i.test(errno)) {
    const http2 = {
      ok: false,
      text: `${at} speaks TLS but not HTTP/2, so it is no orchestrator, or a proxy stands before it.`,
      nextStep: ASK_OPERATOR,
    };
    return { ok: true, text: `${at} speaks TLS.`, ...key, http2 };
  }
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|INVALID_RECORD|UNEXPECTED_MESSAGE|RECORD_LAYER/i.test(errno)) {
    return {
      ok: false,
      text: `${at} does not speak TLS: something else listens there, e.g. plain HTTP.`,
      nextStep: ASK_OPERATOR,
    };
  }
  if (limit.signal.aborted) {
    return {
      ok: false,
      text: `${at} accepts connections but does not answer the TLS handshake.`,
      nextStep: `It may be no orchestrator, or it hangs. ${ASK_OPERATOR}`,
    };
  }
  return {
    ok: false,
    text: `${at} ended the TLS handshake (${errno || (error instanceof Error ? error.message : 'no reason given')}).`,
    nextStep: `It may be no orchestrator. ${ASK_OPERATOR}`,
  };
}

function handshake({ host, port }: ConnectionTarget, signal: AbortSignal): Promise<Handshake> {
  return new Promise((resolve) => {
    const socket = connectTls({
      host,
      port,
      ALPNProtocols: ['h2'],
      rejectUnauthorized: false,
      ...(isIP(host) === 0 ? { servername: host } : {}),
    });
    const onAbort = () => socket.destroy(new EngineError({ code: 'timeout', message: 'no answer' }));
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate();
      resolve({ protocol: socket.alpnProtocol, ...(certificate ? { pin: pinOf(certificate.publicKey) } : {}) });
      socket.destroy();
    });
    socket.on('error', (error) => resolve({ error }));
    socket.once('close', () => {
      signal.removeEventListener('abort', onAbort);
      resolve({ error: new Error('closed') });
    });
  });
}

function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
