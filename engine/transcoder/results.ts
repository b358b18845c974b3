import http2, { type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import https from 'node:https';
import { sleep } from '../base/abort.ts';
import { EngineError } from '../base/errors.ts';
import type { OrchestratorAddress } from '../wire/address.ts';
import { PinnedAgent } from '../wire/pin.ts';
import { RESULTS_PATH, type ResultsBody, resultHeaders } from '../wire/transcode-results.ts';
import { dial } from './dial.ts';
import { quote } from './quote.ts';

/** Pause before the one retry of a post whose connection broke, milliseconds. */
const RETRY_AFTER_MS = 250;

/** How long a connection may take to answer a ping after a post on it failed, milliseconds. */
const PING_TIMEOUT_MS = 5000;

/** How much of a refusal's text is read, bytes. */
const MAX_REFUSAL_BYTES = 1024;

/** One result to post. */
export interface PostParameters {
  readonly taskId: bigint;
  /** Decoded pixels of the source; 0 on failure. */
  readonly decodedPixels: number;
  readonly body: ResultsBody;
  readonly signal: AbortSignal;
}

/** A connection that results travel on. */
type Connection = { readonly kind: 'h2'; readonly session: ClientHttp2Session } | { readonly kind: 'h1' };

/** The connection broke before an answer: posting again is safe, since an orchestrator takes the first result of a task only. */
class ConnectionBroken extends Error {}

/**
 * Posts results to the orchestrator on one reused HTTP/2 connection, apart from the registration's, so that big uploads don't hold up
 * notices and pings. Falls back to HTTP/1.1 where the server doesn't offer HTTP/2.
 */
export class ResultPoster implements Disposable {
  readonly #address: OrchestratorAddress;
  readonly #secret: string;
  readonly #disposal = new AbortController();
  readonly #pin: string | undefined;
  readonly #agent: PinnedAgent;
  #connection: Promise<Connection> | undefined;

  /** With `pin`, results go only to that key. */
  constructor(address: OrchestratorAddress, secret: string, pin?: string) {
    this.#address = address;
    this.#secret = secret;
    this.#pin = pin;
    this.#agent = new PinnedAgent({ keepAlive: true }, pin === undefined ? undefined : { ...address, pin });
  }

  /**
   * Posts one result; resolves when the orchestrator has taken it (2xx). A connection that broke is retried once.
   * @throws EngineError `upload-failed`, `orchestrator-certificate-changed`, or the signal's reason
   */
  async post(parameters: PostParameters): Promise<void> {
    const signal = AbortSignal.any([parameters.signal, this.#disposal.signal]);
    try {
      await this.#attempt(parameters, signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (isFinal(error)) throw error;
      await sleep(RETRY_AFTER_MS, signal);
      await this.#lastAttempt(parameters, signal);
    }
  }

  [Symbol.dispose](): void {
    this.#disposal.abort(new EngineError({ code: 'aborted', message: 'The transcoder client was stopped.' }));
    this.#forget();
    this.#agent.destroy();
  }

  async #lastAttempt(parameters: PostParameters, signal: AbortSignal): Promise<void> {
    try {
      await this.#attempt(parameters, signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (isFinal(error)) throw error;
      throw uploadFailed(
        `The result could not be sent to ${this.#address.uri}: ${error instanceof Error ? error.message : String(error)}`,
        error,
      );
    }
  }

  async #attempt(parameters: PostParameters, signal: AbortSignal): Promise<void> {
    const connection = await this.#connect(signal);
    if (connection.kind === 'h1') {
      await this.#postH1(parameters, signal);
      return;
    }
    try {
      await this.#postH2(connection.session, parameters, signal);
    } catch (error) {
      // Other results may be on their way on the same connection: it is given up only when it is really dead.
      if (signal.aborted || error instanceof ConnectionBroken) void endIfDead(connection.session);
      throw error;
    }
  }

  /** The one connection, made when first needed. Made under the poster's own signal, since several posts share it. */
  #connect(signal: AbortSignal): Promise<Connection> {
    if (!this.#connection) {
      const connection = this.#open(this.#disposal.signal);
      this.#connection = connection;
      connection.catch(() => {
        if (this.#connection === connection) this.#connection = undefined;
      });
    }
    const connection = this.#connection;
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      connection.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    });
  }

  async #open(signal: AbortSignal): Promise<Connection> {
    const socket = await dial({ address: this.#address, protocols: ['h2', 'http/1.1'], pin: this.#pin, signal });
    if (socket.alpnProtocol !== 'h2') {
      socket.destroy();
      return { kind: 'h1' };
    }
    const session = http2.connect(this.#address.uri, { createConnection: () => socket });
    const forget = () => {
      void this.#connection?.then((current) => {
        if (current.kind === 'h2' && current.session === session) this.#connection = undefined;
      });
    };
    session.on('error', forget);
    session.once('goaway', forget);
    session.once('close', forget);
    return { kind: 'h2', session };
  }

  #forget(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    void connection?.then(
      (current) => {
        if (current.kind === 'h2') current.session.destroy();
      },
      () => {},
    );
  }

  #headers({ taskId, decodedPixels, body }: PostParameters): Record<string, string> {
    return {
      ...resultHeaders({ secret: this.#secret, taskId, decodedPixels }),
      'content-type': body.contentType,
      'content-length': String(body.contentLength),
    };
  }

  #postH2(session: ClientHttp2Session, parameters: PostParameters, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (session.closed || session.destroyed) {
        reject(new ConnectionBroken('the connection was closed'));
        return;
      }
      let answered = false;
      const stream = session.request({ ':method': 'POST', ':path': RESULTS_PATH, ...this.#headers(parameters) });
      const onAbort = () => {
        stream.close(http2.constants.NGHTTP2_CANCEL);
        reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      stream.once('response', (headers) => {
        answered = true;
        const status = headers[':status'] ?? 0;
        if (status >= 200 && status < 300) {
          stream.resume();
          resolve();
          return;
        }
        readText(stream).then((text) => {
          // What is left of the body is not wanted.
          stream.close(http2.constants.NGHTTP2_CANCEL);
          reject(refused(this.#address, status, text));
        });
      });
      const broken = () => {
        if (answered) return;
        reject(new ConnectionBroken(`the stream was closed without an answer (code ${stream.rstCode})`));
      };
      stream.once('error', (error) => reject(new ConnectionBroken(error.message, { cause: error })));
      // A stream that the server resets without an error ends, but never closes while something is left to be written.
      stream.once('end', broken);
      stream.once('close', () => {
        signal.removeEventListener('abort', onAbort);
        broken();
      });
      for (const chunk of parameters.body.chunks) stream.write(chunk);
      stream.end();
    });
  }

  #postH1(parameters: PostParameters, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = https.request(new URL(RESULTS_PATH, this.#address.uri), {
        method: 'POST',
        agent: this.#agent,
        headers: this.#headers(parameters),
        signal,
      });
      request.once('response', (response) => {
        const status = response.statusCode ?? 0;
        if (status >= 200 && status < 300) {
          response.resume();
          resolve();
          return;
        }
        readText(response).then((text) => {
          request.destroy();
          reject(refused(this.#address, status, text));
        });
      });
      request.on('error', (error) => reject(isFinal(error) ? error : new ConnectionBroken(error.message, { cause: error })));
      for (const chunk of parameters.body.chunks) request.write(chunk);
      request.end();
    });
  }
}

/** Whether trying again is no use: the orchestrator refused it, or is not the one that is pinned. */
function isFinal(error: unknown): boolean {
  return error instanceof EngineError && (error.code === 'upload-failed' || error.code === 'orchestrator-certificate-changed');
}

/** Destroys a session whose peer no longer answers a ping. */
function endIfDead(session: ClientHttp2Session): Promise<void> {
  return new Promise((resolve) => {
    const finish = (dead: boolean) => {
      clearTimeout(timer);
      if (dead) session.destroy();
      resolve();
    };
    const timer = setTimeout(() => finish(true), PING_TIMEOUT_MS);
    timer.unref();
    if (session.destroyed || !session.ping((error) => finish(error !== null))) finish(true);
  });
}

/** First bytes of a refusal's text; an error while reading only shortens it. */
async function readText(stream: ClientHttp2Stream | NodeJS.ReadableStream): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    for await (const piece of stream) {
      pieces.push(Buffer.from(piece));
      size += pieces.at(-1)?.length ?? 0;
      if (size >= MAX_REFUSAL_BYTES) break;
    }
  } catch {
    // What was read so far has to do.
  }
  return quote(Buffer.concat(pieces).toString('utf8'));
}

function uploadFailed(message: string, cause?: unknown): EngineError {
  return new EngineError({
    code: 'upload-failed',
    message,
    nextStep: 'If it keeps happening, check the line to the orchestrator.',
    cause,
  });
}

function refused(address: OrchestratorAddress, status: number, text: string): EngineError {
  return uploadFailed(
    `The orchestrator ${address.uri} did not take the result: ${status}${text === '' ? '' : ` ${text}`}${status === 401 ? ' (the secret was refused)' : ''}.`,
  );
}
