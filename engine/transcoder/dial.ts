import { isIP } from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import { EngineError } from '../base/errors.ts';
import type { OrchestratorAddress } from '../wire/address.ts';
import { pinMismatch } from '../wire/pin.ts';
import { ANY_CERTIFICATE } from '../wire/tls.ts';

/** How long a connection with TLS may take to be made, milliseconds. */
const DIAL_TIMEOUT_MS = 10_000;

/** What to dial. */
export interface DialParameters {
  readonly address: OrchestratorAddress;
  /** Application protocols offered (ALPN), best first. */
  readonly protocols: readonly string[];
  /** Pin that the orchestrator's key must have; absent = any key. */
  readonly pin?: string | undefined;
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
}

/**
 * Opens a TLS connection to an orchestrator, taking any certificate, or with a pin any certificate with that key.
 * @throws EngineError `orchestrator-unreachable`, `orchestrator-no-tls` or `orchestrator-certificate-changed`, told in plain words; or the signal's reason
 */
export function dial({ address, protocols, pin, timeoutMs = DIAL_TIMEOUT_MS, signal }: DialParameters): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    let connected = false;
    const socket = tls.connect({
      host: address.host,
      port: address.port,
      ALPNProtocols: [...protocols],
      // No server name for an IP address: TLS forbids it, and the reference sends none.
      ...(isIP(address.host) ? {} : { servername: address.host }),
      ...ANY_CERTIFICATE,
    });
    const settle = (finish: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError);
      socket.off('close', onClose);
      finish();
    };
    const fail = (error: unknown) => {
      settle(() => reject(error));
      // Errors after the first say nothing new, but must have a listener.
      socket.on('error', () => {});
      socket.destroy();
    };
    const onAbort = () => fail(signal.reason);
    const onError = (error: Error) => fail(dialError(address, error, connected));
    const onClose = () => fail(hungUp(address));
    const timer = setTimeout(() => fail(silent(address, timeoutMs, connected)), timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('connect', () => {
      connected = true;
    });
    socket.once('error', onError);
    socket.once('close', onClose);
    socket.once('secureConnect', () => {
      const mismatch = pin === undefined ? undefined : pinMismatch(socket, pin, address.uri);
      if (mismatch) {
        fail(mismatch);
        return;
      }
      socket.setNoDelay(true);
      settle(() => resolve(socket));
    });
  });
}

function unreachable(message: string, nextStep: string, cause?: unknown): EngineError {
  return new EngineError({ code: 'orchestrator-unreachable', message, nextStep, cause });
}

function noTls(message: string, cause?: unknown): EngineError {
  return new EngineError({
    code: 'orchestrator-no-tls',
    message,
    nextStep: "Check host and port: it must be the orchestrator's service address, which speaks TLS.",
    cause,
  });
}

function silent(address: OrchestratorAddress, timeoutMs: number, connected: boolean): EngineError {
  const seconds = timeoutMs / 1000;
  return connected
    ? noTls(`${address.uri} accepts connections, but did not answer in TLS within ${seconds} s.`)
    : unreachable(
        `${address.uri} did not answer within ${seconds} s.`,
        'Check the address, and whether a firewall on either side blocks the port.',
      );
}

function hungUp(address: OrchestratorAddress, cause?: unknown): EngineError {
  return noTls(`${address.uri} closed the connection before TLS was agreed.`, cause);
}

/** Plain words for an error of the network while connecting. */
export function dialError(address: OrchestratorAddress, error: Error, connected: boolean): EngineError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  switch (code) {
    case 'ECONNREFUSED':
      return unreachable(
        `Nothing listens at ${address.uri}: the connection was refused.`,
        'Check host and port, and whether the orchestrator runs.',
        error,
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NODATA':
      return unreachable(
        `The name ${address.host} cannot be found${code === 'EAI_AGAIN' ? ' at the moment: the name service does not answer' : ''}.`,
        "Check the orchestrator's address for typing errors, and this machine's network.",
        error,
      );
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
    case 'EADDRNOTAVAIL':
      return unreachable(`There is no way from this machine to ${address.uri}.`, "Check this machine's network.", error);
    case 'ETIMEDOUT':
      return unreachable(`${address.uri} did not answer.`, 'Check the address, and whether a firewall blocks the port.', error);
    case 'ECONNRESET':
    case 'EPIPE':
      return hungUp(address, error);
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
    case 'ERR_SSL_HTTP_REQUEST':
    case 'ERR_SSL_UNEXPECTED_MESSAGE':
      return noTls(`${address.uri} answers, but does not speak TLS.`, error);
    default:
      return connected
        ? noTls(`TLS with ${address.uri} failed: ${error.message}.`, error)
        : unreachable(`${address.uri} cannot be reached: ${error.message}.`, 'Check the address.', error);
  }
}
