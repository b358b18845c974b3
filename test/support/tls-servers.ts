import { createServer as createHttpServer } from 'node:http';
import { createSecureServer as createHttp2Server } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { createCertificate } from '../../engine/wire/tls.ts';

/** A server on an ephemeral loopback port. */
export interface Listening extends AsyncDisposable {
  readonly port: number;
  readonly address: { readonly host: string; readonly port: number };
}

export async function listen(server: Server, host = '127.0.0.1'): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    address: { host, port },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Plain HTTP. */
export const plainHttp = () => listen(createHttpServer((_request, response) => response.end('hello')));

/** Accepts and never says a word. */
export const silent = () => listen(createTcpServer(() => {}));

/** TLS that negotiates HTTP/1.1 only. */
export async function tlsHttp1(): Promise<Listening> {
  return listen(createHttpsServer(createCertificate('127.0.0.1'), (_request, response) => response.end('hello')));
}

/** TLS that knows no ALPN at all. */
export async function tlsWithoutAlpn(): Promise<Listening> {
  return listen(createTlsServer(createCertificate('127.0.0.1'), (socket) => socket.on('error', () => {})));
}

/** What an orchestrator is: TLS with HTTP/2, and HTTP/1.1 beside it; `date` is the header it gives. */
export async function orchestratorLike(
  date: () => Date | null = () => new Date(),
): Promise<Listening & { readonly requests: string[] }> {
  const requests: string[] = [];
  const server = createHttp2Server({ ...createCertificate('127.0.0.1'), allowHTTP1: true }, (request, response) => {
    requests.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
    const now = date();
    // The HTTP/1.1 response knows the switch; without it Node would add the real time.
    (response as unknown as { sendDate: boolean }).sendDate = false;
    if (now !== null) response.setHeader('date', now.toUTCString());
    response.statusCode = 404;
    response.end();
  });
  return Object.assign(await listen(server), { requests });
}

/** A loopback port that nothing listens on: it was free a moment ago. */
export async function closedPort(): Promise<number> {
  const server = await listen(createTcpServer());
  await server[Symbol.asyncDispose]();
  return server.port;
}
