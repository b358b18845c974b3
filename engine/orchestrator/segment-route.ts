import type { Http2ServerResponse } from 'node:http2';
import { create, toBinary } from '@bufbuild/protobuf';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { EngineError } from '../base/errors.ts';
import { rational } from '../payments/rational.ts';
import { addressText } from '../wire/eth-signature.ts';
import {
  type OrchestratorInfo,
  PaymentResultSchema,
  type TranscodeData,
  TranscodeDataSchema,
  type TranscodedSegmentData,
  TranscodedSegmentDataSchema,
  TranscodeResultSchema,
} from '../wire/gen/net/lp_rpc_pb.js';
import { resultSignatureBytes } from '../wire/signatures.ts';
import { type GatewayEdge, orchestratorInfo } from './gateway-edge.ts';
import { type ByteBudget, lingerOver, type ReadBody, readBody } from './incoming-body.ts';
import type { SegmentResult } from './job.ts';
import { type CheckedHeaders, checkHeaders, Refusal, wireTextOf } from './segment-checks.ts';
import { fetchSource, MAX_URL_BYTES } from './url-source.ts';

/** Content type of a body that is the URL of the segment; compared exactly. */
const URI_CONTENT_TYPE = 'application/vnd+livepeer.uri';

const EXTENSIONS = { mpegts: '.ts', mp4: '.mp4' } as const;

/** Made once: a reason is only looked at, and its making costs. */
const GONE = new EngineError({ code: 'aborted', message: 'The gateway went away' });

/** A cut HTTP/2 stream: no error, just not wanted. */
const NO_ERROR = 0;

/**
 * `/segment` and `/payment`: a gateway's work and its money (go-livepeer `server/segment_rpc.go`). Everything that can be refused by
 * its headers is refused before the body is read.
 */
export function segmentRoutes(instance: FastifyInstance, edge: GatewayEdge, budget: ByteBudget): void {
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser('*', (_request, _payload, done) => done(null));
  instance.all('/segment', (request, reply) => answer(request, reply, edge, () => segment(request, reply, edge, budget)));
  instance.all('/payment', (request, reply) => answer(request, reply, edge, () => payment(request, reply, edge)));
  instance.all('/healthz', (request, reply) =>
    answer(request, reply, edge, async () => void reply.raw.writeHead(200, { 'content-length': 0 }).end()),
  );
  // What a node without live runners says.
  instance.get('/discovery', (request, reply) =>
    answer(request, reply, edge, () => Promise.reject(new Refusal(404, 'live runners are not supported'))),
  );
}

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  edge: GatewayEdge,
  work: () => Promise<void>,
): Promise<FastifyReply> {
  reply.hijack();
  reply.raw.on('error', () => {});
  try {
    await work();
  } catch (error) {
    refuse(request, reply, edge, error instanceof Refusal ? error : new Refusal(500, 'Internal Server Error', error));
  }
  return reply;
}

function refuse(request: FastifyRequest, reply: FastifyReply, edge: GatewayEdge, refusal: Refusal): void {
  const path = request.routeOptions.url ?? '';
  if (path !== '/discovery') {
    const kind = refusal.status === 500 ? 'failure' : 'refusal';
    edge.errors.note(kind, `${path} was refused with ${refusal.status}: ${refusal.message}`, {
      address: request.socket.remoteAddress,
      ...(refusal.why === undefined ? {} : { err: refusal.why }),
    });
  }
  const { raw } = reply;
  if (raw.destroyed || raw.writableEnded) return;
  if (raw.headersSent) {
    raw.destroy();
    return;
  }
  const isHttp2 = request.raw.httpVersionMajor === 2;
  const body = Buffer.from(`${refusal.message}\n`);
  raw.writeHead(refusal.status, {
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'content-length': body.length,
    // What is left of the body must not be taken for the next request.
    ...(isHttp2 || request.raw.readableEnded ? {} : { connection: 'close' }),
  });
  raw.end(body);
  lingerOver(request.raw, () => {
    if (isHttp2) (raw as unknown as Http2ServerResponse).stream?.close(NO_ERROR);
    else request.socket.destroy();
  });
}

async function payment(request: FastifyRequest, reply: FastifyReply, edge: GatewayEdge): Promise<void> {
  const checked = checkHeaders(edge, request.headers);
  const { metadata } = checked;
  const info = await buildInfo(edge, checked, metadata.capabilities ?? edge.capabilities());
  await receive(edge, checked, metadata.manifestId);
  const bytes = toBinary(PaymentResultSchema, create(PaymentResultSchema, { info }));
  reply.raw.writeHead(200, { 'content-length': bytes.length }).end(bytes);
  lingerOver(request.raw, () => request.raw.destroy());
}

async function segment(request: FastifyRequest, reply: FastifyReply, edge: GatewayEdge, budget: ByteBudget): Promise<void> {
  const checked = checkHeaders(edge, request.headers);
  const { sessionId } = checked.authToken;
  const info = await buildInfo(edge, checked);
  await receive(edge, checked, sessionId);
  if (!edge.payments.covers({ ...checked, balanceId: sessionId })) throw new Refusal(400, 'Insufficient balance');
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort(GONE));
  using body = await takeBody(request, edge, budget, gone.signal);
  if (Buffer.compare(body.hash, checked.metadata.hash) !== 0) throw new Refusal(403, 'Forbidden');
  reply.raw.writeHead(200);
  reply.raw.flushHeaders();
  const gateway = gatewayName(checked.sender, request.socket.remoteAddress);
  const result = await transcode(edge, checked, { data: body.data, gateway }, gone.signal);
  const message = create(TranscodeResultSchema, { seq: checked.metadata.seq, info, result });
  if (!reply.raw.destroyed) reply.raw.end(toBinary(TranscodeResultSchema, message));
}

async function buildInfo(
  edge: GatewayEdge,
  { sender, authToken }: CheckedHeaders,
  capabilities?: CheckedHeaders['metadata']['capabilities'],
): Promise<OrchestratorInfo> {
  try {
    const { sessionId } = authToken;
    return await orchestratorInfo(edge, { gateway: sender, authToken, sessionId, ...(capabilities ? { capabilities } : {}) });
  } catch (error) {
    throw new Refusal(500, 'Internal Server Error', error);
  }
}

async function receive(edge: GatewayEdge, { sender, payment }: CheckedHeaders, balanceId: string): Promise<void> {
  try {
    await edge.payments.receive({ sender, payment, balanceId });
  } catch (error) {
    throw new Refusal(400, wireTextOf(error), error);
  }
}

/** The segment's bytes: the body itself, or what its URL leads to. */
async function takeBody(request: FastifyRequest, edge: GatewayEdge, budget: ByteBudget, signal: AbortSignal): Promise<ReadBody> {
  const { bodyMs, bodyIdleMs, fetchMs, maxBodyBytes } = edge.limits;
  const isUrl = request.headers['content-type'] === URI_CONTENT_TYPE;
  const limits = { totalMs: bodyMs, idleMs: bodyIdleMs, budget };
  const stated = Number(request.headers['content-length'] ?? 0);
  const maxBytes = isUrl ? MAX_URL_BYTES : maxBodyBytes;
  if (stated > maxBytes) throw new Refusal(500, 'Internal Server Error', `a body of ${stated} bytes`);
  const body = await readBody(request.raw, { ...limits, maxBytes }).catch((error) => {
    throw new Refusal(500, 'Internal Server Error', error);
  });
  if (!isUrl) return body;
  using text = body;
  const source = { ...limits, totalMs: fetchMs, maxBytes: maxBodyBytes };
  try {
    return await fetchSource(Buffer.from(text.data).toString('utf8'), source, signal);
  } catch (error) {
    throw new Refusal(400, 'BadRequest', error);
  }
}

type Outcome = { readonly case: 'data'; readonly value: TranscodeData } | { readonly case: 'error'; readonly value: string };

/** From here on everything that fails is told inside the answer. */
async function transcode(
  edge: GatewayEdge,
  checked: CheckedHeaders,
  source: { readonly data: Uint8Array; readonly gateway: string },
  signal: AbortSignal,
): Promise<Outcome> {
  const { metadata, authToken, sender } = checked;
  const { sessionId } = authToken;
  let pixels = 0n;
  try {
    const { hash: _hash, signature: _signature, storage: _storage, clip, capabilities, ...rest } = metadata;
    const result = await edge.port.submit(
      {
        ...rest,
        ...(clip ? { clip } : {}),
        ...(capabilities ? { capabilities } : {}),
        authToken,
        sessionId,
        ...source,
      },
      signal,
    );
    pixels = result.renditions.reduce((sum, rendition) => sum + BigInt(rendition.pixels), 0n);
    const segments = store(edge, checked, result);
    const sig = edge.signer.signs
      ? await edge.signer.sign(resultSignatureBytes(result.renditions.map((rendition) => rendition.data)))
      : new Uint8Array(0);
    return { case: 'data', value: create(TranscodeDataSchema, { segments, sig }) };
  } catch (error) {
    const text = wireTextOf(error);
    if (!signal.aborted)
      edge.errors.note('failure', `A segment failed: ${text}`, { session: sessionId, seq: String(metadata.seq), err: error });
    return { case: 'error', value: text };
  } finally {
    const stated = checked.payment.expectedPrice;
    const price = stated && stated.pixelsPerUnit > 0n ? rational(stated.pricePerUnit, stated.pixelsPerUnit) : undefined;
    edge.payments.debit({ sender, balanceId: sessionId, pixels, price });
  }
}

/** A gateway as the status shows it: by its address, or by where it connects from when it gave none (off-chain). */
function gatewayName(sender: Uint8Array, address: string | undefined): string {
  return sender.every((byte) => byte === 0) ? (address ?? 'unknown') : addressText(sender);
}

/** Puts the renditions where the gateway fetches them; one entry per profile, in its order. */
function store(edge: GatewayEdge, { metadata, authToken }: CheckedHeaders, result: SegmentResult): TranscodedSegmentData[] {
  const { sessionId } = authToken;
  const put = (name: string, data: Uint8Array): string => {
    edge.store.put(sessionId, name, data);
    return `${edge.serviceUri()}/stream/${sessionId}/${name.split('/').map(encodeURIComponent).join('/')}`;
  };
  return result.renditions.map(({ name, container, data, pixels, signature }) => {
    const file = `${name}/${metadata.seq}${EXTENSIONS[container]}`;
    return create(TranscodedSegmentDataSchema, {
      url: put(file, data),
      pixels: BigInt(pixels),
      perceptualHashUrl: signature ? put(`${file}.phash`, signature) : '',
    });
  });
}
