import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { isSigned } from '../../../../main/updates/signature.ts';
import { manifestText, signManifest, testReleaseKey } from '../../../support/update-server.ts';

const MANIFEST = Buffer.from('version: 1.2.3\n');

describe('a release signature', () => {
  const key = testReleaseKey();
  const other = testReleaseKey();
  const signature = signManifest(key, 'latest.yml', MANIFEST);

  test('holds for its manifest, its file name and its key only', () => {
    expect(isSigned('latest.yml', MANIFEST, signature, [key.publicKey])).toBe(true);
    expect(isSigned('latest.yml', Buffer.from('version: 1.2.4\n'), signature, [key.publicKey])).toBe(false);
    expect(isSigned('beta.yml', MANIFEST, signature, [key.publicKey])).toBe(false);
    expect(isSigned('latest.yml', MANIFEST, signature, [other.publicKey])).toBe(false);
  });

  test('while keys change, one known key and one known signature are enough', () => {
    const both = `${signManifest(other, 'latest.yml', MANIFEST)}${signature}`;
    expect(isSigned('latest.yml', MANIFEST, both, [key.publicKey])).toBe(true);
    expect(isSigned('latest.yml', MANIFEST, signature, [other.publicKey, key.publicKey])).toBe(true);
  });

  test.each(['', 'hello', `${'A'.repeat(86)}==`, `x${signature}`, signature.slice(1)])(
    'malformed, it is not valid: %j',
    (text) => {
      expect(isSigned('latest.yml', MANIFEST, text, [key.publicKey])).toBe(false);
    },
  );
});

describe('the signing script', () => {
  const run = (args: readonly string[], env: Record<string, string> = {}) =>
    spawnSync(process.execPath, ['scripts/sign-update.ts', ...args], {
      encoding: 'utf8',
      timeout: 30_000,
      env: { PATH: process.env.PATH ?? '', ...env },
    });

  test('makes a key pair, and signs the manifests of a folder so that the app accepts them', () => {
    const made = run(['--new-key']).stdout;
    const [privateKey = '', publicKey = ''] = [...made.matchAll(/: ([A-Za-z0-9+/]{43}=)$/gm)].map(([, key]) => key ?? '');
    const folder = mkdtempSync(path.join(tmpdir(), 'siphon-sign-'));
    try {
      const content = Buffer.from('the app');
      const manifest = Buffer.from(manifestText({ version: '1.2.3', name: 'Siphon.AppImage', content }));
      writeFileSync(path.join(folder, 'latest-linux.yml'), manifest);
      writeFileSync(path.join(folder, 'other.yml'), manifest);
      writeFileSync(path.join(folder, 'Siphon.AppImage'), content);
      const signed = run([folder], { SIPHON_RELEASE_KEY: privateKey });
      expect(signed.stdout).toBe('signed: latest-linux.yml\n');
      const text = readFileSync(path.join(folder, 'latest-linux.yml.sig'), 'utf8');
      expect(isSigned('latest-linux.yml', manifest, text, [publicKey])).toBe(true);
      const next = Buffer.alloc(32, 9).toString('base64');
      expect(run([folder], { SIPHON_RELEASE_KEY: `${privateKey},${next}` }).status).toBe(0);
      const both = readFileSync(path.join(folder, 'latest-linux.yml.sig'), 'utf8');
      expect(both.trim().split('\n')).toHaveLength(2);
      expect(isSigned('latest-linux.yml', manifest, both, [publicKey])).toBe(true);
      // A file that changed after the manifest was made is never signed.
      writeFileSync(path.join(folder, 'Siphon.AppImage'), 'another');
      expect(run([folder], { SIPHON_RELEASE_KEY: privateKey }).stderr).toContain('does not describe Siphon.AppImage');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('without a key, a folder or a manifest it says so and fails', () => {
    expect(run([tmpdir()]).stderr).toContain('SIPHON_RELEASE_KEY');
    expect(run([]).stderr).toContain('which folder');
    const empty = run(['docs'], { SIPHON_RELEASE_KEY: Buffer.alloc(32, 7).toString('base64') });
    expect(empty.stderr).toContain('no manifest');
    expect(empty.status).toBe(1);
  });
});
