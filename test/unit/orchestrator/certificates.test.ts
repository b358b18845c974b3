import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../../engine/base/log.ts';
import { CertificateKeeper, type CertificateSource } from '../../../engine/orchestrator/certificates.ts';
import { pinOfCertificate } from '../../../engine/wire/pin.ts';
import { createCertificate } from '../../../engine/wire/tls.ts';

const DAY_MS = 24 * 3600_000;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'siphon-cert-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function load(source: CertificateSource | undefined, host = 'orch.example', nowMs = Date.now()) {
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
  return new CertificateKeeper({ source, host, clock, log: silentLog }).load();
}

describe('the orchestrator’s certificate', () => {
  test('is made once and kept, its key for nobody else to read', async () => {
    const first = await load({ keptIn: path.join(folder, 'tls') });
    expect(new X509Certificate(first.cert).subjectAltName).toBe('DNS:orch.example');
    expect(await load({ keptIn: path.join(folder, 'tls') })).toEqual(first);
    const { mode } = await stat(path.join(folder, 'tls', 'orchestrator.key.pem'));
    if (process.platform !== 'win32') expect(mode & 0o777).toBe(0o600);
  });

  test('made anew, keeps its key, so that whoever pinned it still knows it; a broken key is replaced', async () => {
    const source = { keptIn: folder };
    const first = await load(source);
    const renewed = await load(source, 'orch.example', first.expiresAtMs - DAY_MS);
    const moved = await load(source, 'other.example', first.expiresAtMs - DAY_MS);
    expect(new Set([first, renewed, moved].map(({ cert }) => cert)).size).toBe(3);
    expect(new Set([first, renewed, moved].map(({ cert }) => pinOfCertificate(cert))).size).toBe(1);
    await writeFile(path.join(folder, 'orchestrator.key.pem'), 'no key');
    expect(pinOfCertificate((await load(source, 'other.example')).cert)).not.toBe(pinOfCertificate(first.cert));
  });

  test('is made anew for another host, shortly before its end, and when the kept one is broken', async () => {
    const source = { keptIn: folder };
    const first = await load(source);
    expect((await load(source, 'other.example')).cert).not.toBe(first.cert);
    const second = await load(source, 'other.example');
    const later = second.expiresAtMs - 29 * DAY_MS;
    expect((await load(source, 'other.example', second.expiresAtMs - 31 * DAY_MS)).cert).toBe(second.cert);
    const third = await load(source, 'other.example', later);
    expect(third.expiresAtMs).toBeGreaterThan(second.expiresAtMs + 300 * DAY_MS);
    await writeFile(path.join(folder, 'orchestrator.key.pem'), 'broken');
    expect((await load(source, 'other.example', later)).cert).not.toBe(third.cert);
  });

  test('may be the user’s own', async () => {
    const own = createCertificate('own.example');
    const files = { certFile: path.join(folder, 'a.pem'), keyFile: path.join(folder, 'b.pem') };
    await writeFile(files.certFile, own.cert);
    await writeFile(files.keyFile, own.key);
    expect(await load(files)).toMatchObject({ cert: own.cert, expiresAtMs: own.expiresAtMs });
  });

  test('error: own files that are missing or don’t belong together are told in words', async () => {
    const files = { certFile: path.join(folder, 'a.pem'), keyFile: path.join(folder, 'b.pem') };
    await expect(load(files)).rejects.toMatchObject({ code: 'config-unreadable' });
    await writeFile(files.certFile, createCertificate('x').cert);
    await writeFile(files.keyFile, createCertificate('x').key);
    await expect(load(files)).rejects.toMatchObject({ code: 'config-invalid' });
    expect(await readFile(files.keyFile, 'utf8')).toContain('PRIVATE KEY');
  });

  test('without a folder it is made at each start', async () => {
    expect((await load(undefined)).cert).not.toBe((await load(undefined)).cert);
  });
});
