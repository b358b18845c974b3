import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import http2, {
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import type { VideoProfile } from '../../engine/api/media.ts';
import { type OrchestratorAddress, OrchestratorAddressSchema } from '../../engine/wire/address.ts';
import {
  AuthTokenSchema,
  type NotifySegment,
  NotifySegmentSchema,
  type RegisterRequest,
  RegisterRequestSchema,
} from '../../engine/wire/gen/net/lp_rpc_pb.js';
import { type EncodeSegDataParameters, encodeSegData, INVALID_PROFILES } from '../../engine/wire/seg-data.ts';
import { createCertificate } from '../../engine/wire/tls.ts';

/** A request as either HTTP version hands it over. */
type Request = Http2ServerRequest | IncomingMessage;
/** A gRPC call's answering side. */
export type GrpcCall = Http2ServerResponse;
type Response = ServerResponse;

/** A result as it was posted. */
export interface PostedResult {
  readonly taskId: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  readonly httpVersion: string;
  readonly atMs: number;
  /** Which connection it came on, to see whether connections are reused. */
  readonly socket: Socket;
}

/** What the double does; everything has a well-behaved default. */
export interface FakeOrchestratorOptions {
  readonly port?: number;
  readonly secret?: string;
  /** Takes over a registration: return true when it was handled. */
  readonly onRegister?: (call: GrpcCall, request: RegisterRequest) => boolean;
  /** Takes over the answer to a result: return true when it was handled. Called after the body was read. */
  readonly onResult?: (result: PostedResult, response: Response) => boolean;
  /** Takes over a result before its body is read. */
  readonly onResultStart?: (request: Request, response: Response) => boolean;
  /** Answers requests for segments. */
  readonly onSegment?: (request: Request, response: Response) => void;
  /** Takes over every gRPC call: return true when it was handled. */
  readonly onGrpc?: (call: GrpcCall) => boolean;
  /** Offers HTTP/1.1 only. */
  readonly http1Only?: boolean;
}

/** Upload window of Go's HTTP/2 server, bytes; Node's default of 64 KiB would slow uploads down. */
const GO_WINDOW = 1024 * 1024;

const GRPC_HEADERS = { 'content-type': 'application/grpc' };

/** Frames a message for a gRPC stream. */
function frame(message: NotifySegment): Buffer {
  const bytes = toBinary(NotifySegmentSchema, message);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** Ends a gRPC call with a status, headers first if they weren't sent, as Go's server does. */
export function endGrpc(call: GrpcCall, code: number, message: string): void {
  if (!call.headersSent) call.writeHead(200, GRPC_HEADERS);
  call.addTrailers({ 'grpc-status': String(code), 'grpc-message': message });
  call.end();
}

/**
 * An orchestrator for tests that misbehaves on command: raw HTTP/2 and TLS on loopback, nothing of the engine's own server in it.
 * Like the reference it sends no response headers before the first notice.
 */
export class FakeOrchestrator implements AsyncDisposable {
  readonly #options: FakeOrchestratorOptions;
  readonly #server: Http2SecureServer | https.Server;
  readonly #sockets = new Set<Socket>();
  readonly #waiters = new Set<() => void>();
  readonly registrations: RegisterRequest[] = [];
  readonly results: PostedResult[] = [];
  /** Sockets that segment requests came on, in order. */
  readonly downloads: Socket[] = [];
  #call: GrpcCall | undefined;
  #address: OrchestratorAddress | undefined;

  constructor(options: FakeOrchestratorOptions = {}) {
    this.#options = options;
    const { cert, key } = createCertificate('127.0.0.1');
    this.#server = options.http1Only
      ? https.createServer({ cert, key })
      : http2.createSecureServer({ cert, key, allowHTTP1: true, settings: { initialWindowSize: GO_WINDOW } });
    this.#server.on('session', (session: ServerHttp2Session) => session.setLocalWindowSize(GO_WINDOW));
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('sessionError', () => {});
    this.#server.on('request', (request: Http2ServerRequest, response: Http2ServerResponse) => {
      const type = String(request.headers['content-type'] ?? '');
      if (type.startsWith('application/grpc')) void this.#grpc(request, response).catch(() => {});
      else void this.#http(request, response as unknown as Response).catch(() => {});
    });
  }

  static async start(options: FakeOrchestratorOptions = {}): Promise<FakeOrchestrator> {
    const fake = new FakeOrchestrator(options);
    fake.#server.listen(options.port ?? 0, '127.0.0.1');
    await once(fake.#server, 'listening');
    return fake;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get address(): OrchestratorAddress {
    this.#address ??= OrchestratorAddressSchema.parse(`127.0.0.1:${this.port}`);
    return this.#address;
  }

  /** Sends a message on the newest registration's stream. */
  notify(message: MessageInitShape<typeof NotifySegmentSchema>): void {
    const call = this.#call;
    if (!call || call.stream.destroyed) throw new Error('nobody is registered');
    if (!call.headersSent) call.writeHead(200, GRPC_HEADERS);
    call.write(frame(create(NotifySegmentSchema, message)));
  }

  /** Sends a task whose segment this double serves at `path`. */
  task(
    taskId: number,
    segment: Partial<EncodeSegDataParameters> & { readonly url?: string; readonly sessionId?: string } = {},
  ): void {
    const { url, sessionId = 'session-1', ...rest } = segment;
    this.notify({
      url: url ?? `${this.address.uri}/stream/${sessionId}/${taskId}.tempfile`,
      taskId: BigInt(taskId),
      orchId: 'offchain',
      profiles: INVALID_PROFILES,
      segData: encodeSegData({
        manifestId: 'manifest',
        seq: BigInt(taskId),
        durationMs: 2000,
        profiles: [profile()],
        authToken: create(AuthTokenSchema, { sessionId }),
        ...rest,
      }),
    });
  }

  teardown(sessionId: string): void {
    this.notify({ segData: { authToken: { sessionId } } });
  }

  /** Ends the newest registration in good order. */
  endRegistration(code = 0, message = ''): void {
    if (this.#call) endGrpc(this.#call, code, message);
  }

  /** Resets all connections without a word. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Stops reading all connections, as a machine that died without a word: nothing is answered, not even pings. */
  freeze(): void {
    for (const socket of this.#sockets) (socket as Socket & { _handle?: { readStop(): void } })._handle?.readStop();
  }

  /** Waits until `count` results are there, and returns them. */
  async untilResults(count: number): Promise<readonly PostedResult[]> {
    await this.#until(() => this.results.length >= count);
    return this.results;
  }

  /** Waits until `count` registrations have been made in all. */
  async untilRegistrations(count: number): Promise<void> {
    await this.#until(() => this.registrations.length >= count);
  }

  /** Waits until nobody is registered. */
  async untilGone(): Promise<void> {
    await this.#until(() => !this.#call || this.#call.stream.destroyed);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  #until(done: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!done()) return;
        this.#waiters.delete(check);
        resolve();
      };
      this.#waiters.add(check);
      check();
    });
  }

  #changed(): void {
    for (const check of [...this.#waiters]) check();
  }

  async #grpc(incoming: Http2ServerRequest, call: GrpcCall): Promise<void> {
    incoming.stream.on('error', () => {});
    incoming.stream.on('close', () => this.#changed());
    if (this.#options.onGrpc?.(call)) return;
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const request = fromBinary(RegisterRequestSchema, Uint8Array.from(Buffer.concat(chunks).subarray(5)));
    this.registrations.push(request);
    this.#call = call;
    if (this.#options.onRegister?.(call, request) !== true) {
      if (request.secret !== (this.#options.secret ?? 's3cret')) endGrpc(call, 2, 'invalid secret');
      else if (request.capacity <= 0n) endGrpc(call, 2, 'zero capacity');
    }
    this.#changed();
  }

  async #http(request: Request, response: Response): Promise<void> {
    const socket = (request as Http2ServerRequest).stream?.session?.socket ?? request.socket;
    if (request.method === 'GET') {
      this.downloads.push(socket);
      if (this.#options.onSegment) this.#options.onSegment(request, response);
      else response.end(Buffer.alloc(1000, 'segment '));
      return;
    }
    if (this.#options.onResultStart?.(request, response)) return;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const result: PostedResult = {
      taskId: String(request.headers.taskid),
      headers: request.headers,
      body: Buffer.concat(chunks),
      httpVersion: request.httpVersion,
      atMs: performance.now(),
      socket,
    };
    this.results.push(result);
    if (this.#options.onResult?.(result, response) !== true) response.end('OK');
    this.#changed();
  }
}

/** A plain profile: 640×360, H.264, MPEG-TS. */
export function profile(change: Partial<VideoProfile> = {}): VideoProfile {
  return {
    name: 'P360p30fps16x9',
    width: 640,
    height: 360,
    bitrate: 1_200_000,
    fps: 30,
    fpsDen: 1,
    container: 'mpegts',
    profile: 'default',
    gop: 'default',
    codec: 'h264',
    quality: 0,
    ...change,
  };
}
