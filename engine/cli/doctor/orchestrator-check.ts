import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { deadline } from '../../base/abort.ts';
import { EngineError } from '../../base/errors.ts';
import { type Check, type CheckFinding, errnoOf } from './check.ts';

/** Where an orchestrator is to be found; `wire`'s parsed address is one. */
export interface OrchestratorAddress {
  readonly host: string;
  readonly port: number;
}

const STEP_MS = 10_000;

/**
 * Name, TCP, TLS, HTTP/2: the way to the orchestrator, step by step, and at which one it ends. Nothing is asked of it and no
 * secret is sent. Its certificate is not judged: the reference's orchestrators sign their own (go-livepeer `server/cert.go`).
 */
export function orchestratorCheck(address: OrchestratorAddress | undefined): Check {
  return {
    id: 'orchestrator',
    title: 'Way to the orchestrator',
    run: async (signal) => {
      if (address === undefined) return { status: 'skipped', text: 'No orchestrator is set.' };
      const { host, port } = address;
      return (await checkName(host)) ?? (await checkTcp(host, port, signal)) ?? (await checkTls(host, port, signal));
    },
  };
}

async function checkName(host: string): Promise<CheckFinding | undefined> {
  if (isIP(host) !== 0) return undefined;
  try {
    await lookup(host);
    return undefined;
  } catch (error) {
    const errno = errnoOf(error);
    return errno === 'ENOTFOUND'
      ? {
          status: 'fail',
          text: `There is no computer named ${host}.`,
          nextStep: 'Check the spelling of the orchestrator address.',
        }
      : {
          status: 'fail',
          text: `The name ${host} could not be looked up (${errno}).`,
          nextStep: 'Check the internet connection and the DNS settings of this computer.',
        };
  }
}

async function checkTcp(host: string, port: number, parent: AbortSignal): Promise<CheckFinding | undefined> {
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
      return undefined;
    case 'ECONNREFUSED':
      return {
        status: 'fail',
        text: `${at} refuses connections: the computer is there, but no orchestrator listens on that port.`,
        nextStep: 'Check the port, and ask the operator whether the orchestrator runs.',
      };
    case 'ETIMEDOUT':
      return {
        status: 'fail',
        text: `${at} does not answer at all.`,
        nextStep:
          'Check the address. If it is right, a firewall or router on the way blocks it: the operator must open that port.',
      };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return {
        status: 'fail',
        text: `There is no way to ${host} from this network.`,
        nextStep: 'Check the internet connection of this computer, and its VPN if there is one.',
      };
    default:
      return {
        status: 'fail',
        text: `${at} cannot be reached (${errno}).`,
        nextStep: 'Check the address and the internet connection.',
      };
  }
}

async function checkTls(host: string, port: number, parent: AbortSignal): Promise<CheckFinding> {
  using limit = deadline(STEP_MS, 'The TLS handshake', parent);
  const at = `${host}:${port}`;
  const started = performance.now();
  const result = await new Promise<{ readonly protocol?: string | false | null; readonly error?: unknown }>((resolve) => {
    const socket = connectTls({
      host,
      port,
      ALPNProtocols: ['h2'],
      rejectUnauthorized: false,
      ...(isIP(host) === 0 ? { servername: host } : {}),
    });
    const onAbort = () => socket.destroy(new EngineError({ code: 'timeout', message: 'no answer' }));
    limit.signal.addEventListener('abort', onAbort, { once: true });
    socket.once('secureConnect', () => {
      resolve({ protocol: socket.alpnProtocol });
      socket.destroy();
    });
    socket.on('error', (error) => resolve({ error }));
    socket.once('close', () => {
      limit.signal.removeEventListener('abort', onAbort);
      resolve({ error: new Error('closed') });
    });
  });
  parent.throwIfAborted();
  if (result.protocol === 'h2') {
    return { status: 'ok', text: `${at} answers over TLS and HTTP/2 (${Math.round(performance.now() - started)} ms).` };
  }
  const askOperator =
    'Check the port: an orchestrator has one port for gateways and transcoders (8935 by default) and another for its own command line.';
  if (result.protocol !== undefined || /NO_APPLICATION_PROTOCOL/i.test(errnoOf(result.error))) {
    return {
      status: 'fail',
      text: `${at} speaks TLS but not HTTP/2, so it is no orchestrator, or a proxy stands before it.`,
      nextStep: askOperator,
    };
  }
  const errno = errnoOf(result.error);
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|INVALID_RECORD|UNEXPECTED_MESSAGE|RECORD_LAYER/i.test(errno)) {
    return {
      status: 'fail',
      text: `${at} does not speak TLS: something else listens there, e.g. plain HTTP.`,
      nextStep: askOperator,
    };
  }
  if (limit.signal.aborted) {
    return {
      status: 'fail',
      text: `${at} accepts connections but does not answer the TLS handshake.`,
      nextStep: `It may be no orchestrator, or it hangs. ${askOperator}`,
    };
  }
  return {
    status: 'fail',
    text: `${at} ended the TLS handshake (${errno || (result.error instanceof Error ? result.error.message : 'no reason given')}).`,
    nextStep: `It may be no orchestrator. ${askOperator}`,
  };
}
