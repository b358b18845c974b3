import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { systemClock } from '../../engine/base/clock.ts';
import { Disposables } from '../../engine/base/disposables.ts';
import { silentLog } from '../../engine/base/log.ts';
import { DeviceRegistry } from '../../engine/fleet/devices.ts';
import { PairingDesk } from '../../engine/fleet/pairing-desk.ts';
import { loadRemoteKey } from '../../engine/fleet/remote-key.ts';
import { type RemoteServer, startRemoteServer } from '../../engine/host/remote-server.ts';
import { FakeEngine } from '../support/fake-engine.ts';

const owned = new Disposables();
let server: RemoteServer;
let token: string;
beforeAll(async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'siphon-remote-'));
  owned.defer(() => rmSync(folder, { recursive: true, force: true }));
  const devices = await DeviceRegistry.open(path.join(folder, 'devices.json'), systemClock, silentLog);
  ({ token } = await devices.add('Laptop', 'full'));
  const engine = new FakeEngine('idle');
  owned.defer(() => engine.shutdown());
  server = owned.use(
    await startRemoteServer({
      api: engine,
      host: '127.0.0.1',
      port: 0,
      key: await loadRemoteKey(folder, systemClock),
      desk: new PairingDesk(systemClock),
      devices,
      name: () => 'Rig',
      metrics: () => 'siphon_up 1\n',
      preview: () => undefined,
      onChange: () => {},
      log: silentLog,
    }),
  );
});
afterAll(() => owned[Symbol.asyncDispose]());

function get(pathname: string, headers: Record<string, string>, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: server.port, path: pathname, method, headers, rejectUnauthorized: false };
    request(options, (response: IncomingMessage) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .once('error', reject)
      .end();
  });
}

/** Status of a refused upgrade; 101 = it was taken. */
function upgrade(pathname: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`wss://127.0.0.1:${server.port}${pathname}`, { headers, rejectUnauthorized: false });
    socket.on('error', () => {});
    socket.once('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0);
      socket.terminate();
    });
    socket.once('open', () => {
      resolve(101);
      socket.terminate();
    });
  });
}

describe('the server for paired machines', () => {
  test.each(['/', '/metrics', '/healthz', '/preview/x.m3u8', '/index.html'])(
    'without a token %s is not even there',
    async (name) => {
      expect(await get(name, {})).toBe(401);
      expect(await get(name, { authorization: `Bearer ${'a'.repeat(43)}` })).toBe(401);
    },
  );

  test('a paired machine gets metrics, and no page', async () => {
    const headers = { authorization: `Bearer ${token}` };
    expect(await get('/metrics', headers)).toBe(200);
    expect(await get('/', headers)).toBe(404);
    expect(await get('/metrics', headers, 'POST')).toBe(405);
  });

  test('browsers are turned away, even with a token', async () => {
    const headers = { authorization: `Bearer ${token}`, origin: 'http://127.0.0.1:17935' };
    expect(await get('/metrics', headers)).toBe(403);
    expect(await upgrade('/trpc', headers)).toBe(403);
    expect(await upgrade('/pair', { origin: 'https://evil.example' })).toBe(403);
  });

  test('no WebSocket comes about without a token, but the pairing', async () => {
    expect(await upgrade('/trpc', {})).toBe(401);
    expect(await upgrade('/other', { authorization: `Bearer ${token}` })).toBe(404);
    expect(await upgrade('/trpc', { authorization: `Bearer ${token}` })).toBe(101);
    expect(await upgrade('/pair', {})).toBe(101);
  });

  test('nonsense on the pairing is answered with an error and the end', async () => {
    const socket = new WebSocket(`wss://127.0.0.1:${server.port}/pair`, { rejectUnauthorized: false });
    const answer = new Promise<string>((resolve) => socket.once('message', (data) => resolve(String(data))));
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.once('open', () => socket.send('{"v":2,"hello":"there"}'));
    expect(JSON.parse(await answer)).toMatchObject({ error: { code: 'bad-request' } });
    await closed;
  });

  test('a path that is none ends nothing', async () => {
    expect(await get('//', { authorization: `Bearer ${token}` })).toBe(404);
    const head = 'GET // HTTP/1.1\r\nhost: rig\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n';
    const socket = connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false }, () => socket.write(head));
    const answer = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))));
    socket.destroy();
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
  });

  test('only TLS 1.3 is spoken', async () => {
    const socket = connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false, maxVersion: 'TLSv1.2' });
    const error = await new Promise<Error>((resolve) => socket.once('error', resolve));
    expect(error.message).toMatch(/protocol version|alert/i);
  });
});
