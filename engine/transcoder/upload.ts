import type { ClientRequest, IncomingMessage } from 'node:http';
import { sleep } from '../base/abort.ts';
import { EngineError } from '../base/errors.ts';
import type { OrchestratorAddress } from '../wire/address.ts';
import { messageOf, quote } from './quote.ts';

/** Pause before the one retry of a post whose connection broke, milliseconds; none when it was an old one, which may just have been closed. */
const RETRY_AFTER_MS = 250;

/** How much of a refusal's text is read, bytes. */
const MAX_REFUSAL_BYTES = 1024;

/** Opens the request of one attempt; `contentLength` is absent while the body is still growing. */
export type OpenRequest = (contentLength: number | undefined, signal: AbortSignal) => ClientRequest;

/** What an {@link Upload} works with. */
export interface UploadParameters {
  readonly address: OrchestratorAddress;
  readonly open: OpenRequest;
  /** Ends the upload, with its reason. */
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
 * One result on its way. Its body may still grow while the beginning is being sent; all of it is kept, for the one retry when the
 * connection breaks.
 */
export class Upload {
  readonly #address: OrchestratorAddress;
  readonly #openRequest: OpenRequest;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #chunks: Uint8Array[] = [];
  /** Takes what is written from now on. */
  #request: ClientRequest | undefined;
  #complete = false;
  #sent: Promise<void> | undefined;

  constructor({ address, open, signal }: UploadParameters) {
    this.#address = address;
    this.#openRequest = open;
    this.#signal = AbortSignal.any([signal, this.#stop.signal]);
  }

  /** Adds to the body; the first call begins to send. The chunk must not be changed afterwards. */
  write(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#request?.write(chunk);
    if (this.#sent) return;
    // A moment later: a body that is given as a whole is sent with its length.
    this.#sent = Promise.resolve().then(() => this.#send());
    // Whoever finishes hears of it.
    this.#sent.catch(() => {});
  }

  /** Says that the body is complete. */
  end(): void {
    if (this.#complete) return;
    this.#complete = true;
    this.#request?.end();
  }

  /**
   * Ends the body and resolves when the orchestrator has taken it (2xx).
   * @throws EngineError `upload-failed`, `orchestrator-certificate-changed`, or a signal's reason
   */
  async finish(signal: AbortSignal): Promise<void> {
    const onAbort = () => this.abort(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    this.end();
    try {
      await (this.#sent ?? this.#send());
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Gives it up: the orchestrator sees a body that breaks off. */
  abort(reason: unknown): void {
    this.#stop.abort(reason);
  }

  async #send(): Promise<void> {
    for (let last = false; ; last = true) {
      try {
        await this.#attempt();
        return;
      } catch (error) {
        if (this.#signal.aborted) throw this.#signal.reason;
        if (isFinal(error)) throw error;
        if (last) throw uploadFailed(`The result could not be sent to ${this.#address.uri}: ${messageOf(error)}`, error);
        if (!(error instanceof ConnectionBroken && error.reused)) await sleep(RETRY_AFTER_MS, this.#signal);
      }
    }
  }

  #attempt(): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const length = this.#complete ? this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0) : undefined;
      const request = this.#openRequest(length, this.#signal);
      request.once('response', (response) => {
        const status = response.statusCode ?? 0;
        if (status >= 200 && status < 300) {
          response.resume();
          if (!this.#complete) request.destroy();
          resolve();
          return;
        }
        void readText(response).then((text) => {
          // What is left of the body is not wanted.
          request.destroy();
          reject(refused(this.#address, status, text));
        });
      });
      request.on('error', (error) => reject(isFinal(error) ? error : new ConnectionBroken(error, request.reusedSocket)));
      for (const chunk of this.#chunks) request.write(chunk);
      if (this.#complete) request.end();
      else this.#request = request;
    }).finally(() => {
      this.#request = undefined;
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
