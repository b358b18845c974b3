import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { applyWSSHandler } from '@trpc/server/adapters/ws';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { EngineApi } from '../api/commands.ts';
import { createRouter } from '../api/router.ts';
import { EngineError, toEngineError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Device, DeviceRegistry } from '../fleet/devices.ts';
import type { PairingDesk, PairingTry } from '../fleet/pairing-desk.ts';
import {
  HelloSchema,
  MAX_PAIRING_MESSAGE,
  PAIR_PATH,
  PAIRING_EXCHANGE_MS,
  ProofSchema,
  readMessage,
} from '../fleet/pairing-messages.ts';
import type { RemoteKey } from '../fleet/remote-key.ts';
import { bearer, pathOf } from './access.ts';
import { type LocalServerParameters, MAX_MESSAGE } from './local-server.ts';

/** What the remote server needs. */
export interface RemoteServerParameters {
  readonly api: EngineApi;
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  readonly key: RemoteKey;
  readonly desk: PairingDesk;
  readonly devices: DeviceRegistry;
  /** What this machine calls itself. */
  readonly name: () => string;
  readonly metrics: LocalServerParameters['metrics'];
  readonly preview: LocalServerParameters['preview'];
  /** Devices, connections or the pairing have changed; `atOnce`: somebody waits to see it. */
  readonly onChange: (atOnce?: boolean) => void;
  readonly log: Log;
}

/** The running remote server. */
export interface RemoteServer extends AsyncDisposable {
  readonly port: number;
  /** Open connections of a device now. */
  connections(deviceId: string): number;
  /** Ends a device's connections at once. */
  drop(deviceId: string): void;
}

/** Connections at once, paired or not; more are closed unheard. */
const MAX_CONNECTIONS = 256;

/** Connections at once that have not shown a token (a pairing, a port scan). */
const MAX_PAIRINGS = 8;

/**
 * Serves paired machines over TLS 1.3: tRPC over WebSocket at `/trpc`, previews and `/metrics`, each only with a device's token
 * in the header; and, without, the pairing. Nothing else is there: no page, no browser (requests with an Origin are refused).
 * @throws EngineError `port-in-use`, or `internal` when it cannot listen
 */
export async function startRemoteServer(parameters: RemoteServerParameters): Promise<RemoteServer> {
  const { api, key, devices, desk, log, onChange } = parameters;
  const open = new Map<string, Set<WebSocket>>();
  const callers = new WeakMap<IncomingMessage, Device>();

  const server = createServer(
    {
      key: key.key,
      cert: key.cert,
      minVersion: 'TLSv1.3',
      handshakeTimeout: 10_000,
      requestTimeout: 30_000,
      headersTimeout: 10_000,
    },
    (request, response) => handle(request, response, parameters),
  );
  server.maxConnections = MAX_CONNECTIONS;

  const wss = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE, perMessageDeflate: false });
  const handler = applyWSSHandler({
    wss,
    router: createRouter(api),
    createContext: ({ req }) => {
      const device = callers.get(req);
      return device ? { authorised: true, rights: device.rights } : { authorised: false };
    },
    keepAlive: { enabled: true, pingMs: 15_000, pongWaitMs: 10_000 },
    onError: ({ error, path }) => {
      if (error.code !== 'UNAUTHORIZED' && error.code !== 'FORBIDDEN') log.warn({ err: error, path }, 'remote API call failed');
    },
  });
  const pairing = new WebSocketServer({ noServer: true, maxPayload: MAX_PAIRING_MESSAGE, perMessageDeflate: false });

  const admit = (request: IncomingMessage, socket: Duplex, head: Buffer, device: Device): void => {
    callers.set(request, device);
    wss.handleUpgrade(request, socket, head, (client) => {
      const clients = open.get(device.id) ?? new Set();
      open.set(device.id, clients.add(client));
      client.once('close', () => {
        clients.delete(client);
        void devices.seen(device.id).catch(() => {});
        onChange();
      });
      wss.emit('connection', client, request);
      void devices.seen(device.id).catch((error: unknown) => log.warn({ err: error }, 'the list of devices was not written'));
      onChange();
    });
  };

  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const pathname = pathOf(request) ?? '';
    if (request.headers.origin !== undefined) return turnAway(socket, '403 Forbidden');
    if (pathname === PAIR_PATH) {
      if (pairing.clients.size >= MAX_PAIRINGS) return turnAway(socket, '503 Service Unavailable');
      pairing.handleUpgrade(request, socket, head, (client) => void takePairing(client, parameters));
      return;
    }
    if (pathname !== '/trpc') return turnAway(socket, '404 Not Found');
    const device = devices.find(bearer(request));
    if (!device) return turnAway(socket, '401 Unauthorized');
    admit(request, socket, head, device);
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());

  await listen(server, parameters.host, parameters.port);
  const { port } = server.address() as AddressInfo;
  const drop = (deviceId: string): void => {
    for (const client of open.get(deviceId) ?? []) client.terminate();
  };
  return {
    port,
    connections: (deviceId) => open.get(deviceId)?.size ?? 0,
    drop,
    async [Symbol.asyncDispose]() {
      desk.close();
      handler.broadcastReconnectNotification();
      for (const client of [...wss.clients, ...pairing.clients]) client.terminate();
      wss.close();
      pairing.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** One machine's try to be paired, from its hello to its token. */
async function takePairing(client: WebSocket, parameters: RemoteServerParameters): Promise<void> {
  const { desk, devices, key, name, log, onChange } = parameters;
  const timer = setTimeout(() => client.terminate(), PAIRING_EXCHANGE_MS);
  client.once('close', () => clearTimeout(timer));
  client.on('error', () => client.terminate());
  const say = (message: object): void => client.send(JSON.stringify(message));
  let attempt: PairingTry | undefined;
  let busy = false;
  client.on('message', async (data: RawData) => {
    // One message at a time, and no second hello on a connection.
    if (busy) return client.terminate();
    busy = true;
    try {
      if (!attempt) {
        const hello = readMessage(HelloSchema, String(data));
        attempt = desk.answer(hello, key.pin, name());
        onChange();
        say({ share: Buffer.from(attempt.share).toString('base64url'), name: name(), rights: attempt.rights });
        busy = false;
        return;
      }
      const done = attempt.finish(readMessage(ProofSchema, String(data)).proof);
      const { device, token } = await devices.add(done.name, done.rights);
      log.info({ device: device.name, rights: device.rights }, 'a machine was paired');
      onChange(true);
      say({ proof: Buffer.from(done.proof).toString('base64url'), token });
      client.close();
    } catch (thrown) {
      const error = toEngineError(thrown);
      log.warn({ code: error.code }, `a machine was not paired: ${error.message}`);
      onChange();
      say({ error: error.toInfo() });
      client.close();
    }
  });
}

function turnAway(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

interface Reply {
  readonly status: number;
  readonly body: string | Uint8Array;
  readonly type?: string;
}

function handle(request: IncomingMessage, response: ServerResponse, parameters: RemoteServerParameters): void {
  const { status, body, type = 'text/plain; charset=utf-8' } = answer(request, parameters);
  const headers = { 'content-type': type, 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' };
  response.writeHead(status, headers);
  response.end(body);
}

function answer(request: IncomingMessage, { devices, metrics, preview }: RemoteServerParameters): Reply {
  if (request.headers.origin !== undefined) return { status: 403, body: 'Not for browsers.' };
  if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, body: 'Only GET.' };
  // Who has no token learns nothing, not even what there is.
  if (!devices.find(bearer(request))) return { status: 401, body: 'Pair first.' };
  const pathname = pathOf(request) ?? '';
  if (pathname === '/metrics') return { status: 200, body: metrics(), type: 'text/plain; version=0.0.4; charset=utf-8' };
  const file = pathname.startsWith('/preview/') ? preview(pathname) : undefined;
  return file ? { status: 200, body: file.body, type: file.contentType } : { status: 404, body: 'Not found.' };
}

function listen(server: ReturnType<typeof createServer>, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    // Also for later: a connection that cannot be taken (no file descriptor left) must not end the engine.
    server.on('error', (cause: NodeJS.ErrnoException) => {
      reject(
        cause.code === 'EADDRINUSE'
          ? new EngineError({
              code: 'port-in-use',
              message: `Port ${port}, on which paired machines reach this one, is already used by another program`,
              nextStep:
                'Choose another one: siphon config set remote.port <port>. Machines that are paired must then pair again.',
              cause,
            })
          : new EngineError({
              code: 'internal',
              message: `Paired machines cannot reach this one: ${cause.message}`,
              nextStep: 'Look at the setting remote.host: it must be an address of this machine.',
              cause,
            }),
      );
    });
    server.listen(port, host, () => resolve());
  });
}
