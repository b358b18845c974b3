import { createTRPCClient, createWSClient, wsLink } from '@trpc/client';
import { WebSocket } from 'ws';
import type { AppRouter } from '../../engine/api/router.ts';
import type { EngineSnapshot } from '../../engine/api/snapshot.ts';
import type { EngineProcess } from './engine-process.ts';

/** The local API of a running engine, as any client sees it. */
export interface EngineClient extends Disposable {
  readonly api: ReturnType<typeof createTRPCClient<AppRouter>>;
  /** Polls the snapshot until `check` holds; rejects with the last snapshot after `limitMs`. */
  until(check: (snapshot: EngineSnapshot) => boolean, limitMs?: number): Promise<EngineSnapshot>;
}

export function connectTo({ address, token }: Pick<EngineProcess, 'address' | 'token'>): EngineClient {
  const ws = createWSClient({
    url: `${address.replace('http', 'ws')}/trpc`,
    connectionParams: { token },
    WebSocket: WebSocket as never,
  });
  const api = createTRPCClient<AppRouter>({ links: [wsLink({ client: ws })] });
  return {
    api,
    async until(check, limitMs = 30_000) {
      let snapshot = await api.snapshot.query();
      for (const end = Date.now() + limitMs; !check(snapshot); snapshot = await api.snapshot.query()) {
        if (Date.now() > end)
          throw new Error(`it never happened; last seen: ${JSON.stringify(snapshot, null, 1).slice(0, 4000)}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      return snapshot;
    },
    [Symbol.dispose]: () => void ws.close(),
  };
}
