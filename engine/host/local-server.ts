import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { applyWSSHandler } from '@trpc/server/adapters/ws';
import { WebSocketServer } from 'ws';
import type { EngineApi } from '../api/commands.ts';
import { createRouter } from '../api/router.ts';
import { EngineError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { type RigProxy, rigPathOf } from '../fleet/rig-proxy.ts';
import { APP_ORIGIN, bearer, isLocalRequest, pathOf, tokenMatches } from './access.ts';
import { CONTENT_SECURITY_POLICY, loadStaticFiles, type StaticFile, sendStaticFile } from './static-files.ts';

/** One file of the live preview. */
interface PreviewFile {
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

/** What the local server needs. */
export interface LocalServerParameters {
  readonly api: EngineApi;
  readonly token: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Folder of the built page; absent or empty = no page is served. */
  readonly pageDir?: string;
  /** Prometheus text. */
  readonly metrics: () => string;
  /** File of the live preview for a URL path `/preview/…`. */
  readonly preview: (path: string) => PreviewFile | undefined;
  /** Passes `/rigs/<id>/…` on to other machines; absent = there are none. */
  readonly rigs?: Pick<RigProxy, 'serve' | 'preview'>;
  readonly log: Log;
}

/** The running local server. */
export interface LocalServer extends AsyncDisposable {
  readonly port: number;
  /** `http://127.0.0.1:<port>` */
  readonly address: string;
}

/** Largest message a client may send, bytes: the longest command is a directory of pools (`ImportPoolsSchema`, escaped). */
export const MAX_MESSAGE = 2 * 1024 * 1024;

const SECURITY_HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** What lets the app's page, whose origin is another one, read previews with its token. */
const APP_HEADERS = {
  'access-control-allow-origin': APP_ORIGIN,
  'access-control-allow-headers': 'authorization, range',
  'access-control-allow-private-network': 'true',
  'access-control-max-age': '600',
};

/**
 * Serves the local API (tRPC over WebSocket at `/trpc`), the page, live previews and `/metrics` on the loopback address.
 * The page itself holds no data and needs no token; everything else does.
 * @throws EngineError `port-in-use` when another program has the port
 */
export async function startLocalServer(parameters: LocalServerParameters): Promise<LocalServer> {
  const { api, token, log } = parameters;
  const files = loadStaticFiles(parameters.pageDir ?? '');
  let port = parameters.port;

  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, (request, response) => {
    handle(request, response, { ...parameters, files, port });
  });

  const wss = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE, perMessageDeflate: false });
  const handler = applyWSSHandler({
    wss,
    router: createRouter(api),
    createContext: ({ info }) => ({ authorised: tokenMatches(token, info.connectionParams?.token) }),
    keepAlive: { enabled: true, pingMs: 15_000, pongWaitMs: 10_000 },
    onError: ({ error, path }) => {
      if (error.code !== 'UNAUTHORIZED') log.warn({ err: error, path }, 'local API call failed');
    },
  });

  const passing = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE, perMessageDeflate: false });

  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const pathname = pathOf(request) ?? '';
    const rig = parameters.rigs ? rigPathOf(pathname) : undefined;
    if (!isLocalRequest(request, port) || (pathname !== '/trpc' && rig?.rest !== '/trpc')) {
      socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n');
      return;
    }
    if (rig) passing.handleUpgrade(request, socket, head, (client) => parameters.rigs?.serve(client, rig.id));
    else wss.handleUpgrade(request, socket, head, (client) => wss.emit('connection', client, request));
  });

  await listen(server, parameters.port);
  port = (server.address() as AddressInfo).port;

  return {
    port,
    address: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      handler.broadcastReconnectNotification();
      for (const client of [...wss.clients, ...passing.clients]) client.terminate();
      wss.close();
      passing.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function listen(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    // Also for later: a connection that cannot be taken (no file descriptor left) must not end the engine.
    server.on('error', (cause: NodeJS.ErrnoException) => {
      reject(
        cause.code === 'EADDRINUSE'
          ? new EngineError({
              code: 'port-in-use',
              message: `Port ${port} on this machine is already used by another program`,
              nextStep: 'Close that program, or choose another port with --port (0 picks a free one).',
              cause,
            })
          : new EngineError({ code: 'internal', message: `The local server could not start: ${cause.message}`, cause }),
      );
    });
    server.listen(port, '127.0.0.1', () => resolve());
  });
}

interface HandleContext extends LocalServerParameters {
  readonly files: ReadonlyMap<string, StaticFile>;
}

interface Reply {
  readonly status: number;
  readonly body: string | Uint8Array;
  readonly type?: string;
}

function handle(request: IncomingMessage, response: ServerResponse, context: HandleContext): void {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
  if (request.headers.origin === APP_ORIGIN) {
    for (const [name, value] of Object.entries(APP_HEADERS)) response.setHeader(name, value);
  }
  const pathname = pathOf(request) ?? '';
  const file = context.files.get(pathname === '/' ? '/index.html' : pathname);
  if (file && isLocalRequest(request, context.port) && isRead(request)) {
    sendStaticFile(response, file, /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? '')));
    return;
  }
  const rig = context.rigs ? rigPathOf(pathname) : undefined;
  if (rig && isLocalRequest(request, context.port) && isRead(request) && tokenMatches(context.token, bearer(request))) {
    context.rigs?.preview(response, rig);
    return;
  }
  const { status, body, type } = answer(request, pathname, context);
  response.writeHead(status, { 'content-type': type ?? 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  response.end(body);
}

function isRead(request: IncomingMessage): boolean {
  return request.method === 'GET' || request.method === 'HEAD';
}

function answer(request: IncomingMessage, pathname: string, context: HandleContext): Reply {
  if (!isLocalRequest(request, context.port)) return { status: 403, body: 'Only this machine may ask, under a loopback name.' };
  if (request.method === 'OPTIONS' && request.headers.origin === APP_ORIGIN) return { status: 204, body: '' };
  if (!isRead(request)) return { status: 405, body: 'Only GET.' };
  if (pathname === '/healthz') return { status: 200, body: 'ok' };
  const isPreview = pathname.startsWith('/preview/');
  const isRig = context.rigs !== undefined && pathname.startsWith('/rigs/');
  if (pathname !== '/metrics' && !isPreview && !isRig) {
    return { status: 404, body: context.files.size === 0 ? 'The page was not built. Run `npm run build`.' : 'Not found.' };
  }
  if (!tokenMatches(context.token, bearer(request))) {
    return { status: 401, body: 'Send the token of the file api-token as "Authorization: Bearer …".' };
  }
  if (!isPreview) return { status: 200, body: context.metrics(), type: 'text/plain; version=0.0.4; charset=utf-8' };
  const file = context.preview(pathname);
  return file ? { status: 200, body: file.body, type: file.contentType } : { status: 404, body: 'No such preview.' };
}
