import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { EngineError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { parseMediaType } from '../wire/multipart.ts';
import { parseInt64, receiveResults } from '../wire/received-results.ts';
import { ERROR_CONTENT_TYPE, RESULTS_AUTHORIZATION, RESULTS_PATH } from '../wire/transcode-results.ts';
import { equalSecrets, sendText } from './http-text.ts';
import type { TaskBoard } from './task-board.ts';

/** Longest error text taken, bytes. */
const MAX_ERROR_BYTES = 64 * 1024;

/** A result that sends nothing for so long is given up, milliseconds. */
const BODY_IDLE_MS = 30_000;

/**
 * How long after a result broke off its sender may begin it again, or say why, before the task has failed, milliseconds. The reference
 * fails it at once, with which a second try comes too late.
 */
const SECOND_TRY_MS = 700;

/** Bytes read and thrown away of a body that nobody wants, before its connection is cut. */
const MAX_DISCARDED_BYTES = 1_000_000_000;

export interface ResultsRouteParameters {
  readonly secret: string;
  readonly board: TaskBoard;
  readonly log: Log;
}

/** Posts being received, by their task: one that broke off may be followed by another. */
type UnderWay = Map<bigint, number>;

/**
 * `POST /transcodeResults`: checks in the reference's order, with its statuses and texts (go-livepeer `server/ot_rpc.go`).
 * Bodies are read as they come; those of tasks that nobody waits for are thrown away unread.
 */
export function resultsRoute(instance: FastifyInstance, parameters: ResultsRouteParameters): void {
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser('*', (_request, _payload, done) => done(null));
  instance.setErrorHandler((error, _request, reply) => {
    const status = (error as { statusCode?: number }).statusCode ?? 500;
    if (status >= 500) parameters.log.error({ err: error }, 'the results route failed');
    return sendText(reply, status, status === 415 ? 'mime: invalid media type' : 'Internal Server Error');
  });
  // Before the body is looked at: a stranger learns nothing, and sends nothing.
  instance.addHook('onRequest', async (request, reply) => {
    const { authorization, credentials } = request.headers;
    const known = authorization === RESULTS_AUTHORIZATION && equalSecrets(String(credentials ?? ''), parameters.secret);
    if (!known) return sendText(reply, 401, 'Unauthorized');
  });
  const underWay: UnderWay = new Map();
  instance.all(RESULTS_PATH, (request, reply) => receive(request, reply, { ...parameters, underWay }));
}

async function receive(
  request: FastifyRequest,
  reply: FastifyReply,
  { board, log, underWay }: ResultsRouteParameters & { readonly underWay: UnderWay },
): Promise<FastifyReply> {
  const contentType = request.headers['content-type'] ?? '';
  const type = parseMediaType(contentType)?.type;
  if (type === undefined) return sendText(reply, 415, contentType === '' ? 'mime: no media type' : 'mime: invalid media type');
  const taskId = parseInt64(String(request.headers.taskid ?? ''));
  if (taskId === undefined) return sendText(reply, 400, 'Invalid Task ID');
  request.raw.setTimeout(BODY_IDLE_MS, () => request.raw.destroy());
  const body = new Body(request.raw);
  if (type === ERROR_CONTENT_TYPE) {
    const text = await body.text(MAX_ERROR_BYTES);
    board.deliver(taskId, { kind: 'failed', text });
    return ok(reply);
  }
  const decodedPixels = parseInt64(String(request.headers.pixels ?? ''));
  if (decodedPixels === undefined) {
    log.warn({ taskId: String(taskId) }, 'a result came without valid Pixels');
    return sendText(reply, 400, 'Invalid Pixels');
  }
  if (type !== 'multipart/mixed') {
    await body.discard();
    return ok(reply);
  }
  const task = board.find(taskId);
  if (!task) {
    await body.discard();
    return ok(reply);
  }
  underWay.set(taskId, (underWay.get(taskId) ?? 0) + 1);
  try {
    const received = await receiveResults(
      body.while(() => board.find(taskId) !== undefined),
      contentType,
    );
    const renditions = received.map(task.name);
    // First, since what follows a delivery is no business of the transcoder's, which waits for this word.
    const answered = ok(reply);
    board.deliver(taskId, { kind: 'done', decodedPixels: Number(decodedPixels), renditions });
    void body.discard();
    return answered;
  } catch (error) {
    const broken = error instanceof EngineError && typeof error.details?.wireText === 'string';
    const text = broken ? String(error.details?.wireText) : 'unexpected EOF';
    if (board.find(taskId) === undefined) {
      // Its time was over before it was all here.
      await body.discard();
      return ok(reply);
    }
    log.warn({ taskId: String(taskId), err: error }, 'a result could not be read');
    if (broken) board.deliver(taskId, { kind: 'failed', text });
    else {
      setTimeout(() => {
        if (!underWay.has(taskId)) board.deliver(taskId, { kind: 'failed', text });
      }, SECOND_TRY_MS).unref();
    }
    void body.discard();
    return sendText(reply, 500, text);
  } finally {
    const others = (underWay.get(taskId) ?? 1) - 1;
    if (others > 0) underWay.set(taskId, others);
    else underWay.delete(taskId);
  }
}

function ok(reply: FastifyReply): FastifyReply {
  return reply.code(200).header('content-type', 'text/plain; charset=utf-8').send('OK');
}

/** A request's body, which can be left half read without losing the chance to answer. */
class Body {
  readonly #stream: Readable;

  constructor(stream: Readable) {
    this.#stream = stream;
  }

  /** The pieces, for as long as somebody wants them; then the iteration just throws. */
  async *while(wanted: () => boolean): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of this.#stream.iterator({ destroyOnReturn: false })) {
      if (!wanted()) throw new Error('nobody waits for this result any more');
      yield chunk as Uint8Array;
    }
  }

  /** The first bytes as text; what comes after them is thrown away. */
  async text(maxBytes: number): Promise<string> {
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    try {
      for await (const chunk of this.while(() => true)) {
        if (bytes < maxBytes) pieces.push(chunk);
        bytes += chunk.length;
        if (bytes > MAX_DISCARDED_BYTES) break;
      }
    } catch {
      return 'unexpected EOF';
    }
    return Buffer.concat(pieces).subarray(0, maxBytes).toString('utf8');
  }

  /** Reads what is left and keeps nothing. */
  async discard(): Promise<void> {
    let bytes = 0;
    try {
      for await (const chunk of this.while(() => true)) {
        bytes += chunk.length;
        if (bytes > MAX_DISCARDED_BYTES) {
          this.#stream.destroy();
          return;
        }
      }
    } catch {
      // The sender went away: there is nothing more to throw away.
    }
  }
}
