import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { initTRPC } from '@trpc/server';
import { applyWSSHandler } from '@trpc/server/adapters/ws';
import { expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { systemClock } from '../../engine/base/clock.ts';
import { Disposables } from '../../engine/base/disposables.ts';
import { dialOf } from '../../engine/fleet/dial.ts';
import { RigLink } from '../../engine/fleet/rig-link.ts';

/** A rig of another version, reached as through a tunnel: it knows `snapshot` only, and says in it what `snapshot` gives. */
async function otherRig(snapshot: () => unknown): Promise<AsyncDisposable & { readonly link: RigLink }> {
  const owned = new Disposables();
  const t = initTRPC.create();
  const server = createServer();
  const wss = new WebSocketServer({ server });
  applyWSSHandler({ wss, router: t.router({ snapshot: t.procedure.query(snapshot) }) });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  owned.defer(async () => {
    for (const client of wss.clients) client.terminate();
    wss.close();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  const rig = { id: 'old', name: 'Old', kind: 'tunnel', address: `127.0.0.1:${port}`, enginePort: port } as const;
  const link = owned.use(new RigLink({ dial: dialOf(rig, 'token'), clock: systemClock, onChange: () => {} }));
  return { link, [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose]() };
}

test('a rig that knows no summaries is asked for its state, and shown with what it says', async () => {
  await using rig = await otherRig(() => ({
    engine: { version: '0.0.9' },
    run: { state: 'running', sinceMs: 0, inFlight: 1 },
    sessions: [{ id: 'a' }, { id: 'b', endedAtMs: 5 }],
  }));
  await expect
    .poll(() => rig.link.view, { timeout: 15_000 })
    .toMatchObject({
      state: 'live',
      summary: { version: '0.0.9', run: { state: 'running' }, streams: { used: 1, total: null }, gpus: [], today: null },
    });
  // What it does not know is told as an error of that command, and nothing else happens.
  await expect(rig.link.command((api, signal) => api.pause.mutate({}, { signal }))).rejects.toThrow(/pause/);
  expect(rig.link.view.state).toBe('live');
});

test('a rig whose state is of quite another shape is shown without it, and breaks nothing', async () => {
  await using rig = await otherRig(() => ({
    engine: 'v9',
    run: ['running'],
    problems: 'none',
    sessions: 12,
    hardware: { gpus: 'two' },
  }));
  await expect.poll(() => rig.link.view.summary, { timeout: 15_000 }).not.toBeNull();
  expect(rig.link.view).toMatchObject({ state: 'live', summary: { version: null, run: null, gpus: [], problems: { count: 0 } } });
});
