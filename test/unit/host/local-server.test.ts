import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTRPCClient, createWSClient, wsLink } from '@trpc/client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { EngineApi } from '../../../engine/api/commands.ts';
import type { AppRouter } from '../../../engine/api/router.ts';
import { Disposables } from '../../../engine/base/disposables.ts';
import { EngineError } from '../../../engine/base/errors.ts';
import { silentLog } from '../../../engine/base/log.ts';
import { ensureToken, readToken } from '../../../engine/host/access.ts';
import { type LocalServer, startLocalServer } from '../../../engine/host/local-server.ts';

const paused: unknown[] = [];
const api = {
  snapshot: () => ({ seq: 7 }),
  async *watch(signal: AbortSignal) {
    yield { kind: 'snapshot', snapshot: { seq: 7 } };
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  },
  pause: async (input: unknown) => {
    paused.push(input);
  },
  resume: async () => {
    throw new EngineError({ code: 'not-ready', message: 'The engine has stopped', nextStep: 'Start it again.' });
  },
  history: async () => ({ segments: [] }),
  logs: () => [],
  redetect: async () => {},
  invites: {
    importPools: async ({ text }: { text: string }) => ({ bundled: [], imported: { name: String(text.length), pools: [] } }),
  },
  shutdown: async () => {},
} as unknown as EngineApi;

let folder: string;
let token: string;
let server: LocalServer;
let owned: Disposables;

beforeEach(async () => {
  owned = new Disposables();
  folder = mkdtempSync(path.join(tmpdir(), 'siphon-server-'));
  owned.defer(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(path.join(folder, 'page', 'assets'), { recursive: true });
  writeFileSync(path.join(folder, 'page', 'index.html'), '<!doctype html><title>page</title>');
  writeFileSync(path.join(folder, 'page', 'assets', 'a.js'), `// ${'x'.repeat(5000)}`);
  writeFileSync(path.join(folder, 'private.txt'), 'not for you');
  token = ensureToken(folder);
  server = owned.use(
    await startLocalServer({
      api,
      token,
      port: 0,
      pageDir: path.join(folder, 'page'),
      metrics: () => 'siphon_up 1\n',
      preview: (name) =>
        name === '/preview/s/source.m3u8' ? { contentType: 'application/vnd.apple.mpegurl', body: '#EXTM3U' } : undefined,
      log: silentLog,
    }),
  );
});
afterEach(() => owned[Symbol.asyncDispose]());

/** A raw GET, because fetch does not let a test choose the Host header. */
function get(
  target: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<{ status: number; body: string; headers: NodeJS.Dict<string | string[]> }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port: server.port, path: target, method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }));
    });
    request.on('error', reject);
    request.end();
  });
}

function client(given: string) {
  const ws = createWSClient({
    url: `ws://127.0.0.1:${server.port}/trpc`,
    connectionParams: { token: given },
    WebSocket: WebSocket as never,
  });
  owned.defer(() => ws.close());
  return createTRPCClient<AppRouter>({ links: [wsLink({ client: ws })] });
}

describe('local server', () => {
  test('the token file is readable by its owner only', () => {
    expect(readToken(folder)).toBe(token);
    if (process.platform !== 'win32') expect(statSync(path.join(folder, 'api-token')).mode & 0o777).toBe(0o600);
  });

  test('the token is kept over a restart, but not once others could have read it', () => {
    expect(ensureToken(folder)).toBe(token);
    if (process.platform === 'win32') return;
    chmodSync(path.join(folder, 'api-token'), 0o644);
    const fresh = ensureToken(folder);
    expect(fresh).not.toBe(token);
    expect(statSync(path.join(folder, 'api-token')).mode & 0o777).toBe(0o600);
  });

  test('serves the page, compressed, with a strict content security policy', async () => {
    const page = await get('/');
    expect(page).toMatchObject({ status: 200, body: '<!doctype html><title>page</title>' });
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    const script = await get('/assets/a.js', { 'accept-encoding': 'gzip' });
    expect(script.headers).toMatchObject({ 'content-encoding': 'gzip', 'cache-control': 'public, max-age=31536000, immutable' });
  });

  test('no path leads out of the page folder', async () => {
    for (const target of ['/../private.txt', '/%2e%2e/private.txt', '/assets/../../private.txt', '/..%2fprivate.txt']) {
      expect((await get(target)).status).toBe(404);
    }
  });

  test('a path that is none is answered, too: any website can make a browser ask for it', async () => {
    expect((await get('//')).status).toBe(404);
    expect((await get('//', { connection: 'upgrade', upgrade: 'websocket' })).status).toBe(403);
  });

  test('metrics and previews need the token', async () => {
    expect((await get('/metrics')).status).toBe(401);
    expect((await get('/metrics', { authorization: 'Bearer wrong' })).status).toBe(401);
    expect(await get('/metrics', { authorization: `Bearer ${token}` })).toMatchObject({ status: 200, body: 'siphon_up 1\n' });
    expect((await get('/preview/s/source.m3u8')).status).toBe(401);
    expect(await get('/preview/s/source.m3u8', { authorization: `Bearer ${token}` })).toMatchObject({
      status: 200,
      body: '#EXTM3U',
    });
    expect((await get('/preview/s/none', { authorization: `Bearer ${token}` })).status).toBe(404);
  });

  test('a foreign Host or Origin is refused (DNS rebinding, other sites)', async () => {
    expect((await get('/', { host: 'evil.example' })).status).toBe(403);
    expect((await get('/', { host: `evil.example:${server.port}` })).status).toBe(403);
    expect((await get('/', { host: '127.0.0.1:1' })).status).toBe(403);
    expect((await get('/', { origin: 'http://evil.example' })).status).toBe(403);
    expect((await get('/', { origin: `http://127.0.0.1:${server.port}` })).status).toBe(200);
    expect((await get('/', { host: `localhost:${server.port}` })).status).toBe(200);
    expect((await get('/', {}, 'POST')).status).toBe(405);
  });

  test('a WebSocket from another origin is refused before any handler', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/trpc`, { origin: 'http://evil.example' });
    const status = await new Promise((resolve) =>
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode)),
    );
    expect(status).toBe(403);
  });

  test('commands need the right token', async () => {
    await expect(client('wrong').snapshot.query()).rejects.toThrow('The token is missing or wrong');
    expect((await client(token).snapshot.query()).seq).toBe(7);
  });

  test('bad input is refused by the schema, never reaching the engine', async () => {
    paused.length = 0;
    await expect(client(token).pause.mutate({ forMs: -5 })).rejects.toThrow();
    await client(token).pause.mutate({ forMs: 60_000 });
    expect(paused).toEqual([{ forMs: 60_000 }]);
  });

  test('the longest command, a directory of pools, gets through', async () => {
    const text = '"'.repeat(500_000);
    expect((await client(token).invites.importPools.mutate({ text })).imported?.name).toBe('500000');
  });

  test('an engine error arrives with its code and next step', async () => {
    await expect(client(token).resume.mutate()).rejects.toMatchObject({
      data: { info: { code: 'not-ready', message: 'The engine has stopped', nextStep: 'Start it again.' } },
    });
  });

  test('the watch starts with the snapshot', async () => {
    const first = await new Promise((resolve, reject) => {
      client(token).watch.subscribe(undefined, { onData: resolve, onError: reject });
    });
    expect(first).toMatchObject({ kind: 'snapshot', snapshot: { seq: 7 } });
  });

  test('a port in use is named, with what to do', async () => {
    const second = startLocalServer({
      api,
      token,
      port: server.port,
      metrics: () => '',
      preview: () => undefined,
      log: silentLog,
    });
    await expect(second).rejects.toMatchObject({ code: 'port-in-use', message: expect.stringContaining(String(server.port)) });
  });
});
