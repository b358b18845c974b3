import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { describe, expect, test } from 'vitest';
import { ANY_CERTIFICATE, createCertificate } from '../../../engine/wire/tls.ts';

describe('certificate', () => {
  test.each(['orch.example', '127.0.0.1'])('for %s it is what the reference makes', (host) => {
    const now = new Date('2026-01-01T00:00:00Z');
    const { cert, expiresAtMs } = createCertificate(host, now);
    const parsed = new X509Certificate(cert);
    expect(parsed.ca).toBe(true);
    expect(parsed.subjectAltName).toBe(`DNS:${host}`);
    expect(parsed.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
    expect(parsed.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(parsed.verify(parsed.publicKey)).toBe(true);
    expect(new Date(parsed.validTo).getTime()).toBe(now.getTime() + 8765 * 3600_000);
    expect(expiresAtMs).toBe(new Date(parsed.validTo).getTime());
    expect(parsed.serialNumber.length).toBeGreaterThan(24);
  });

  test('two are never alike', () => {
    const [a, b] = [createCertificate('h'), createCertificate('h')];
    expect(new X509Certificate(a.cert).serialNumber).not.toBe(new X509Certificate(b.cert).serialNumber);
    expect(a.key).not.toBe(b.key);
  });

  test('a server can serve with it, and our client takes it', async () => {
    const { cert, key } = createCertificate('127.0.0.1');
    const server = tls.createServer({ cert, key }, (socket) => socket.end('hi'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = tls.connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', ...ANY_CERTIFICATE });
    const [data] = await once(socket, 'data');
    expect(String(data)).toBe('hi');
    socket.destroy();
    server.close();
  });
});
