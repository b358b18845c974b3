import http, { type IncomingMessage } from 'node:http';
import http2, { type ClientHttp2Session } from 'node:http2';
import https from 'node:https';
import { isIP } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import tls, { type TLSSocket } from 'node:tls';
import { deadline } from '../base/abort.ts';
import { EngineError } from '../base/errors.ts';
import { ANY_CERTIFICATE } from '../wire/tls.ts';

/** How long TLS with an orchestrator may take, milliseconds (go-livepeer `server/broadcast.go`, dial of the HTTP client). */
const DIAL_TIMEOUT_MS = 2_000;

/** HTTP/2 windows, bytes: renditions of several Mbit/s from far away must not wait for the default 64 KiB. */
const STREAM_WINDOW = 1024 * 1024;
const CONNECTION_WINDOW = 16 * STREAM_WINDOW;

/** Memory of one HTTP/2 connection, megabytes; beyond it Node refuses streams, and its own 10 are few for many uploads. */
const SESSION_MEMORY_MB = 512;

/** A body is handed over in pieces, bytes: after a refusal the rest is not even queued. */
const PIECE_BYTES = 256 * 1024;

/** One request of a gateway. */
export interface OriginRequest {
  readonly method: 'GET' | 'POST';
  /** Path with query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** HTTP/1.1 even where HTTP/2 is offered: one connection per download, none waits for another. */
  readonly http1?: boolean;
  /** Until the answer's headers, milliseconds from the beginning. */
  readonly headersTimeoutMs: number;
  /** Until the answer's last byte, milliseconds from the beginning. */
  readonly timeoutMs: number;
  /** Largest answer taken, bytes. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** What came back. */
export interface OriginResponse {
  readonly status: number;
  readonly body: Uint8Array;
  readonly httpVersion: '1.1' | '2';
}

/** Answer whose body is still on its way. */
interface Answer {
  readonly status: number;
  readonly body: Readable;
  readonly httpVersion: OriginResponse['httpVersion'];
}

/**
 * Connections of a gateway to one `https://host:port` (or `http://`): HTTP/2 on one connection, or HTTP/1.1 when the other
 * side offers nothing better. Any certificate is taken. An answer that comes before the request's last byte ends the request
 * (orchestrators refuse before they have read a segment).
 */
export class HttpOrigin implements Disposable {
  readonly #url: URL;
  readonly #https = new https.Agent({ keepAlive: true, ...ANY_CERTIFICATE });
  readonly #http = new http.Agent({ keepAlive: true });
  #session: Promise<ClientHttp2Session | undefined> | undefined;

  constructor(origin: string) {
    this.#url = new URL(origin);
  }

  /**
   * Sends a request and reads the whole answer, whatever its status.
   * @throws EngineError `orchestrator-unreachable`, `upload-timeout` (no headers in time), `timeout` (not done in time),
   *   `orchestrator-closed` or `download-too-large`; or the signal's reason
   */
  async request(request: OriginRequest): Promise<OriginResponse> {
    const { signal } = request;
    using whole = deadline(request.timeoutMs, `The answer of ${this.#url.origin}`, signal);
    const headers = new AbortController();
    const timer = setTimeout(
      () => headers.abort(noHeaders(this.#url.origin, request.headersTimeoutMs)),
      request.headersTimeoutMs,
    );
    const onWhole = () => headers.abort(whole.signal.reason);
    whole.signal.addEventListener('abort', onWhole, { once: true });
    if (whole.signal.aborted) onWhole();
    try {
      const answer = await this.#send(request, headers.signal);
      clearTimeout(timer);
      const body = await readAll(answer.body, request.maxBytes);
      return { status: answer.status, body, httpVersion: answer.httpVersion };
    } catch (error) {
      if (headers.signal.aborted) throw headers.signal.reason;
      throw error instanceof EngineError ? error : closed(this.#url.origin, error);
    } finally {
      clearTimeout(timer);
      whole.signal.removeEventListener('abort', onWhole);
    }
  }

  [Symbol.dispose](): void {
    this.#https.destroy();
    this.#http.destroy();
    void this.#session?.then((session) => session?.destroy()).catch(() => {});
    this.#session = undefined;
  }

  async #send(request: OriginRequest, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    const isHttp2 = this.#url.protocol === 'https:' && request.http1 !== true;
    const session = isHttp2 ? await this.#connect(signal) : undefined;
    if (session) return await sendHttp2(session, request, signal);
    const sent = this.#sendHttp1(request, signal);
    try {
      return await sent.answer;
    } catch (error) {
      // A kept connection may have been closed by the other side at this very moment; a GET may be sent again.
      if (signal.aborted || request.method !== 'GET' || !sent.reused()) throw error;
      return await this.#sendHttp1(request, signal).answer;
    }
  }

  /** The HTTP/2 connection; undefined when the other side speaks only HTTP/1.1. */
  async #connect(signal: AbortSignal): Promise<ClientHttp2Session | undefined> {
    this.#session ??= this.#dial();
    const current = this.#session;
    // The connection serves others too: one caller's end doesn't cut the dialling short.
    const session = await Promise.race([current, rejectOnAbort(signal)]);
    if (!session || (!session.closed && !session.destroyed)) return session;
    if (this.#session === current) this.#session = this.#dial();
    return await this.#session;
  }

  #dial(): Promise<ClientHttp2Session | undefined> {
    const dialling = (async () => {
      const socket = await dialTls(this.#url);
      if (socket.alpnProtocol !== 'h2') {
        socket.destroy();
        return undefined;
      }
      const session = http2.connect(this.#url, {
        createConnection: () => socket,
        settings: { initialWindowSize: STREAM_WINDOW, enablePush: false },
        maxSessionMemory: SESSION_MEMORY_MB,
      });
      session.once('connect', () => session.setLocalWindowSize(CONNECTION_WINDOW));
      const forget = () => {
        if (this.#session === dialling) this.#session = undefined;
      };
      // Each request learns of the end from its own stream.
      session.on('error', forget);
      session.once('goaway', forget);
      session.once('close', forget);
      return session;
    })();
    dialling.catch(() => {
      if (this.#session === dialling) this.#session = undefined;
    });
    return dialling;
  }

  #sendHttp1({ method, path, headers = {}, body }: OriginRequest, signal: AbortSignal) {
    const secure = this.#url.protocol === 'https:';
    const options = {
      method,
      headers: { ...headers, ...(body ? { 'content-length': String(body.length) } : {}) },
      signal,
    };
    const url = new URL(path, this.#url);
    const request = secure
      ? https.request(url, { ...options, agent: this.#https })
      : http.request(url, { ...options, agent: this.#http });
    const answer = new Promise<Answer>((resolve, reject) => {
      request.once('response', (response: IncomingMessage) =>
        resolve({ status: response.statusCode ?? 0, body: response, httpVersion: '1.1' }),
      );
      // Stays for the request's life: after an early answer, what is left to send fails.
      request.on('error', (error) => reject(unreachable(this.#url.origin, error)));
      sendInPieces(request, body ?? new Uint8Array(0));
    });
    return { answer, reused: () => request.reusedSocket };
  }
}

function sendHttp2(session: ClientHttp2Session, request: OriginRequest, signal: AbortSignal): Promise<Answer> {
  const { method, path, headers = {}, body } = request;
  return new Promise((resolve, reject) => {
    const stream = session.request(
      {
        ':method': method,
        ':path': path,
        ...headers,
        ...(body ? { 'content-length': String(body.length) } : {}),
      },
      { signal },
    );
    stream.once('response', (answer) => resolve({ status: Number(answer[':status']), body: stream, httpVersion: '2' }));
    stream.on('error', reject);
    stream.once('close', () => reject(new Error('the stream ended without an answer')));
    sendInPieces(stream, body ?? new Uint8Array(0));
  });
}

/** Writes a body no faster than the other side takes it. */
function sendInPieces(stream: Writable, body: Uint8Array): void {
  let at = 0;
  const next = (): void => {
    while (at < body.length) {
      if (stream.destroyed) return;
      const piece = body.subarray(at, at + PIECE_BYTES);
      at += piece.length;
      if (!stream.write(piece)) {
        stream.once('drain', next);
        return;
      }
    }
    stream.end();
  };
  next();
}

/** The whole body; a refusal that was sent in full counts, even if the connection broke after it. */
async function readAll(stream: Readable, maxBytes: number): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += (chunk as Buffer).length;
    if (bytes > maxBytes) {
      throw new EngineError({ code: 'download-too-large', message: `The answer is larger than ${maxBytes} bytes.` });
    }
    pieces.push(chunk as Buffer);
  }
  const [first] = pieces;
  return pieces.length === 1 && first ? first : Buffer.concat(pieces);
}

function dialTls(url: URL): Promise<TLSSocket> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    const socket = tls.connect({
      host,
      port: Number(url.port || 443),
      ALPNProtocols: ['h2', 'http/1.1'],
      ...(isIP(host) ? {} : { servername: host }),
      ...ANY_CERTIFICATE,
    });
    const timer = setTimeout(() => socket.destroy(new Error(`no TLS within ${DIAL_TIMEOUT_MS / 1000} s`)), DIAL_TIMEOUT_MS);
    // Stays: errors after the first must have a listener.
    socket.on('error', (error) => {
      clearTimeout(timer);
      reject(unreachable(url.origin, error));
    });
    socket.once('close', () => {
      clearTimeout(timer);
      reject(closed(url.origin, undefined));
    });
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function noHeaders(origin: string, ms: number): EngineError {
  return new EngineError({
    code: 'upload-timeout',
    message: `${origin} did not begin to answer within ${ms / 1000} s.`,
    nextStep: "Check this machine's upload, and how busy the orchestrator is.",
  });
}

function unreachable(origin: string, cause: unknown): EngineError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new EngineError({
    code: 'orchestrator-unreachable',
    message: `The orchestrator ${origin} cannot be reached: ${why}.`,
    nextStep: 'Check the address, and whether the orchestrator runs.',
    cause,
  });
}

function closed(origin: string, cause: unknown): EngineError {
  return new EngineError({ code: 'orchestrator-closed', message: `The connection to ${origin} was lost.`, cause });
}
