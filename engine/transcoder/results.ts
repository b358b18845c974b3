import https from 'node:https';
import { EngineError } from '../base/errors.ts';
import type { OrchestratorAddress } from '../wire/address.ts';
import { PinnedAgent } from '../wire/pin.ts';
import { RESULTS_PATH, type ResultsBody, resultHeaders } from '../wire/transcode-results.ts';
import { Upload } from './upload.ts';

/** What a result's headers tell. */
export interface ResultHead {
  readonly taskId: bigint;
  /** Decoded pixels of the source; 0 on failure. */
  readonly decodedPixels: number;
  readonly contentType: string;
}

/** One whole result to post. */
export interface PostParameters extends Omit<ResultHead, 'contentType'> {
  readonly body: ResultsBody;
  readonly signal: AbortSignal;
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

  /** Begins a result whose body is written as it is made; nothing is sent before its first bytes. */
  begin({ taskId, decodedPixels, contentType }: ResultHead): Upload {
    const headers = { ...resultHeaders({ secret: this.#secret, taskId, decodedPixels }), 'content-type': contentType };
    return new Upload({
      address: this.#address,
      signal: this.#disposal.signal,
      open: (contentLength, signal) =>
        https.request(this.#url, {
          method: 'POST',
          agent: this.#agent,
          headers: contentLength === undefined ? headers : { ...headers, 'content-length': contentLength },
          signal,
        }),
    });
  }

  /**
   * Posts one whole result; resolves when the orchestrator has taken it (2xx). A connection that broke is retried once.
   * @throws EngineError `upload-failed`, `orchestrator-certificate-changed`, or the signal's reason
   */
  async post({ body, signal, ...head }: PostParameters): Promise<void> {
    const upload = this.begin({ ...head, contentType: body.contentType });
    for (const chunk of body.chunks) upload.write(chunk);
    await upload.finish(signal);
  }

  [Symbol.dispose](): void {
    this.#disposal.abort(new EngineError({ code: 'aborted', message: 'The transcoder client was stopped.' }));
    this.#agent.destroy();
  }
}
