import { createServer, type Server } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { checkReachability, scopeOf } from '../../../engine/host/reachability.ts';
import { createCertificate } from '../../../engine/wire/tls.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A TLS server with a certificate of its own. */
async function listen(): Promise<string> {
  const { cert, key } = await createCertificate('127.0.0.1');
  const server = createServer({ cert, key, ALPNProtocols: ['h2'] });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `https://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
}

const check = (serviceUri: string, local: string) =>
  checkReachability({ serviceUri, local, nowMs: () => 7, signal: new AbortController().signal });

describe('whether the service URI leads here', () => {
  test('the same certificate in both places, and how far it is reached', async () => {
    const uri = await listen();
    expect(await check(uri, uri)).toMatchObject({ state: 'local-only', checkedAtMs: 7 });
  });

  test('another program at the address is told from this one', async () => {
    const found = await check(await listen(), await listen());
    expect(found).toMatchObject({ state: 'unreachable', text: expect.stringContaining('Another program answers') });
  });

  test('a closed port and an orchestrator that does not listen are told apart', async () => {
    const uri = await listen();
    expect(await check('https://127.0.0.1:1', uri)).toMatchObject({
      state: 'unreachable',
      text: '127.0.0.1:1 was not reached from here (ECONNREFUSED).',
      nextStep: expect.stringContaining('TCP port 1'),
    });
    expect(await check(uri, 'https://127.0.0.1:1')).toMatchObject({
      state: 'unreachable',
      text: 'The orchestrator does not answer on this machine (ECONNREFUSED).',
    });
  });

  test('an end of the engine ends the check', async () => {
    const ended = AbortSignal.abort(new Error('over'));
    const uri = await listen();
    await expect(checkReachability({ serviceUri: uri, local: uri, nowMs: Date.now, signal: ended })).rejects.toThrow('over');
  });
});

test.each([
  ['127.0.0.1', 'loopback'],
  ['[::1]', 'loopback'],
  ['10.1.2.3', 'private'],
  ['172.16.0.1', 'private'],
  ['172.32.0.1', 'public'],
  ['100.64.0.1', 'private'],
  ['fd00::1', 'private'],
  ['8.8.8.8', 'public'],
  ['2001:4860:4860::8888', 'public'],
] as const)('%s is reached %s', (address, scope) => expect(scopeOf(address, address)).toBe(scope));

test('a name is judged by the address it led to', () => {
  expect(scopeOf('orchestrator.example', '192.168.1.9')).toBe('private');
  expect(scopeOf('orchestrator.example', '::ffff:9.9.9.9')).toBe('public');
});
