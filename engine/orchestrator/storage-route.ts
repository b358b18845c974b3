import path from 'node:path';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { sendText } from './http-text.ts';
import type { ObjectStore } from './object-store.ts';

const TYPES: Readonly<Record<string, string>> = { '.ts': 'video/mp2t', '.mp4': 'video/mp4' };

/** Bytes encrypted at once, from the first slice to the largest: they are on their way while the next are, and other requests get their turn. */
const FIRST_SLICE = 32 * 1024;
const LARGEST_SLICE = 256 * 1024;

/**
 * `GET /stream/<session>/<path>`: objects in memory, raw bytes, no authentication (go-livepeer `server/mediaserver.go`, LPMS
 * `vidplayer`). Transcoders fetch segments here, gateways their renditions.
 */
export function storageRoute(instance: FastifyInstance, store: ObjectStore): void {
  instance.all<{ Params: { session: string; '*': string } }>('/stream/:session/*', async (request, reply) => {
    const object = store.get(request.params.session, request.params['*']);
    if (object === undefined || object.length === 0) return sendText(reply, 404, 'ErrNotFound');
    reply
      .header('access-control-allow-origin', '*')
      .header('access-control-expose-headers', 'Content-Length')
      .header('cache-control', 'max-age=5')
      .header('content-type', TYPES[path.posix.extname(request.params['*'])] ?? 'application/octet-stream')
      .header('content-length', object.length);
    if (request.method === 'HEAD') return reply.send();
    const body = Buffer.from(object.buffer, object.byteOffset, object.byteLength);
    return reply.send(body.length > LARGEST_SLICE ? Readable.from(slices(body), { objectMode: false }) : body);
  });
}

function* slices(body: Buffer): Generator<Buffer, void, undefined> {
  for (let at = 0, size = FIRST_SLICE; at < body.length; at += size, size = Math.min(2 * size, LARGEST_SLICE))
    yield body.subarray(at, at + size);
}
