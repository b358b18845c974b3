import type { Http2SecureServer, ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Log } from '../base/log.ts';

export interface ConnectionsParameters {
  readonly server: Http2SecureServer;
  /** Milliseconds between two looks at the connections. */
  readonly sweepMs: number;
  /** Milliseconds a registered transcoder's connection may take to answer an HTTP/2 PING. */
  readonly pingTimeoutMs: number;
  /** Milliseconds after which a connection without an open stream is closed (reference: 10 min). */
  readonly idleMs: number;
  readonly log: Log;
}

interface SessionState {
  streams: number;
  idleSinceMs: number;
  /** Registrations on this connection: it is pinged while there are any. */
  watchers: number;
  pingSentMs: number | undefined;
}

/** HTTP/1.1 connections without traffic for this long are closed. */
const HTTP1_IDLE_MS = 60_000;

/**
 * The server's open connections: notices transcoders that are silently dead (the reference leaves that to TCP, which takes
 * hours), closes idle ones, and ends all of them on disposal. One timer for all of them.
 */
export class Connections implements Disposable {
  readonly #parameters: ConnectionsParameters;
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Map<ServerHttp2Session, SessionState>();
  readonly #sweep: NodeJS.Timeout;

  constructor(parameters: ConnectionsParameters) {
    this.#parameters = parameters;
    const { server, log } = parameters;
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.on('secureConnection', (socket: TLSSocket) => {
      socket.on('error', (err) => log.debug({ err }, 'a connection failed'));
      if (socket.alpnProtocol !== 'h2') socket.setTimeout(HTTP1_IDLE_MS, () => socket.destroy());
    });
    server.on('session', (session) => this.#add(session));
    server.on('sessionError', (err) => log.debug({ err }, 'an HTTP/2 session failed'));
    server.on('tlsClientError', (err) => log.debug({ err }, 'a TLS handshake failed'));
    this.#sweep = setInterval(() => this.#look(), parameters.sweepMs).unref();
  }

  get size(): number {
    return this.#sockets.size;
  }

  /** Pings the session until disposed, and destroys it when it doesn't answer. */
  watch(session: ServerHttp2Session): Disposable {
    const state = this.#sessions.get(session);
    if (state) state.watchers += 1;
    return {
      [Symbol.dispose]() {
        if (state) state.watchers -= 1;
      },
    };
  }

  /** Lets what is being said be finished, at most `graceMs` milliseconds; then cuts everything. */
  async end(graceMs: number): Promise<void> {
    clearInterval(this.#sweep);
    const gone = [...this.#sessions.keys()].map((session) => {
      session.close();
      return session.closed && session.destroyed ? undefined : new Promise((resolve) => session.once('close', resolve));
    });
    const timer = Promise.withResolvers<void>();
    const timeout = setTimeout(timer.resolve, graceMs);
    await Promise.race([Promise.all(gone), timer.promise]);
    clearTimeout(timeout);
    this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#sweep);
    for (const session of this.#sessions.keys()) session.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }

  #add(session: ServerHttp2Session): void {
    const state: SessionState = { streams: 0, idleSinceMs: performance.now(), watchers: 0, pingSentMs: undefined };
    this.#sessions.set(session, state);
    session.on('stream', (stream) => {
      state.streams += 1;
      stream.once('close', () => {
        state.streams -= 1;
        state.idleSinceMs = performance.now();
      });
    });
    session.once('close', () => this.#sessions.delete(session));
  }

  #look(): void {
    const now = performance.now();
    const { pingTimeoutMs, idleMs, log } = this.#parameters;
    for (const [session, state] of this.#sessions) {
      if (state.streams === 0 && now - state.idleSinceMs > idleMs) session.close();
      if (state.watchers === 0 || session.destroyed) continue;
      if (state.pingSentMs !== undefined) {
        if (now - state.pingSentMs < pingTimeoutMs) continue;
        log.info({ address: session.socket.remoteAddress }, 'a transcoder does not answer any more');
        session.destroy();
        continue;
      }
      state.pingSentMs = now;
      session.ping(() => {
        state.pingSentMs = undefined;
      });
    }
  }
}
