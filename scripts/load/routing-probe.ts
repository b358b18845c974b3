import { subscribe } from 'node:diagnostics_channel';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { fromBinary } from '@bufbuild/protobuf';
import { NotifySegmentSchema } from '../../engine/wire/gen/net/lp_rpc_pb.js';
import { segDataFromHeader } from '../../engine/wire/seg-data.ts';

/** A gRPC message is preceded by one byte of flags and four of length. */
const ENVELOPE_BYTES = 5;

/** How long the two halves of segments' ways through the orchestrator took, and both together; milliseconds. */
export interface RoutingTimes {
  readonly inMs: number[];
  readonly outMs: number[];
  readonly bothMs: number[];
}

/** Measurements kept at most. */
const MAX_SAMPLES = 200_000;

/**
 * Measures what the orchestrator of this process itself takes for a segment, at its HTTP/2 streams: from the last byte of
 * `/segment` to the writing of the NotifySegment, and from the last byte of the results to the end of the answer. It listens from
 * outside, so what is measured is the very code that ships.
 */
export class RoutingProbe {
  #inMs: number[] = [];
  #outMs: number[] = [];
  #bothMs: number[] = [];
  /** Session and number of a segment → when its last byte was here. */
  readonly #arrived = new Map<string, number>();
  readonly #tasks = new Map<string, string>();
  /** → what the way in took, milliseconds. */
  readonly #in = new Map<string, number>();
  /** → when its results' last byte was here. */
  readonly #done = new Map<string, number>();

  constructor() {
    subscribe('http2.server.stream.start', (message) => {
      const { stream, headers } = message as { stream: ServerHttp2Stream; headers: IncomingHttpHeaders };
      const path = String(headers[':path']);
      if (path === '/segment') this.#watchSegment(stream, headers);
      else if (path === '/transcodeResults') this.#watchResults(stream, headers);
      else if (path.endsWith('/RegisterTranscoder')) this.#watchNotices(stream);
    });
  }

  /** What was measured since the last call; milliseconds. */
  take(): RoutingTimes {
    const taken = { inMs: this.#inMs, outMs: this.#outMs, bothMs: this.#bothMs };
    this.#inMs = [];
    this.#bothMs = [];
    this.#outMs = [];
    return taken;
  }

  #watchSegment(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const { authToken, seq } = segDataFromHeader(String(headers['livepeer-segment']));
    const key = `${authToken?.sessionId}/${seq}`;
    stream.once('end', () => this.#arrived.set(key, performance.now()));
    stream.once('finish', () => {
      const since = this.#done.get(key);
      if (since === undefined) return;
      const outMs = performance.now() - since;
      push(this.#outMs, outMs);
      push(this.#bothMs, (this.#in.get(key) ?? 0) + outMs);
    });
    stream.once('close', () => {
      this.#arrived.delete(key);
      this.#in.delete(key);
      this.#done.delete(key);
    });
  }

  #watchResults(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const taskId = String(headers.taskid);
    stream.once('end', () => {
      const key = this.#tasks.get(taskId);
      if (key !== undefined) this.#done.set(key, performance.now());
      this.#tasks.delete(taskId);
    });
  }

  #watchNotices(stream: ServerHttp2Stream): void {
    const write = stream.write;
    stream.write = ((...parameters: Parameters<typeof write>) => {
      const [chunk] = parameters;
      if (chunk instanceof Uint8Array && chunk.length > ENVELOPE_BYTES) this.#notified(chunk.subarray(ENVELOPE_BYTES));
      return write.apply(stream, parameters);
    }) as typeof write;
  }

  #notified(bytes: Uint8Array): void {
    const { segData, taskId, url } = fromBinary(NotifySegmentSchema, bytes);
    if (url === '') return;
    const key = `${segData?.authToken?.sessionId}/${segData?.seq}`;
    this.#tasks.set(String(taskId), key);
    const since = this.#arrived.get(key);
    if (since === undefined) return;
    const inMs = performance.now() - since;
    push(this.#inMs, inMs);
    this.#in.set(key, inMs);
    this.#arrived.delete(key);
  }
}

function push(samples: number[], value: number): void {
  if (samples.length < MAX_SAMPLES) samples.push(value);
}
