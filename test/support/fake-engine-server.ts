// A page server with a fake engine behind it: `node test/support/fake-engine-server.ts [scenario] [port]`.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { applyWSSHandler } from '@trpc/server/adapters/ws';
import { WebSocketServer } from 'ws';
import { createRouter } from '../../engine/api/router.ts';
import { FakeEngine } from './fake-engine.ts';
import { SCENARIOS, type Scenario } from './fake-engine-data.ts';
import { startFakePreviews } from './fake-previews.ts';

const PAGE = fileURLToPath(new URL('../../dist/renderer/', import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
/** The strictest policy the page works under. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** A running fake. */
export interface FakeServer extends AsyncDisposable {
  readonly engine: FakeEngine;
  readonly token: string;
  /** Link that opens the page. */
  readonly link: string;
  /** Cuts every WebSocket, as a restart would. */
  cut(): void;
}

/** Serves the built page and a fake engine on loopback; with `previews`, a real stream to watch (needs ffmpeg). */
export async function serveFake(scenario: Scenario, port = 0, previews = false): Promise<FakeServer> {
  const engine = new FakeEngine(scenario);
  const token = 'fake-token-for-looking';
  const preview = previews ? startFakePreviews('session-0', 'practice-1') : undefined;
  if (preview) engine.emit({ previews: preview.store.list() });
  const server = createServer(async (request, response) => {
    const name = new URL(request.url ?? '/', 'http://x').pathname;
    const file = path.join(PAGE, path.normalize(name === '/' ? '/index.html' : name));
    const found = file.startsWith(PAGE) && (await stat(file).catch(() => undefined))?.isFile();
    response.setHeader('content-security-policy', POLICY);
    const watched = preview?.store.serve(name);
    if (watched) {
      const allowed = request.headers.authorization === `Bearer ${token}`;
      response.writeHead(allowed ? 200 : 401, { 'content-type': watched.contentType }).end(allowed ? watched.body : '');
      return;
    }
    response.setHeader('content-type', TYPES[path.extname(file)] ?? 'application/octet-stream');
    if (found) createReadStream(file).pipe(response);
    else response.writeHead(404).end();
  });
  const sockets = new WebSocketServer({ server, path: '/trpc' });
  const handler = applyWSSHandler({
    wss: sockets,
    router: createRouter(engine),
    createContext: ({ info }) => ({ authorised: info.connectionParams?.token === token }),
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;
  return {
    engine,
    token,
    link: `http://127.0.0.1:${address.port}/#token=${token}`,
    cut: () => {
      for (const socket of sockets.clients) socket.terminate();
    },
    [Symbol.asyncDispose]: async () => {
      handler.broadcastReconnectNotification();
      preview?.stop();
      await engine.shutdown();
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const scenario = SCENARIOS.find((name) => name === process.argv[2]) ?? 'practice';
  const server = await serveFake(scenario, Number(process.argv[3] ?? 0), process.argv.includes('--previews'));
  process.stdout.write(`${scenario}: ${server.link}\n`);
  setInterval(() => undefined, 60_000);
}
