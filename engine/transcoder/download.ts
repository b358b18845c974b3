import http, { type ClientRequest, type IncomingMessage, STATUS_CODES } from 'node:http';
import https from 'node:https';
import { deadline } from '../base/abort.ts';
import { EngineError } from '../base/errors.ts';
import { DOWNLOAD_TIMEOUT_MS, MAX_BODY_BYTES, TOO_BIG_TEXT } from '../wire/limits.ts';
import { isPinned, type Pinned, PinnedAgent } from '../wire/pin.ts';
import { messageOf } from './quote.ts';

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const MAX_REDIRECTS = 10;

/**
 * Bytes after which the event loop gets a turn. A fast line would otherwise keep it until the segment's end, and what was handed on would
 * not leave for the worker before.
 */
const TURN_BYTES = 128 * 1024;

/** Account of the memory that segments in flight use. */
export interface MemoryAccount {
  /** Takes bytes; false when there are not enough. */
  take(bytes: number): boolean;
}

/** One download. */
export interface DownloadParameters {
  readonly url: string;
  /** Told of all bytes before they are kept. */
  readonly memory: MemoryAccount;
  readonly signal: AbortSignal;
  /** Takes the body as it comes; its pieces are never changed. */
  readonly onPiece: (piece: Uint8Array) => void;
}

/** Bounds of a {@link Downloader}; the protocol's own by default. */
export interface DownloaderOptions {
  /** Whole download, redirects included, milliseconds. */
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
  /** The orchestrator whose key is pinned: what is fetched from there must come from that key. Elsewhere any certificate will do. */
  readonly pinned?: Pinned | undefined;
}

/**
 * Fetches segments into memory over HTTP/1.1 on connections that are kept and reused. HTTP/1.1, because each concurrent segment then has
 * its own connection (no head-of-line blocking), it is what reference orchestrators always serve, and Node is faster at it.
 */
export class Downloader implements Disposable {
  // Segments come every second or two per session, so idle sockets are worth keeping; the bound is for many orchestrator nodes.
  readonly #https = new PinnedAgent({ keepAlive: true, maxFreeSockets: 64 }, undefined);
  readonly #pinnedHttps: PinnedAgent | undefined;
  readonly #pinned: Pinned | undefined;
  readonly #http = new http.Agent({ keepAlive: true, maxFreeSockets: 64 });
  readonly #timeoutMs: number;
  readonly #maxBytes: number;

  constructor({ timeoutMs = DOWNLOAD_TIMEOUT_MS, maxBytes = MAX_BODY_BYTES, pinned }: DownloaderOptions = {}) {
    this.#pinned = pinned;
    if (pinned) this.#pinnedHttps = new PinnedAgent({ keepAlive: true, maxFreeSockets: 64 }, pinned);
    this.#timeoutMs = timeoutMs;
    this.#maxBytes = maxBytes;
  }

  /**
   * Fetches the body at `url`; resolves with its bytes once all of it has been handed on.
   * @throws EngineError `download-failed`, `download-timeout`, `download-too-large` or `busy`, with the text to post in
   *   `details.wireText`; or the signal's reason
   */
  async download({ url, memory, signal, onPiece }: DownloadParameters): Promise<number> {
    using limit = deadline(this.#timeoutMs, 'The download of the segment', signal);
    try {
      const response = await this.#follow(url, limit.signal);
      return await this.#read(response, memory, onPiece, limit.signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (limit.signal.aborted) throw this.#tooSlow();
      throw error instanceof EngineError ? error : failed(`client error: ${messageOf(error)}`, error);
    }
  }

  [Symbol.dispose](): void {
    this.#https.destroy();
    this.#pinnedHttps?.destroy();
    this.#http.destroy();
  }

  async #follow(first: string, signal: AbortSignal): Promise<IncomingMessage> {
    let url = parseUrl(first);
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const response = await this.#get(url, signal);
      if (!REDIRECTS.has(response.statusCode ?? 0) || response.headers.location === undefined) return response;
      response.destroy();
      url = parseUrl(response.headers.location, url);
    }
    throw failed(`stopped after ${MAX_REDIRECTS} redirects`);
  }

  async #get(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
    const attempt = () => {
      const secure = url.protocol === 'https:';
      const agent = (isPinned(url, this.#pinned) ? this.#pinnedHttps : undefined) ?? this.#https;
      const request = secure ? https.get(url, { agent, signal }) : http.get(url, { agent: this.#http, signal });
      return { request, response: responseOf(request) };
    };
    const { request, response } = attempt();
    try {
      return await response;
    } catch (error) {
      // A kept connection may have been closed by the other side at this very moment; a fresh one tells whether it is really gone.
      if (signal.aborted || !request.reusedSocket) throw error;
      return await attempt().response;
    }
  }

  #read(
    response: IncomingMessage,
    memory: MemoryAccount,
    onPiece: (piece: Uint8Array) => void,
    signal: AbortSignal,
  ): Promise<number> {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => {
        response.destroy();
        reject(error);
      };
      const status = response.statusCode ?? 0;
      if (status !== 200) {
        fail(failed(`${status} ${response.statusMessage || STATUS_CODES[status] || ''}`.trim()));
        return;
      }
      const account = new BodyAccount(response.headers['content-length'], memory, this.#maxBytes);
      const refusal = account.open();
      if (refusal) {
        fail(refusal);
        return;
      }
      let turnAt = TURN_BYTES;
      response.on('data', (chunk: Buffer) => {
        const error = account.add(chunk.length);
        if (error) {
          fail(error);
          return;
        }
        onPiece(chunk);
        if (account.bytes < turnAt) return;
        turnAt = account.bytes + TURN_BYTES;
        response.pause();
        setImmediate(() => response.resume());
      });
      response.once('end', () => resolve(account.bytes));
      response.once('error', (error) => fail(signal.aborted ? error : failed('unexpected EOF', error)));
      response.once('close', () => {
        if (!response.complete) fail(failed('unexpected EOF'));
      });
    });
  }

  #tooSlow(): EngineError {
    return new EngineError({
      code: 'download-timeout',
      message: `The segment could not be downloaded within ${this.#timeoutMs / 1000} s.`,
      nextStep: "Check this machine's download speed, and the orchestrator's upload.",
      details: { wireText: `segment download took longer than ${this.#timeoutMs / 1000} s` },
    });
  }
}

/** Keeps a body within its bounds: all of it is asked for at once when its length is known, else piece by piece. */
class BodyAccount {
  readonly #length: number | undefined;
  readonly #memory: MemoryAccount;
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(contentLength: string | undefined, memory: MemoryAccount, maxBytes: number) {
    this.#length = contentLength === undefined ? undefined : Number(contentLength);
    this.#memory = memory;
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Checks and takes what is announced; returns the refusal, if any. */
  open(): EngineError | undefined {
    if (this.#length === undefined) return undefined;
    if (this.#length > this.#maxBytes) return tooLarge(this.#maxBytes);
    return this.#memory.take(this.#length) ? undefined : noMemory();
  }

  /** Takes the next bytes; returns the refusal, if any. */
  add(bytes: number): EngineError | undefined {
    this.#bytes += bytes;
    if (this.#length !== undefined) return undefined;
    if (this.#bytes > this.#maxBytes) return tooLarge(this.#maxBytes);
    return this.#memory.take(bytes) ? undefined : noMemory();
  }
}

function responseOf(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    // Stays for the request's life: late errors are the response's business, but must have a listener.
    request.on('error', reject);
  });
}

function parseUrl(text: string, base?: URL): URL {
  const url = URL.parse(text, base?.href);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) throw failed('unsupported protocol scheme');
  return url;
}

function failed(wireText: string, cause?: unknown): EngineError {
  return new EngineError({
    code: 'download-failed',
    message: `The segment could not be downloaded: ${wireText}.`,
    nextStep: 'If it keeps happening, the orchestrator does not keep its segments long enough, or the line is bad.',
    details: { wireText },
    cause,
  });
}

function tooLarge(maxBytes: number): EngineError {
  return new EngineError({
    code: 'download-too-large',
    message: `The segment is larger than ${maxBytes} bytes.`,
    details: { wireText: TOO_BIG_TEXT },
  });
}

function noMemory(): EngineError {
  return new EngineError({
    code: 'busy',
    message: 'The segments in flight already use all the memory set aside for them.',
    nextStep: 'Offer fewer sessions.',
    details: { wireText: 'TranscoderBusy' },
  });
}
