import { TRPCClientError } from '@trpc/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { FleetAdd, PairingOffer, RigView } from '../../engine/api/fleet.ts';
import { parsePairingText } from '../../engine/api/pairing-text.ts';
import { Disposables } from '../../engine/base/disposables.ts';
import { connectTo } from '../support/engine-client.ts';
import { type Machine, startMachine } from '../support/engine-pair.ts';

/** Settings of an engine that has nothing to do. */
const idle = { deploymentType: 'siphon', orchestrator: { serviceUri: 'https://127.0.0.1:1' }, capacity: 1 };

const owned = new Disposables();
let rig: Machine;
let hub: Machine;
let port: number;

beforeAll(async () => {
  const remote = { enabled: true, host: '127.0.0.1', port: 0, name: 'Rig one' };
  rig = owned.use(await startMachine({ remote }));
  hub = owned.use(await startMachine({ ...idle, remote: { name: 'Hub' } }));
  const { remote: view } = await rig.client.until((snapshot) => snapshot.remote?.listening != null);
  port = Number(view?.listening?.split(':').at(-1));
}, 60_000);
afterAll(() => owned[Symbol.asyncDispose](), 60_000);

const pair = (rights: 'full' | 'read-only' = 'full'): Promise<PairingOffer> => rig.client.api.remote.pair.mutate({ rights });
const add = (input: FleetAdd): Promise<{ id: string; name: string }> => hub.client.api.fleet.add.mutate(input);
const byCode = (code: string): FleetAdd => ({ kind: 'code', address: `127.0.0.1:${port}`, code });

async function rigView(id: string, check: (view: RigView) => boolean, limitMs?: number): Promise<RigView> {
  const find = (fleet: readonly RigView[]): RigView | undefined => fleet.find((each) => each.id === id);
  const { fleet } = await hub.client.until((snapshot) => {
    const view = find(snapshot.fleet);
    return view !== undefined && check(view);
  }, limitMs);
  return find(fleet) as RigView;
}

async function errorOf(call: Promise<unknown>): Promise<{ code: string; message: string }> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof TRPCClientError)) throw new Error(`it did not fail as expected: ${String(error)}`);
  return (error.data as { info?: { code: string; message: string } }).info ?? { code: 'none', message: error.message };
}

/** A page's connection to the rig through the hub. */
const throughHub = (id: string) => connectTo({ address: `${hub.engine.address}/rigs/${id}`, token: hub.engine.token });

describe('pairing', () => {
  test('without a pairing that is open nobody gets in', async () => {
    const { code } = await errorOf(add(byCode('ABCD-EFGH')));
    expect(code).toBe('pairing-refused');
  });

  test('five wrong codes end a pairing: the sixth try is refused, even with the right code', async () => {
    const offer = await pair();
    const wrong = offer.code === '0000-0000' ? '1111-1111' : '0000-0000';
    for (let left = 4; left >= 0; left -= 1) {
      const { code } = await errorOf(add(byCode(wrong)));
      expect(code).toBe('pairing-refused');
      await rig.client.until(({ remote }) => remote?.pairing?.attemptsLeft === left);
    }
    const { message } = await errorOf(add(byCode(offer.code)));
    expect(message).toContain('Too many wrong codes');
  });

  test('a pairing text with another key is refused before anything is said', async () => {
    const { link } = await pair();
    const pin = parsePairingText(link)?.pin ?? '';
    const { code } = await errorOf(
      add({ kind: 'link', text: link.replace(pin, `${pin.startsWith('A') ? 'B' : 'A'}${pin.slice(1)}`) }),
    );
    expect(code).toBe('rig-untrusted');
    expect((await rig.client.api.snapshot.query()).remote?.pairing?.attemptsLeft).toBe(5);
  });

  test('a machine does not become a rig of itself', async () => {
    const { link } = await pair();
    expect((await errorOf(rig.client.api.fleet.add.mutate({ kind: 'link', text: link }))).message).toContain('this very machine');
  });

  test('a code is good for one machine only', async () => {
    const offer = await pair();
    const { id } = await add(byCode(offer.code.toLowerCase().replace('-', ' ')));
    expect((await errorOf(add(byCode(offer.code)))).code).toBe('pairing-refused');
    await hub.client.api.fleet.remove.mutate({ id });
  });
});

describe('a paired rig', () => {
  let id: string;

  test('is seen live, with what it does', async () => {
    const { link } = await pair();
    ({ id } = await add({ kind: 'link', text: ` ${link}\n` }));
    const view = await rigView(id, ({ state }) => state === 'live');
    expect(view).toMatchObject({ name: 'Rig one', kind: 'paired', rights: 'full', summary: { deploymentType: 'practice' } });
    const working = await rigView(id, ({ summary }) => (summary?.today?.segments ?? 0) > 0, 60_000);
    expect(working.summary?.streams.total).toBeGreaterThan(0);
    const { remote } = await rig.client.until(
      (snapshot) => snapshot.remote?.devices.some((device) => device.connections > 0) === true,
    );
    expect(remote?.devices.at(-1)).toMatchObject({ name: 'Hub', rights: 'full', connections: 1 });
  });

  test('neither its token nor the pairing code is shown or logged', async () => {
    const { code, link } = await pair();
    const secret = parsePairingText(link)?.code ?? 'none';
    const shown =
      JSON.stringify([await rig.client.api.snapshot.query(), await rig.client.api.logs.query()]) + rig.engine.output();
    expect(shown).not.toContain(code);
    expect(shown).not.toContain(secret);
    await rig.client.api.remote.endPairing.mutate();
  });

  test('is paused and resumed from the hub', async () => {
    expect(await hub.client.api.fleet.pause.mutate({ ids: [id, 'nobody'] })).toMatchObject({
      failed: [{ id: 'nobody', error: { code: 'not-found' } }],
    });
    await rigView(id, ({ summary }) => summary?.run?.state === 'paused');
    expect((await rig.client.api.snapshot.query()).run).toMatchObject({ state: 'paused', reason: 'user' });
    await hub.client.api.fleet.resume.mutate({ ids: [id] });
    await rigView(id, ({ summary }) => summary?.run?.state === 'running');
  });

  test('shows its whole state through the hub, and takes commands there', async () => {
    using page = throughHub(id);
    const { engine } = await page.api.snapshot.query();
    expect(engine.pid).toBe(rig.engine.child.pid);
    await page.api.pause.mutate({});
    await rig.client.until(({ run }) => run.state === 'paused');
    await page.api.resume.mutate();
    await rig.client.until(({ run }) => run.state === 'running');
  });

  test('lets nobody steer who gets in, nor look further, from another machine', async () => {
    using page = throughHub(id);
    expect((await errorOf(page.api.remote.pair.mutate({}))).code).toBe('forbidden');
    expect((await errorOf(page.api.fleet.remove.mutate({ id: 'any' }))).code).toBe('forbidden');
  });

  test('its previews come through the hub, for the hub’s token only', async () => {
    const { previews } = await rig.client.until((snapshot) => snapshot.previews.length > 0, 60_000);
    const playlist = previews[0]?.tracks[0]?.playlist.replace(/^\//, '') ?? '';
    const url = `${hub.engine.address}/rigs/${id}/${playlist}`;
    const answer = await fetch(url, { headers: { authorization: `Bearer ${hub.engine.token}` } });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('#EXTM3U');
    expect((await fetch(url)).status).toBe(401);
    const wrong = await fetch(url, { headers: { authorization: `Bearer ${rig.engine.token}` } });
    expect(wrong.status).toBe(401);
  });

  test('the proxy wants the hub’s token before it reaches out', async () => {
    const socket = new WebSocket(`${hub.engine.address.replace('http', 'ws')}/rigs/${id}/trpc?connectionParams=1`);
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    socket.once('open', () => socket.send(JSON.stringify({ method: 'connectionParams', data: { token: 'wrong' } })));
    expect(await closed).toBe(1008);
  });

  test('is renamed, removed and brought back', async () => {
    await hub.client.api.fleet.rename.mutate({ id, name: 'Cellar' });
    await rigView(id, ({ name }) => name === 'Cellar');
    await hub.client.api.fleet.remove.mutate({ id });
    await hub.client.until(({ fleet }) => fleet.length === 0);
    await hub.client.api.fleet.restore.mutate({ id });
    expect(await rigView(id, ({ state }) => state === 'live')).toMatchObject({ name: 'Cellar' });
  });

  test('revoked, it is out at once: the open connection ends, and no new one comes', async () => {
    const { remote } = await rig.client.until(
      (snapshot) => snapshot.remote?.devices.some((each) => each.connections > 0) === true,
    );
    const device = remote?.devices.find((each) => each.connections > 0)?.id ?? '';
    using page = throughHub(id);
    await page.api.snapshot.query();
    await rig.client.api.remote.revoke.mutate({ id: device });
    const view = await rigView(id, ({ state }) => state !== 'live');
    expect(['away', 'refused']).toContain(view.state);
    expect(await rigView(id, ({ state }) => state === 'refused')).toMatchObject({ error: { code: 'unauthorized' } });
  });

  test('paired again, it is the same rig with a new token', async () => {
    const { link } = await pair('read-only');
    expect(await add({ kind: 'link', text: link })).toMatchObject({ id, name: 'Cellar' });
    await rigView(id, ({ state, rights }) => state === 'live' && rights === 'read-only');
  });

  test('read-only, it can be looked at and not be paused', async () => {
    using page = throughHub(id);
    expect((await page.api.snapshot.query()).engine.pid).toBe(rig.engine.child.pid);
    expect((await errorOf(page.api.pause.mutate({}))).code).toBe('forbidden');
    expect((await errorOf(page.api.configure.mutate({ changes: [] }))).code).toBe('forbidden');
    expect((await errorOf(page.api.shutdown.mutate())).code).toBe('forbidden');
    expect(await hub.client.api.fleet.pause.mutate({ ids: [id] })).toMatchObject({
      failed: [{ id, error: { code: 'forbidden' } }],
    });
    expect((await rig.client.api.snapshot.query()).run.state).toBe('running');
  });

  test('killed, it is shown as away with the last that was known; started again, it comes back by itself', async () => {
    const fixed = { enabled: true, host: '127.0.0.1', port, name: 'Rig one' };
    await rig.client.api.configure.mutate({
      changes: Object.entries(fixed).map(([key, value]) => ({ path: `remote.${key}`, value })),
    });
    await rigView(id, ({ state }) => state === 'live');
    rig.engine.child.kill('SIGKILL');
    await rig.engine.exit;
    const away = await rigView(id, ({ state }) => state === 'away');
    expect(away.summary).not.toBeNull();
    expect(away.lastSeenAtMs).toBeGreaterThan(0);
    const failed = await rigView(id, ({ error }) => error !== undefined);
    expect(failed.error?.code).toBe('rig-unreachable');
    rig = owned.use(await startMachine({}, rig.dataDir));
    await rigView(id, ({ state }) => state === 'live', 60_000);
  }, 90_000);

  test('switched off, it is away; nothing listens there any more', async () => {
    await rig.client.api.configure.mutate({ changes: [{ path: 'remote.enabled', value: false }] });
    await rig.client.until(({ remote }) => remote?.listening === null);
    await rigView(id, ({ error, state }) => state === 'away' && error !== undefined);
    expect((await errorOf(pair())).code).toBe('not-ready');
  });

  test('another machine at its address is not trusted, and is sent no token', async () => {
    const other = await startMachine({ ...idle, remote: { enabled: true, host: '127.0.0.1', port } });
    await using _ = other;
    await other.client.until(({ remote }) => remote?.listening !== null && remote !== null);
    const view = await rigView(id, ({ state }) => state === 'untrusted', 60_000);
    expect(view.error?.code).toBe('rig-untrusted');
  }, 90_000);
});

describe('a tunnel', () => {
  test('to anywhere but this machine is refused: its token would go out in the open', async () => {
    const { code } = await errorOf(add({ kind: 'tunnel', address: 'http://192.168.1.9:27935', token: rig.engine.token }));
    expect(code).toBe('bad-request');
  });

  test('reaches the rig’s local API, with its own port named', async () => {
    const { id } = await add({
      kind: 'tunnel',
      address: rig.engine.address,
      enginePort: Number(new URL(rig.engine.address).port),
      token: rig.engine.token,
      name: 'By SSH',
    });
    await rigView(id, ({ state }) => state === 'live');
    using page = throughHub(id);
    expect((await page.api.snapshot.query()).engine.pid).toBe(rig.engine.child.pid);
    expect(await hub.client.api.fleet.pause.mutate({ ids: [id] })).toEqual({ failed: [] });
    await rigView(id, ({ summary }) => summary?.run?.state === 'paused');
  });

  test('with a wrong token is shown as refused', async () => {
    const { id } = await add({
      kind: 'tunnel',
      address: rig.engine.address,
      enginePort: Number(new URL(rig.engine.address).port),
      token: 'not-the-token-at-all',
    });
    expect(await rigView(id, ({ state }) => state === 'refused')).toMatchObject({ error: { code: 'unauthorized' } });
  });
});
