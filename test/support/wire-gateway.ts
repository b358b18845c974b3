import { connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';
import https from 'node:https';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type Client, createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import type { VideoProfile } from '../../engine/api/media.ts';
import { ZERO_ADDRESS } from '../../engine/wire/eth-signature.ts';
import {
  type Orchestrator,
  type OrchestratorInfo,
  Orchestrator as OrchestratorService,
  type Payment,
  PaymentSchema,
  type TranscodeResult,
  TranscodeResultSchema,
} from '../../engine/wire/gen/net/lp_rpc_pb.js';
import { type EncodeSegDataParameters, encodeSegData, segDataToHeader } from '../../engine/wire/seg-data.ts';
import { keccak256 } from '../../engine/wire/signatures.ts';

/** One answer of a route. */
export interface RouteAnswer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]> | IncomingHttpHeaders;
  readonly body: Buffer;
}

export const WIRE_PROFILE: VideoProfile = {
  name: '240p',
  width: 426,
  height: 240,
  bitrate: 250_000,
  fps: 0,
  fpsDen: 1,
  container: 'mpegts',
  profile: 'default',
  gop: 'default',
  codec: 'h264',
  quality: 0,
};

/** A gateway for tests: speaks the wire by hand, so that every byte can also be wrong. */
export class WireGateway implements Disposable {
  readonly serviceUri: string;
  readonly rpc: Client<typeof Orchestrator>;
  readonly #sessions: Http2SessionManager;

  constructor(serviceUri: string) {
    this.serviceUri = serviceUri;
    this.#sessions = new Http2SessionManager(serviceUri, {}, { rejectUnauthorized: false });
    const transport = createGrpcTransport({ baseUrl: serviceUri, sessionManager: this.#sessions });
    this.rpc = createClient(OrchestratorService, transport);
  }

  discover(): Promise<OrchestratorInfo> {
    return this.rpc.getOrchestrator({ address: ZERO_ADDRESS });
  }

  /** Headers of a good segment; every part can be replaced. */
  headers(info: OrchestratorInfo, data: Uint8Array, changes: Partial<EncodeSegDataParameters> = {}): Record<string, string> {
    const segData = encodeSegData({
      manifestId: 'stream',
      seq: 0n,
      durationMs: 2_000,
      profiles: [WIRE_PROFILE],
      hash: keccak256(data),
      ...(info.authToken ? { authToken: info.authToken } : {}),
      ...changes,
    });
    return { 'livepeer-segment': segDataToHeader(segData), 'content-type': 'video/MP2T' };
  }

  post(path: string, headers: Record<string, string>, body: Uint8Array, http: 1 | 2 = 2): Promise<RouteAnswer> {
    return http === 2 ? postHttp2(this.serviceUri, path, headers, body) : postHttp1(this.serviceUri, path, headers, body);
  }

  /** Sends one segment and reads its result; throws unless the status is 200. */
  async segment(
    info: OrchestratorInfo,
    data: Uint8Array,
    changes: Partial<EncodeSegDataParameters> = {},
    http: 1 | 2 = 2,
  ): Promise<TranscodeResult> {
    const { status, body } = await this.post('/segment', this.headers(info, data, changes), data, http);
    if (status !== 200) throw new Error(`${status}: ${body}`);
    return fromBinary(TranscodeResultSchema, new Uint8Array(body));
  }

  [Symbol.dispose](): void {
    this.#sessions.abort();
  }
}

/** Value of a `Livepeer-Payment` header. */
export function paymentHeader(payment: Partial<Omit<Payment, '$typeName' | '$unknown'>>): string {
  return Buffer.from(toBinary(PaymentSchema, create(PaymentSchema, payment))).toString('base64');
}

function postHttp1(uri: string, path: string, headers: Record<string, string>, body: Uint8Array): Promise<RouteAnswer> {
  return new Promise((resolve, reject) => {
    const request = https.request(uri + path, { method: 'POST', rejectUnauthorized: false, agent: false, headers });
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

function postHttp2(uri: string, path: string, headers: OutgoingHttpHeaders, body: Uint8Array): Promise<RouteAnswer> {
  return new Promise((resolve, reject) => {
    const session = connect(uri, { rejectUnauthorized: false });
    session.on('error', reject);
    const stream = session.request({ ':method': 'POST', ':path': path, ...headers });
    let answered: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    stream.on('response', (response) => {
      answered = response;
    });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', (error) => {
      session.destroy();
      reject(error);
    });
    stream.on('end', () => {
      session.destroy();
      resolve({ status: Number(answered[':status']), headers: answered, body: Buffer.concat(chunks) });
    });
    stream.end(body);
  });
}
