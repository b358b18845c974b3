import type { IncomingMessage, ServerResponse } from 'node:http';
import { type RawData, WebSocket } from 'ws';
import { z } from 'zod';
import type { Dial } from './dial.ts';

/** Bytes waiting for the page before the rig is no longer read. */
const HIGH_WATER = 4 * 1024 * 1024;

/** Messages of the page that wait for the rig's connection; commands are few and small. */
const WAITING_MESSAGES = 64;

/** Milliseconds in which a page must say its token. */
const TOKEN_MS = 10_000;

/** Largest preview file passed on, bytes; a segment has a few MB. */
const MAX_PREVIEW = 64 * 1024 * 1024;

/** Milliseconds without a byte after which a preview is given up. */
const PREVIEW_IDLE_MS = 15_000;

/** How a WebSocket is closed whose rig is away: "try again later" (RFC 6455, registered 1013). */
const TRY_AGAIN_LATER = 1013;

/** How one is closed whose token is wrong: "policy violation". */
const POLICY_VIOLATION = 1008;

/** tRPC's first message on a connection that was opened with `?connectionParams=1`. */
const ConnectionParamsSchema = z.object({ method: z.literal('connectionParams'), data: z.object({ token: z.string() }) });

/** What the proxy needs. */
export interface RigProxyParameters {
  /** How a rig is reached; undefined when there is none of that id. */
  readonly reach: (id: string) => { readonly dial: Dial; readonly address: string } | undefined;
  readonly isToken: (given: string) => boolean;
}

/** A path below `/rigs/<id>`. */
export interface RigPath {
  readonly id: string;
  /** Begins with `/`. */
  readonly rest: string;
}

/** Takes a path apart; undefined when it is not below `/rigs/<id>/`. */
export function rigPathOf(pathname: string): RigPath | undefined {
  const match = /^\/rigs\/([0-9a-zA-Z_-]{1,64})(\/.+)$/.exec(pathname);
  return match?.[1] !== undefined && match[2] !== undefined ? { id: match[1], rest: match[2] } : undefined;
}

/**
 * Passes a page's connections on to rigs, so that the page needs to reach, trust and hold a token of its own engine only:
 * `/rigs/<id>/trpc` and `/rigs/<id>/preview/…`.
 */
export class RigProxy {
  readonly #parameters: RigProxyParameters;

  constructor(parameters: RigProxyParameters) {
    this.#parameters = parameters;
  }

  /** Serves a page's WebSocket: its token first, then every message both ways. */
  serve(page: WebSocket, id: string): void {
    const { isToken } = this.#parameters;
    const timer = setTimeout(() => page.close(POLICY_VIOLATION), TOKEN_MS);
    page.on('error', () => page.terminate());
    page.once('close', () => clearTimeout(timer));
    page.once('message', (data: RawData) => {
      clearTimeout(timer);
      const token = tokenIn(String(data));
      if (token === undefined || !isToken(token)) {
        page.close(POLICY_VIOLATION, 'the token is missing or wrong');
        return;
      }
      this.#connect(page, id);
    });
  }

  #connect(page: WebSocket, id: string): void {
    const reach = this.#parameters.reach(id);
    if (!reach) {
      page.close(TRY_AGAIN_LATER, 'there is no such rig');
      return;
    }
    const { dial, address } = reach;
    const query = dial.connectionParams ? '?connectionParams=1' : '';
    const rig = new WebSocket(`${dial.trpcUrl(address)}${query}`, dial.socket);
    const waiting: string[] = [];
    const stop = (reason: string): void => {
      rig.terminate();
      if (page.readyState === WebSocket.OPEN) page.close(TRY_AGAIN_LATER, reason);
    };
    rig.on('error', () => stop('the rig is not reached'));
    rig.on('close', () => stop('the rig has closed the connection'));
    page.on('close', () => rig.terminate());
    rig.on('open', () => {
      if (dial.connectionParams) rig.send(JSON.stringify({ method: 'connectionParams', data: dial.connectionParams }));
      for (const text of waiting.splice(0)) rig.send(text);
    });
    page.on('message', (data: RawData) => {
      const text = String(data);
      if (rig.readyState === WebSocket.OPEN) rig.send(text);
      else if (waiting.length < WAITING_MESSAGES) waiting.push(text);
      else stop('too many messages before the rig was reached');
    });
    rig.on('message', (data: RawData) => {
      page.send(String(data), () => {
        if (rig.isPaused && page.bufferedAmount < HIGH_WATER) rig.resume();
      });
      if (page.bufferedAmount >= HIGH_WATER) rig.pause();
    });
  }

  /** Serves a preview file of a rig; the caller has checked the token. */
  preview(response: ServerResponse, { id, rest }: RigPath): void {
    const reach = this.#parameters.reach(id);
    if (!reach || !rest.startsWith('/preview/')) {
      plain(response, 404, 'No such preview.');
      return;
    }
    const request = reach.dial.get(reach.address, rest);
    const fail = (): void => {
      if (response.headersSent) response.destroy();
      else plain(response, 502, 'The rig is not reached.');
    };
    request.setTimeout(PREVIEW_IDLE_MS, () => request.destroy(new Error('no answer')));
    request.once('error', fail);
    request.once('response', (answer: IncomingMessage) => passOn(answer, response, fail));
    response.once('close', () => request.destroy());
    request.end();
  }
}

function passOn(answer: IncomingMessage, response: ServerResponse, fail: () => void): void {
  if (answer.statusCode !== 200) {
    answer.resume();
    plain(response, answer.statusCode === 404 ? 404 : 502, 'No such preview.');
    return;
  }
  let bytes = 0;
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_PREVIEW) answer.destroy(new Error('too large'));
  });
  answer.once('error', fail);
  // The page's origin shows it, so only what a preview can be is passed on.
  const type = answer.headers['content-type'] ?? '';
  const isMedia = /^(video\/|audio\/|application\/vnd\.apple\.mpegurl\b)/.test(type);
  response.writeHead(200, { 'content-type': isMedia ? type : 'application/octet-stream', 'cache-control': 'no-store' });
  answer.pipe(response);
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  response.end(text);
}

function tokenIn(message: string): string | undefined {
  try {
    return ConnectionParamsSchema.parse(JSON.parse(message)).data.token;
  } catch {
    return undefined;
  }
}
