import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type ClientOptions, WebSocket } from 'ws';
import { EngineError } from '../base/errors.ts';
import { PinnedAgent } from './pinned-agent.ts';
import type { Rig } from './rig.ts';

/** Largest message taken from a rig, bytes: a snapshot has a few hundred kB. */
const MAX_MESSAGE = 16 * 1024 * 1024;

/** How one rig is reached: the one place that knows paired rigs from tunnels. */
export interface Dial {
  /** Its tRPC address over one of its `addresses`, without query. */
  trpcUrl(address: string): string;
  readonly addresses: readonly string[];
  /** Options of the WebSocket to it. */
  readonly socket: ClientOptions;
  /** What the tRPC connection must begin with; undefined = the token is in the header. */
  readonly connectionParams: { readonly token: string } | undefined;
  /** Begins a GET for a path of the rig. */
  get(address: string, path: string): ClientRequest;
}

/** How to reach a rig with its token. */
export function dialOf(rig: Rig, token: string): Dial {
  return rig.kind === 'paired' ? pairedDial(rig.addresses, rig.pin, token) : tunnelDial(rig.address, rig.enginePort, token);
}

function pairedDial(addresses: readonly string[], pin: string, token: string): Dial {
  const agent = new PinnedAgent(pin);
  const headers = { authorization: `Bearer ${token}` };
  return {
    addresses,
    trpcUrl: (address) => `wss://${address}/trpc`,
    socket: { agent, headers, maxPayload: MAX_MESSAGE, perMessageDeflate: false, handshakeTimeout: 10_000 },
    connectionParams: undefined,
    get: (address, path) => httpsRequest(`https://${address}${path}`, { agent, headers }),
  };
}

function tunnelDial(address: string, enginePort: number, token: string): Dial {
  // The engine refuses requests that do not name its own port, and cannot know the tunnel's.
  const host = `127.0.0.1:${enginePort}`;
  const options: RequestOptions = { headers: { host, authorization: `Bearer ${token}` } };
  return {
    addresses: [address],
    trpcUrl: (to) => `ws://${to}/trpc`,
    socket: { headers: { host }, maxPayload: MAX_MESSAGE, perMessageDeflate: false, handshakeTimeout: 10_000 },
    connectionParams: { token },
    get: (to, path) => httpRequest(`http://${to}${path}`, options),
  };
}

/**
 * The WebSocket class that tRPC's client is to use for a rig. Why a connection failed is told to `onFailure`: the browser's
 * interface, which that client knows, does not say.
 */
export function socketClassOf(dial: Dial, onFailure: (error: EngineError) => void): typeof globalThis.WebSocket {
  const RigSocket = class extends WebSocket {
    constructor(url: string | URL) {
      super(url, dial.socket);
      let told = false;
      const tell = (error: EngineError): void => {
        // The first cause is the one: giving up after it is an error of its own.
        if (!told) onFailure(error);
        told = true;
      };
      this.on('error', (error) => tell(failureOf(error)));
      this.on('unexpected-response', (_request, response) => {
        tell(refusalOf(response));
        this.terminate();
      });
    }
  };
  // The same interface, but for what no client of ours uses.
  return RigSocket as unknown as typeof globalThis.WebSocket;
}

/** What an error of a connection to a rig means. */
export function failureOf(error: Error): EngineError {
  if (error instanceof EngineError) return error;
  return new EngineError({
    code: 'rig-unreachable',
    message: `It is not reached: ${error.message || 'no connection'}`,
    nextStep: 'Is it switched on, in this network, and Siphon running on it?',
    cause: error,
  });
}

/** What a rig's refusal to open a WebSocket means. */
export function refusalOf(response: Pick<IncomingMessage, 'statusCode'>): EngineError {
  if (response.statusCode === 401) {
    return new EngineError({
      code: 'unauthorized',
      message: 'It does not know this machine any more',
      nextStep: 'Pair it again: on the rig, run siphon remote pair.',
    });
  }
  return new EngineError({
    code: 'rig-unreachable',
    message: `Something answers at its address, but does not speak this protocol (HTTP ${response.statusCode ?? '?'})`,
    nextStep: 'Is the port right, and is Siphon what listens there?',
  });
}
