import { fromBinary } from '@bufbuild/protobuf';
import { type Clock, systemClock } from '../base/clock.ts';
import { EngineError } from '../base/errors.ts';
import { type Log, silentLog } from '../base/log.ts';
import { blamesStream, segmentError, WIRE_TEXT } from '../orchestrator/faults.ts';
import type { RenditionResult } from '../orchestrator/job.ts';
import type { OrchestratorAddress } from '../wire/address.ts';
import { type Capabilities, type TranscodeResult, TranscodeResultSchema } from '../wire/gen/net/lp_rpc_pb.js';
import { MAX_BODY_BYTES } from '../wire/limits.ts';
import { encodeSegData, segDataToHeader } from '../wire/seg-data.ts';
import { keccak256 } from '../wire/signatures.ts';
import { Discovery, type UsableInfo } from './discovery.ts';
import type { GatewayPort, StreamSegment } from './gateway-port.ts';
import { HttpOrigin } from './http-origin.ts';

/** A token is renewed so long before it expires, milliseconds: the last tenth of 30 minutes (go-livepeer `server/broadcast.go`). */
const TOKEN_MARGIN_MS = 180_000;

/** Least time until the headers of an answer, milliseconds (go-livepeer `server/broadcast.go`). */
const MIN_HEADERS_MS = 2_000;

/** Largest `TranscodeResult`, bytes. */
const MAX_RESULT_BYTES = 4 * 1024 * 1024;

/** How long an EndTranscodingSession may take, milliseconds. */
const END_TIMEOUT_MS = 2_000;

export interface GatewayClientParameters {
  /** The orchestrator to ask. */
  readonly address: OrchestratorAddress;
  /** Least time for an orchestrator to take a segment (until its answer's headers), milliseconds; absent = the reference's 2 s. */
  readonly minHeadersMs?: number;
  readonly clock?: Clock;
  readonly log?: Log;
}

/**
 * A gateway's client of one orchestrator, off-chain, over the real wire as a go-livepeer 0.9.1 gateway speaks it: a session by
 * GetOrchestrator, segments by `POST /segment`, results from their URLs, EndTranscodingSession at the end. One submission is
 * one try: a failure that is the orchestrator's drops the session, and the next try asks for a new one.
 */
export class GatewayClient implements GatewayPort, AsyncDisposable {
  readonly #discovery: Discovery;
  readonly #minHeadersMs: number;
  readonly #clock: Clock;
  readonly #log: Log;
  /** The gateway's stream → the orchestrator's session. */
  readonly #sessions = new Map<string, UsableInfo>();
  readonly #origins = new Map<string, HttpOrigin>();
  /** Farewells on their way, by the gateway's stream. */
  readonly #ending = new Map<string, Promise<void>>();

  constructor({ address, minHeadersMs = MIN_HEADERS_MS, clock = systemClock, log = silentLog }: GatewayClientParameters) {
    this.#discovery = new Discovery(address);
    this.#minHeadersMs = minHeadersMs;
    this.#clock = clock;
    this.#log = log;
  }

  async submit(segment: StreamSegment, signal: AbortSignal): Promise<{ readonly renditions: readonly RenditionResult[] }> {
    const session = await this.#session(segment.sessionId, segment.capabilities, signal);
    try {
      const result = await this.#post(segment, session, signal);
      return { renditions: await this.#fetch(segment, result, signal) };
    } catch (error) {
      // The stream's own fault says nothing about the orchestrator; anything else does.
      if (!blamesStream(error) && this.#sessions.get(segment.sessionId) === session) this.endSession(segment.sessionId);
      throw error;
    }
  }

  endSession(sessionId: string): void {
    const session = this.#sessions.get(sessionId);
    this.#sessions.delete(sessionId);
    if (session) this.#farewell(sessionId, session);
  }

  /** Ends all sessions and closes the connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const sessionId of [...this.#sessions.keys()]) this.endSession(sessionId);
    await Promise.all(this.#ending.values());
    this.#discovery[Symbol.dispose]();
    for (const origin of this.#origins.values()) origin[Symbol.dispose]();
    this.#origins.clear();
  }

  #farewell(sessionId: string, { authToken }: UsableInfo): void {
    const before = this.#ending.get(sessionId);
    const ending = Promise.all([before, this.#discovery.endSession(authToken, END_TIMEOUT_MS)]).then(() => {
      if (this.#ending.get(sessionId) === ending) this.#ending.delete(sessionId);
    });
    this.#ending.set(sessionId, ending);
  }

  /** The stream's session; a new one when there is none or its token is about to expire. */
  async #session(sessionId: string, capabilities: Capabilities, signal: AbortSignal): Promise<UsableInfo> {
    const known = this.#sessions.get(sessionId);
    const leftMs = known ? Number(known.authToken.expiration) * 1_000 - this.#clock.nowMs() : 0;
    if (known && leftMs > TOKEN_MARGIN_MS) return known;
    // A full orchestrator has room for the stream's next session only when the last one is gone.
    await this.#ending.get(sessionId);
    signal.throwIfAborted();
    try {
      const session = await this.#discovery.getOrchestrator(capabilities, signal);
      this.#sessions.set(sessionId, session);
      if (known) this.#farewell(sessionId, known);
      return session;
    } catch (error) {
      signal.throwIfAborted();
      // A full orchestrator gives no new session to those who have one; the old one is good to its end.
      if (known && leftMs > 0) {
        this.#log.warn({ err: error, session: known.authToken.sessionId }, 'a session could not be renewed yet');
        return known;
      }
      if (known) this.endSession(sessionId);
      throw error;
    }
  }

  async #post(segment: StreamSegment, session: UsableInfo, signal: AbortSignal): Promise<TranscodeResult> {
    const { data, durationMs } = segment;
    const segData = encodeSegData({
      manifestId: segment.manifestId,
      seq: segment.seq,
      durationMs,
      profiles: segment.profiles,
      hash: keccak256(data),
      capabilities: segment.capabilities,
      authToken: session.authToken,
    });
    // Plain concatenation, as the reference does it.
    const url = new URL(`${session.serviceUri}/segment`);
    const { status, body } = await this.#origin(url).request({
      method: 'POST',
      path: `${url.pathname}${url.search}`,
      headers: { 'livepeer-segment': segDataToHeader(segData), 'livepeer-payment': '', 'content-type': 'video/MP2T' },
      body: data,
      headersTimeoutMs: Math.max(this.#minHeadersMs, 0.5 * durationMs),
      timeoutMs: Math.max(8_000, 4 * durationMs),
      maxBytes: MAX_RESULT_BYTES,
      signal,
    });
    if (status !== 200) throw refusal(status, Buffer.from(body).toString('utf8').trim());
    return parseResult(body);
  }

  async #fetch(
    { profiles, durationMs }: StreamSegment,
    { result }: TranscodeResult,
    signal: AbortSignal,
  ): Promise<readonly RenditionResult[]> {
    if (result.case === 'error') throw wireError(result.value);
    if (result.case !== 'data') throw wireError('UnknownResponse');
    const { segments } = result.value;
    if (segments.length !== profiles.length) throw wireError(WIRE_TEXT.mismatch);
    return await Promise.all(
      profiles.map(async ({ name, container }, index) => {
        const { url = '', pixels = 0n } = segments[index] ?? {};
        const data = await this.#download(url, Math.max(8_000, 4 * durationMs), signal);
        return { name, container, data, pixels: Number(pixels) };
      }),
    );
  }

  async #download(text: string, timeoutMs: number, signal: AbortSignal): Promise<Uint8Array> {
    const url = URL.parse(text);
    if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) throw wireError(`"${text.slice(0, 100)}" is no address`);
    const { status, body } = await this.#origin(url).request({
      method: 'GET',
      path: `${url.pathname}${url.search}`,
      // As the reference downloads.
      http1: true,
      headersTimeoutMs: timeoutMs,
      timeoutMs,
      maxBytes: MAX_BODY_BYTES,
      signal,
    });
    if (status !== 200) {
      throw new EngineError({ code: 'download-failed', message: `A rendition could not be downloaded: status ${status}` });
    }
    return body;
  }

  #origin({ origin }: URL): HttpOrigin {
    const known = this.#origins.get(origin) ?? new HttpOrigin(origin);
    this.#origins.set(origin, known);
    return known;
  }
}

function parseResult(body: Uint8Array): TranscodeResult {
  try {
    return fromBinary(TranscodeResultSchema, body);
  } catch (cause) {
    throw new EngineError({ code: 'orchestrator-nonsense', message: 'The answer to a segment is no TranscodeResult.', cause });
  }
}

/** A status other than 200: the orchestrator did not take the segment. */
function refusal(status: number, text: string): EngineError {
  if (text === WIRE_TEXT.capped) return wireError(text);
  return new EngineError({
    code: 'orchestrator-closed',
    message: `The orchestrator refused a segment: ${status} ${text}`,
    details: { wireText: text, status },
  });
}

/** The text of a failed segment in the engine's words. */
function wireError(text: string): EngineError {
  switch (text) {
    case WIRE_TEXT.capped:
    case WIRE_TEXT.busy:
      return segmentError('busy', text, 'The orchestrator has no room for another session');
    case WIRE_TEXT.noTranscoders:
    case 'ErrTranscoderUnavailable':
      return segmentError(
        'no-transcoder',
        text,
        'No transcoder is connected that has room for this session',
        'Connect a transcoder, or raise the capacity of those that are connected.',
      );
    case WIRE_TEXT.noCapable:
      return segmentError('no-transcoder', text, 'No connected transcoder can do what this stream asks for');
    case WIRE_TEXT.tooLong:
      return segmentError('transcoder-too-slow', text, 'No transcoder delivered the segment in time');
    default:
      return segmentError('transcoder-failed', text, `The orchestrator answered: ${text}`);
  }
}
