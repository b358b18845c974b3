import { createTRPCClient, createWSClient, type TRPCWebSocketClient, wsLink } from '@trpc/client';
import { WebSocket } from 'ws';
import { fold } from '../engine/api/fold.ts';
import type { AppRouter } from '../engine/api/router.ts';
import type { EngineSnapshot, WatchEvent } from '../engine/api/snapshot.ts';
import type { EngineCalls, EngineWatch } from './desktop-context.ts';
import { Listeners } from './listeners.ts';
import type { EngineConnection } from './supervisor/engine-supervisor.ts';

/** Listeners hear of changes at most this often, milliseconds. */
const EVERY_MS = 100;

/** Wait before a lost watch starts over, milliseconds. */
const AGAIN_MS = 1_000;

/** The shell's own view of the engine, over the same API that the page uses. */
export class EngineFollower implements EngineWatch {
  readonly #listeners = new Listeners<EngineSnapshot | null>();
  #snapshot: EngineSnapshot | null = null;
  #client: { readonly socket: TRPCWebSocketClient; readonly api: EngineCalls } | undefined;
  #connection: EngineConnection | undefined;
  #timer: NodeJS.Timeout | undefined;

  get snapshot(): EngineSnapshot | null {
    return this.#snapshot;
  }

  get api(): EngineCalls | undefined {
    return this.#client?.api;
  }

  onSnapshot(listener: (snapshot: EngineSnapshot | null) => void): Disposable {
    return this.#listeners.add(listener);
  }

  /** Follows the engine at this address from now on; undefined = there is none. */
  follow(connection: EngineConnection | undefined): void {
    const before = this.#client;
    this.#client = undefined;
    this.#connection = connection;
    before?.socket.close().catch(() => {});
    this.#set(null);
    if (!connection) return;
    const socket = createWSClient({
      url: `${connection.httpUrl.replace(/^http/, 'ws')}/trpc`,
      connectionParams: { token: connection.token },
      WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
      keepAlive: { enabled: true, intervalMs: 15_000, pongTimeoutMs: 10_000 },
      retryDelayMs: (attempt) => Math.min(5_000, 250 * 2 ** attempt),
    });
    const client = { socket, api: createTRPCClient<AppRouter>({ links: [wsLink({ client: socket })] }) };
    this.#client = client;
    this.#watch(client.api);
  }

  /** Connects anew at once (the machine has slept). */
  reconnect(): void {
    if (this.#connection) this.follow(this.#connection);
  }

  #watch(api: EngineCalls): void {
    const isCurrent = (): boolean => this.#client?.api === api;
    let over = false;
    const again = (ms: number): void => {
      if (over) return;
      over = true;
      setTimeout(() => {
        subscription.unsubscribe();
        if (isCurrent()) this.#watch(api);
      }, ms);
    };
    const subscription = api.watch.subscribe(undefined, {
      onData: (event: WatchEvent) => {
        if (over || !isCurrent()) return;
        if (event.kind === 'snapshot') this.#set(event.snapshot);
        else {
          const next = this.#snapshot ? fold(this.#snapshot, event.update) : undefined;
          if (next) this.#set(next);
          // An update was missed: a new watch begins with a snapshot.
          else again(0);
        }
      },
      onError: () => again(AGAIN_MS),
      onComplete: () => again(AGAIN_MS),
    });
  }

  #set(snapshot: EngineSnapshot | null): void {
    if (snapshot === this.#snapshot) return;
    this.#snapshot = snapshot;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#listeners.tell(this.#snapshot);
    }, EVERY_MS);
  }
}
