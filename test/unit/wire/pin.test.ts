import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { Disposables } from '../../../engine/base/disposables.ts';
import { isPinned, PinnedAgent, pinMismatch, pinOf, pinOfCertificate } from '../../../engine/wire/pin.ts';
import { createCertificate } from '../../../engine/wire/tls.ts';

let owned = new Disposables();
afterEach(async () => {
  await owned[Symbol.asyncDispose]();
  owned = new Disposables();
});

/** A server that counts what it is asked. */
async function serve(certificate = createCertificate('127.0.0.1')) {
  const asked: string[] = [];
  const server = https.createServer({ cert: certificate.cert, key: certificate.key }, (request, response) => {
    asked.push(request.url ?? '');
    response.end('here');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  owned.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { asked, port, pin: pinOfCertificate(certificate.cert) };
}

function get(port: number, agent: PinnedAgent, path = '/'): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = https.get({ host: '127.0.0.1', port, path, agent }, (response) => {
      response.setEncoding('utf8').on('data', resolve);
    });
    request.on('error', reject);
  });
}

describe('a pin', () => {
  test('is the key’s: another certificate of the same key has the same, another key another one', () => {
    const first = createCertificate('one.example');
    const again = createCertificate('two.example', new Date(Date.now() + 1000), first.key);
    expect(again.cert).not.toBe(first.cert);
    expect(pinOfCertificate(again.cert)).toBe(pinOfCertificate(first.cert));
    expect(pinOf(createPublicKey(first.key))).toBe(pinOfCertificate(first.cert));
    expect(new X509Certificate(again.cert).checkPrivateKey(createPrivateKey(first.key))).toBe(true);
    expect(pinOfCertificate(createCertificate('one.example').cert)).not.toBe(pinOfCertificate(first.cert));
  });

  test('holds for one host and port', () => {
    const pinned = { host: 'orch.example', port: 8935, pin: '' };
    expect(isPinned(new URL('https://ORCH.example:8935/stream/1'), pinned)).toBe(true);
    expect(isPinned(new URL('https://orch.example/stream/1'), pinned)).toBe(false);
    expect(isPinned(new URL('https://orch.example/'), { ...pinned, port: 443 })).toBe(true);
    expect(isPinned(new URL('https://bucket.example:8935/'), pinned)).toBe(false);
    expect(isPinned(new URL('http://orch.example:8935/'), pinned)).toBe(false);
    expect(isPinned(new URL('https://[::1]:8935/'), { ...pinned, host: '::1' })).toBe(true);
    expect(isPinned(new URL('https://orch.example:8935/'), undefined)).toBe(false);
  });
});

describe('an agent with a pin', () => {
  test('asks the right key, over kept connections and over one new one after the other', async () => {
    const { port, pin, asked } = await serve();
    const agent = new PinnedAgent({ keepAlive: true }, { host: '127.0.0.1', port, pin });
    owned.defer(() => agent.destroy());
    expect(await Promise.all([get(port, agent), get(port, agent)])).toEqual(['here', 'here']);
    const fresh = new PinnedAgent({ keepAlive: false }, { host: '127.0.0.1', port, pin });
    owned.defer(() => fresh.destroy());
    for (let round = 0; round < 3; round += 1) expect(await get(port, fresh)).toBe('here');
    expect(asked).toHaveLength(5);
  });

  test('error: says nothing to another key, not even the request', async () => {
    const { port, asked } = await serve();
    const { pin } = await serve();
    const agent = new PinnedAgent({ keepAlive: true }, { host: '127.0.0.1', port, pin });
    owned.defer(() => agent.destroy());
    await expect(get(port, agent, '/secret')).rejects.toMatchObject({ code: 'orchestrator-certificate-changed' });
    expect(asked).toEqual([]);
  });

  test('without a pin takes any certificate, as the reference does', async () => {
    const { port } = await serve();
    const agent = new PinnedAgent({}, undefined);
    owned.defer(() => agent.destroy());
    expect(await get(port, agent)).toBe('here');
  });

  test('error: a connection that fails, or is closed before TLS, rejects the request', async () => {
    const agent = new PinnedAgent({}, { host: '127.0.0.1', port: 1, pin: '0'.repeat(64) });
    owned.defer(() => agent.destroy());
    await expect(get(1, agent)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

test('a socket is judged by its key', async () => {
  const { port, pin } = await serve();
  const socket = await new Promise<TLSSocket>((resolve) => {
    const made = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => resolve(made));
  });
  owned.defer(() => void socket.destroy());
  expect(pinMismatch(socket, pin, 'it')).toBeUndefined();
  expect(pinMismatch(socket, '0'.repeat(64), 'it')).toMatchObject({ message: expect.stringContaining('another TLS key') });
});
