import type { Http2SecureServer, Http2ServerRequest } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { type ConnectRouter, createContextValues } from '@connectrpc/connect';
import { fastifyConnectPlugin } from '@connectrpc/connect-fastify';
import Fastify, { type FastifyInstance } from 'fastify';
import { EngineError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { MAX_MESSAGE_BYTES } from '../wire/limits.ts';
import type { CertificatePair } from '../wire/tls.ts';
import { Connections, type ConnectionsParameters } from './connections.ts';
import { sendText } from './http-text.ts';
import { PEER } from './registration.ts';

/** HTTP/2 windows, bytes. The default of 64 KiB would hold a transcoder 100 ms away to 5 Mbit/s of results. */
const STREAM_WINDOW = 1024 * 1024;
const CONNECTION_WINDOW = 4 * STREAM_WINDOW;

/**
 * Largest request headers, bytes. Payments travel in a header: a hundred tickets take some 12 kB, and the reference reads up to 1 MB.
 */
const MAX_HEADER_BYTES = 256 * 1024;

/** Memory that one HTTP/2 connection may hold, MB: a gateway's or transcoder's many streams share it. */
const MAX_SESSION_MEGABYTES = 256;

/** Connections held at once; beyond it new ones are refused by the system. */
const MAX_CONNECTIONS = 8_192;

/** Transcoders get so long to see the end of their streams, milliseconds. */
const CLOSE_GRACE_MS = 500;

/** Options of Node's HTTP/2 server that Fastify's types don't know. */
const HTTP1: object = { http1Options: { maxHeaderSize: MAX_HEADER_BYTES, connectionsCheckingInterval: 1_000 } };

export interface OrchestratorServerParameters {
  /** Address to bind to; loopback unless the user chose otherwise. */
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly certificate: CertificatePair;
  /** Milliseconds for the headers of an HTTP/1.1 request. */
  readonly headersMs: number;
  readonly connections: Omit<ConnectionsParameters, 'server' | 'log'>;
  readonly log: Log;
  /** Registers gRPC services. */
  readonly grpc: (router: ConnectRouter) => void;
  /** Registers HTTP routes; each in a scope of its own, with its own body parsing and error texts. */
  readonly http: ReadonlyArray<(instance: FastifyInstance) => void>;
}

/**
 * The orchestrator's one TLS port: gRPC over HTTP/2, HTTP/2 and HTTP/1.1 side by side, as in go-livepeer `server/rpc.go`.
 * A client that offers no ALPN at all gets HTTP/1.1 (go-livepeer transcoders download so).
 */
export class OrchestratorServer implements AsyncDisposable {
  readonly #fastify: FastifyInstance;
  readonly connections: Connections;
  /** Port it listens on. */
  readonly port: number;

  private constructor(fastify: FastifyInstance, connections: Connections, port: number) {
    this.#fastify = fastify;
    this.connections = connections;
    this.port = port;
  }

  /** Starts listening. Rejects with `port-in-use` when somebody else has the port. */
  static async listen(parameters: OrchestratorServerParameters): Promise<OrchestratorServer> {
    const { certificate, host, port, log } = parameters;
    const fastify = Fastify({
      http2: true,
      http2SessionTimeout: 0,
      https: {
        allowHTTP1: true,
        cert: certificate.cert,
        key: certificate.key,
        handshakeTimeout: 10_000,
        // Streams reset in a row are bounded by Node itself (streamResetBurst, streamResetRate).
        // Answers with renditions queue up behind a slow reader; at Node's own 10 MB it would refuse that gateway's new streams.
        maxSessionMemory: MAX_SESSION_MEGABYTES,
        settings: { initialWindowSize: STREAM_WINDOW, maxConcurrentStreams: 250, maxHeaderListSize: MAX_HEADER_BYTES },
        ...HTTP1,
      },
      logger: false,
      exposeHeadRoutes: false,
    });
    const server: Http2SecureServer = fastify.server;
    server.maxConnections = MAX_CONNECTIONS;
    // Node has them on a server that allows HTTP/1.1; its types don't say so.
    Object.assign(server, { headersTimeout: parameters.headersMs });
    server.on('session', (session) => session.setLocalWindowSize(CONNECTION_WINDOW));
    const connections = new Connections({ ...parameters.connections, server, log });
    const instance = fastify as unknown as FastifyInstance;
    instance.setNotFoundHandler((_request, reply) => sendText(reply, 404, '404 page not found'));
    instance.setErrorHandler((error, request, reply) => {
      const status = (error as { statusCode?: number }).statusCode ?? 500;
      if (status >= 500) log.error({ err: error, url: request.url }, 'a request failed');
      return sendText(reply, status, status >= 500 ? 'Internal Server Error' : (error as Error).message);
    });
    await instance.register(fastifyConnectPlugin, {
      grpc: true,
      grpcWeb: false,
      connect: false,
      readMaxBytes: MAX_MESSAGE_BYTES,
      routes: parameters.grpc,
      contextValues: (request) => createContextValues().set(PEER, peerOf(request.raw as unknown as Http2ServerRequest)),
    });
    for (const routes of parameters.http) await instance.register(async (scope) => routes(scope));
    try {
      await instance.listen({ host, port });
    } catch (error) {
      connections[Symbol.dispose]();
      throw listenError(error, host, port);
    }
    return new OrchestratorServer(instance, connections, (server.address() as AddressInfo).port);
  }

  /** Serves new connections with another certificate; those that stand are not touched. */
  useCertificate({ cert, key }: CertificatePair): void {
    (this.#fastify.server as unknown as Http2SecureServer).setSecureContext({ cert, key });
  }

  /** Ends all connections and the listening. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.#fastify.close();
    await this.connections.end(CLOSE_GRACE_MS);
    await closed;
  }
}

function peerOf(request: Http2ServerRequest) {
  const { remoteAddress, remotePort } = request.socket;
  const session = request.stream?.session;
  return {
    address: `${remoteAddress}:${remotePort}`,
    session: session && 'settings' in session ? (session as never) : undefined,
  };
}

function listenError(error: unknown, host: string, port: number): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return error;
  return new EngineError({
    code: 'port-in-use',
    message: `Port ${port} on ${host} is used by another program`,
    nextStep: 'Stop that program, or choose another port for the orchestrator.',
    cause: error,
  });
}
