import type { ClientRequestArgs } from 'node:http';
import { connect as connectHttp2, type OutgoingHttpHeaders } from 'node:http2';
import https from 'node:https';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { create } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { createCapabilities, DEFAULT_CAPABILITIES } from '../../engine/wire/capabilities.ts';
import { type NotifySegment, RegisterRequestSchema, Transcoder } from '../../engine/wire/gen/net/lp_rpc_pb.js';
import { profilesFromLists } from '../../engine/wire/profiles.ts';
import { encodeError, encodeResults, type ResultsBody, resultHeaders } from '../../engine/wire/transcode-results.ts';

/** How the fake answers a task: `answer` posts one rendition per profile; `ignore` never posts; a text is posted as error. */
type Reaction = 'answer' | 'ignore' | { readonly error: string } | { readonly renditions: readonly Uint8Array[] };

export interface FakeTranscoderParameters {
  readonly serviceUri: string;
  readonly secret: string;
  readonly capacity?: number;
  /** Capability numbers; null = none sent. */
  readonly capabilities?: readonly number[] | null;
  readonly react?: (task: NotifySegment, fake: FakeTranscoder) => Reaction | Promise<Reaction>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** A transcoder without media: registers, downloads, posts, and misbehaves on request. */
export class FakeTranscoder implements AsyncDisposable {
  readonly tasks: NotifySegment[] = [];
  readonly downloads: Uint8Array[] = [];
  readonly teardowns: string[] = [];
  readonly posts: HttpAnswer[] = [];
  /** Resolves when the registration ends: undefined = clean end, else the error. */
  readonly ended: Promise<ConnectError | undefined>;
  readonly #parameters: FakeTranscoderParameters;
  readonly #sessions: Http2SessionManager;
  readonly #abort = new AbortController();

  constructor(parameters: FakeTranscoderParameters) {
    this.#parameters = parameters;
    this.#sessions = new Http2SessionManager(parameters.serviceUri, {}, { rejectUnauthorized: false });
    this.ended = this.#register();
  }

  /** Vanishes as a killed process does: its connections are reset. */
  kill(): void {
    this.#abort.abort();
    this.#sessions.abort();
  }

  /** Posts a result for a task, over HTTP/2 as the reference does. */
  async post(taskId: bigint, body: ResultsBody, headers: OutgoingHttpHeaders = {}): Promise<HttpAnswer> {
    const { serviceUri, secret } = this.#parameters;
    const answer = await postHttp2(serviceUri, body.chunks, {
      ...resultHeaders({ secret, taskId, decodedPixels: 1000 }),
      'content-type': body.contentType,
      'content-length': body.contentLength,
      ...headers,
    });
    this.posts.push(answer);
    return answer;
  }

  /** Posts as good a result as can be made without media. */
  answer(task: NotifySegment): Promise<HttpAnswer> {
    const profiles = task.segData ? profilesFromLists(task.segData) : [];
    const renditions = profiles.map(({ container, width, height }) => ({ container, pixels: width * height, data: fakeTs(10) }));
    return this.post(task.taskId, encodeResults(renditions));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.ended;
  }

  async #register(): Promise<ConnectError | undefined> {
    const { serviceUri, secret, capacity = 2, capabilities = DEFAULT_CAPABILITIES } = this.#parameters;
    const transport = createGrpcTransport({ baseUrl: serviceUri, sessionManager: this.#sessions });
    const request = create(RegisterRequestSchema, { secret, capacity: BigInt(capacity) });
    if (capabilities) request.capabilities = createCapabilities({ numbers: capabilities });
    try {
      const stream = createClient(Transcoder, transport).registerTranscoder(request, { signal: this.#abort.signal });
      for await (const message of stream) {
        if (message.url === '') this.teardowns.push(message.segData?.authToken?.sessionId ?? '');
        else void this.#work(message).catch(() => {});
      }
      return undefined;
    } catch (error) {
      return ConnectError.from(error, Code.Unknown);
    }
  }

  async #work(task: NotifySegment): Promise<void> {
    this.tasks.push(task);
    const reaction = await (this.#parameters.react?.(task, this) ?? 'answer');
    if (reaction === 'ignore') return;
    if (typeof reaction === 'object' && 'error' in reaction) {
      await this.post(task.taskId, encodeError(reaction.error));
      return;
    }
    this.downloads.push((await download(task.url)).body);
    if (reaction === 'answer') await this.answer(task);
    else {
      const renditions = reaction.renditions.map((data) => ({ container: 'mpegts' as const, pixels: 1, data }));
      await this.post(task.taskId, encodeResults(renditions));
    }
  }
}

/** Bytes that look like MPEG-TS to a glance. */
export function fakeTs(packets: number): Uint8Array {
  const data = new Uint8Array(188 * packets);
  for (let at = 0; at < data.length; at += 188) data[at] = 0x47;
  return data;
}

/** GET over TLS without ALPN, HTTP/1.1, as go-livepeer transcoders download. */
export function download(
  url: string,
): Promise<{ readonly status: number; readonly body: Uint8Array; readonly headers: NodeJS.Dict<string | string[]> }> {
  return new Promise((resolve, reject) => {
    const request = https.get(url, { createConnection: withoutAlpn }, async (response) => {
      const chunks: Buffer[] = [];
      try {
        for await (const chunk of response) chunks.push(chunk as Buffer);
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks), headers: response.headers });
      } catch (error) {
        reject(error);
      }
    });
    request.on('error', reject);
  });
}

/** TLS as Go's HTTP client dials it when it was given its own TLS configuration: no ALPN extension at all. */
function withoutAlpn({ host, port }: ClientRequestArgs): TLSSocket {
  return connectTls({ host: host ?? '127.0.0.1', port: Number(port), rejectUnauthorized: false });
}

/** One POST on an HTTP/2 connection of its own. */
function postHttp2(
  serviceUri: string,
  chunks: readonly Uint8Array[],
  headers: OutgoingHttpHeaders,
  path = '/transcodeResults',
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(serviceUri, { rejectUnauthorized: false });
    session.on('error', reject);
    const stream = session.request({ ':method': 'POST', ':path': path, ...headers });
    let status = 0;
    const received: Buffer[] = [];
    stream.on('response', (answer) => {
      status = Number(answer[':status']);
    });
    stream.on('data', (chunk: Buffer) => received.push(chunk));
    stream.on('error', (error) => {
      session.destroy();
      reject(error);
    });
    stream.on('close', () => {
      session.close();
      resolve({ status, text: Buffer.concat(received).toString() });
    });
    for (const chunk of chunks) stream.write(chunk);
    stream.end();
  });
}

/** Waits until `condition` holds, at most `ms` milliseconds. */
export async function eventually(condition: () => boolean, what: string, ms = 5_000): Promise<void> {
  const until = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > until) throw new Error(`waited ${ms} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
