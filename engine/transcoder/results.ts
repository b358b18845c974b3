import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { sleep } from '../base/abort.ts';
import { EngineError } from '../base/errors.ts';
import type { OrchestratorAddress } from '../wire/address.ts';
import { PinnedAgent } from '../wire/pin.ts';
import { RESULTS_PATH, type ResultsBody, resultHeaders } from '../wire/transcode-results.ts';
import { quote } from './quote.ts';

/** Pause before the one retry of a post whose connection broke, milliseconds; none when it was an old one, which may just have been closed. */
const RETRY_AFTER_MS = 250;

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

/** The connection broke before an answer: posting again is safe, since an orchestrator takes the first result of a task only. */
class ConnectionBroken extends Error {
  /** Whether it had carried a post before. */
  readonly reused: boolean;

  constructor(cause: Error, reused: boolean) {
    super(cause.message, { cause });
    this.reused = reused;
  }
}

/**
 * Posts results to the orchestrator over HTTP/1.1 on connections that are kept and reused, apart from the registration's, so that big
 * uploads don't hold up notices and pings, nor each other. Orchestrators serve HTTP/2 too, which the reference uses here; its frames and
 * windows make the same upload a third slower.
 */
export class ResultPoster implements Disposable {
  readonly #address: OrchestratorAddress;
  readonly #url: URL;
  readonly #secret: string;
  readonly #disposal = new AbortController();
  readonly #agent: PinnedAgent;

  /** With `pin`, results go only to that key. */
  constructor(address: OrchestratorAddress, secret: string, pin?: string) {
    this.#address = address;
    this.#url = new URL(RESULTS_PATH, address.uri);
    this.#secret = secret;
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
      if (!(error instanceof ConnectionBroken && error.reused)) await sleep(RETRY_AFTER_MS, signal);
      await this.#lastAttempt(parameters, signal);
    }
  }

  [Symbol.dispose](): void {
    this.#disposal.abort(new EngineError({ code: 'aborted', message: 'The transcoder client was stopped.' }));
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

  #attempt({ taskId, decodedPixels, body }: PostParameters, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = https.request(this.#url, {
        method: 'POST',
        agent: this.#agent,
        headers: {
          ...resultHeaders({ secret: this.#secret, taskId, decodedPixels }),
          'content-type': body.contentType,
          'content-length': body.contentLength,
        },
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
          // What is left of the body is not wanted.
          request.destroy();
          reject(refused(this.#address, status, text));
        });
      });
      request.on('error', (error) => reject(isFinal(error) ? error : new ConnectionBroken(error, request.reusedSocket)));
      for (const chunk of body.chunks) request.write(chunk);
      request.end();
    });
  }
}

/** Whether trying again is no use: the orchestrator refused it, or is not the one that is pinned. */
function isFinal(error: unknown): boolean {
  return error instanceof EngineError && (error.code === 'upload-failed' || error.code === 'orchestrator-certificate-changed');
}

/** First bytes of a refusal's text; an error while reading only shortens it. */
async function readText(stream: IncomingMessage): Promise<string> {
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
