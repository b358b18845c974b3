import http2, { type ClientHttp2Session } from 'node:http2';
import https from 'node:https';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { createCapabilities, DEFAULT_CAPABILITIES } from '../../engine/wire/capabilities.ts';
import { type NotifySegment, Transcoder } from '../../engine/wire/gen/net/lp_rpc_pb.js';
import { profilesFromLists } from '../../engine/wire/profiles.ts';
import { encodeResults, RESULTS_PATH, resultHeaders } from '../../engine/wire/transcode-results.ts';

export interface StandInParameters {
  readonly serviceUri: string;
  readonly secret: string;
  readonly capacity: number;
  /** Size of each rendition it answers with, bytes. */
  readonly renditionBytes: number;
  readonly onError: (error: unknown) => void;
}

/**
 * A transcoder that answers at once: registers, downloads and posts over the real wire, on kept connections, but has no codec.
 * What is measured with it is the orchestrator alone.
 */
export class StandIn {
  readonly #parameters: StandInParameters;
  readonly #agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false });
  readonly #rendition: Uint8Array;
  #manager: Http2SessionManager | undefined;
  #posts: ClientHttp2Session | undefined;
  #stop = new AbortController();
  #segments = 0;

  constructor(parameters: StandInParameters) {
    this.#parameters = parameters;
    this.#rendition = transportStream(parameters.renditionBytes);
  }

  /** Segments answered. */
  get segments(): number {
    return this.#segments;
  }

  /** Registers; resolves when the registration has ended. */
  async run(): Promise<void> {
    const { serviceUri, secret, capacity, onError } = this.#parameters;
    const stop = new AbortController();
    const manager = new Http2SessionManager(serviceUri, {}, { rejectUnauthorized: false });
    this.#stop = stop;
    this.#manager = manager;
    try {
      const transport = createGrpcTransport({ baseUrl: serviceUri, sessionManager: manager });
      const capabilities = createCapabilities({ numbers: DEFAULT_CAPABILITIES });
      const stream = createClient(Transcoder, transport).registerTranscoder(
        { secret, capacity: BigInt(capacity), capabilities },
        { signal: stop.signal },
      );
      for await (const notice of stream) {
        if (notice.url !== '') this.#work(notice).catch(onError);
      }
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    }
  }

  /** Vanishes as a killed process does: its connections are cut. */
  kill(): void {
    this.#stop.abort();
    this.#manager?.abort();
    this.#posts?.destroy();
    this.#posts = undefined;
    this.#agent.destroy();
  }

  async #work(notice: NotifySegment): Promise<void> {
    await this.#download(notice.url);
    const profiles = notice.segData ? profilesFromLists(notice.segData) : [];
    const body = encodeResults(
      profiles.map(({ container, width, height }) => ({ container, pixels: width * height, data: this.#rendition })),
    );
    const { secret } = this.#parameters;
    await this.#post(body.chunks, {
      ...resultHeaders({ secret, taskId: notice.taskId, decodedPixels: 1_000 }),
      'content-type': body.contentType,
      'content-length': body.contentLength,
    });
    this.#segments += 1;
  }

  #download(url: string, again = false): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = https.get(url, { agent: this.#agent }, (response) => {
        response.resume();
        response.once('end', () =>
          response.statusCode === 200 ? resolve() : reject(new Error(`download: status ${response.statusCode}`)),
        );
      });
      request.on('error', (error) => {
        // A kept connection may have been closed at this very moment; a real transcoder tries a fresh one, too.
        if (request.reusedSocket && !again) this.#download(url, true).then(resolve, reject);
        else reject(error);
      });
    });
  }

  #post(chunks: readonly Uint8Array[], headers: http2.OutgoingHttpHeaders): Promise<void> {
    if (!this.#posts || this.#posts.destroyed || this.#posts.closed) {
      this.#posts = http2.connect(this.#parameters.serviceUri, { rejectUnauthorized: false });
      this.#posts.on('error', this.#parameters.onError);
    }
    const stream = this.#posts.request({ ':method': 'POST', ':path': RESULTS_PATH, ...headers });
    return new Promise((resolve, reject) => {
      let status = 0;
      stream.on('response', (answer) => {
        status = Number(answer[':status']);
      });
      stream.on('error', reject);
      stream.on('close', () => (status === 200 ? resolve() : reject(new Error(`results: status ${status}`))));
      stream.resume();
      for (const chunk of chunks) stream.write(chunk);
      stream.end();
    });
  }
}

/** Bytes that look like MPEG-TS at a glance, about so many. */
export function transportStream(bytes: number): Uint8Array {
  const data = new Uint8Array(Math.max(1, Math.round(bytes / 188)) * 188);
  for (let at = 0; at < data.length; at += 188) data[at] = 0x47;
  return data;
}
