import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DesktopSettingsSchema } from '../../../engine/api/desktop.ts';
import { answerPage, isPageAddress } from '../../../main/page-files.ts';
import { allowPlain, type KeyProtector, openSecretStorage } from '../../../main/secret-key.ts';
import { openSettingsFile } from '../../../main/settings-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'siphon-main-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the settings of the shell', () => {
  const open = () => openSettingsFile(path.join(folder, 'desktop.json'), (code) => `not written: ${code}`);

  test('without a file the defaults are in force, and nothing is written', () => {
    const { store, setAside } = open();
    expect(store.current).toEqual(DesktopSettingsSchema.parse({}));
    expect(setAside).toBeUndefined();
    expect(existsSync(path.join(folder, 'desktop.json'))).toBe(false);
  });

  test('a change is merged, told, kept, and readable by its owner only', async () => {
    const { store } = open();
    const told: unknown[] = [];
    store.onChange((settings) => told.push(settings.notifications));
    await store.change({ notifications: { problem: false }, language: 'de' });
    await store.change({ notifications: { quietHours: { from: '22:00', to: '07:00' } } });
    expect(open().store.current).toMatchObject({
      language: 'de',
      notifications: { problem: false, updateReady: true, quietHours: { from: '22:00', to: '07:00' } },
    });
    expect(told).toHaveLength(2);
    if (process.platform !== 'win32') expect(statSync(path.join(folder, 'desktop.json')).mode & 0o777).toBe(0o600);
  });

  test.each(['{', '[]', '{"language":"fr"}', ''])('a file that cannot be used (%j) is put aside, not overwritten', (text) => {
    const file = path.join(folder, 'desktop.json');
    writeFileSync(file, text);
    const { store, setAside } = open();
    expect(store.current).toEqual(DesktopSettingsSchema.parse({}));
    expect(setAside).toBe(`${file}.broken`);
    expect(readFileSync(`${file}.broken`, 'utf8')).toBe(text);
  });

  test('a disk that refuses is told, and the settings stay as they are', async () => {
    // A file where the folder should be: also root cannot write there.
    writeFileSync(path.join(folder, 'file'), '');
    const { store } = openSettingsFile(path.join(folder, 'file', 'desktop.json'), (code) => `not written: ${code}`);
    await expect(store.change({ language: 'de' })).rejects.toThrow(/^not written: (ENOTDIR|EEXIST)$/);
    expect(store.current.language).toBe('system');
  });
});

/** A secure storage that reverses the bytes. */
function protector(available = true, backend?: string): KeyProtector {
  return {
    isEncryptionAvailable: () => available,
    encryptString: (text) => Buffer.from(text).reverse(),
    decryptString: (encrypted) => {
      const text = Buffer.from(encrypted).reverse().toString();
      if (!/^[\w+/=]{44}$/.test(text)) throw new Error('not mine');
      return text;
    },
    ...(backend === undefined ? {} : { getSelectedStorageBackend: () => backend }),
  };
}

describe('the key of the secrets', () => {
  const file = () => path.join(folder, 'secrets-key.json');
  const log = () => {};

  test('is made once, kept encrypted, and the same at the next start', () => {
    const first = openSecretStorage(file(), protector(), log);
    expect(first.storage).toBe('os');
    expect(Buffer.from(first.key ?? '', 'base64')).toHaveLength(32);
    expect(openSecretStorage(file(), protector(), log)).toEqual(first);
    expect(readFileSync(file(), 'utf8')).not.toContain(first.key);
  });

  test('without a secure storage there is none until the person consents, and then it stays so', () => {
    const none = openSecretStorage(file(), protector(false), log);
    expect(none).toEqual({ storage: 'unavailable', key: undefined });
    expect(allowPlain(file(), none).storage).toBe('plain');
    expect(openSecretStorage(file(), protector(false), log).storage).toBe('plain');
  });

  test('a storage whose password everybody knows is none', () => {
    expect(openSecretStorage(file(), protector(true, 'basic_text'), log).storage).toBe('unavailable');
    expect(openSecretStorage(file(), protector(true, 'gnome_libsecret'), log).storage).toBe('os');
  });

  test('a key that cannot be decrypted any more is told and never replaced', () => {
    openSecretStorage(file(), protector(), log);
    const kept = readFileSync(file(), 'utf8');
    const lost = openSecretStorage(
      file(),
      {
        ...protector(),
        decryptString: () => {
          throw new Error('locked');
        },
      },
      log,
    );
    expect(lost).toEqual({ storage: 'unavailable', key: undefined });
    expect(allowPlain(file(), lost).storage).toBe('plain');
    expect(readFileSync(file(), 'utf8')).toBe(kept);
    expect(openSecretStorage(file(), protector(), log).storage).toBe('os');
  });

  test('a file that cannot be read now is not replaced, nor by the consent: the key in it may be needed again', () => {
    // A folder in its place: also root cannot read that as a file.
    mkdirSync(file());
    const unreadable = openSecretStorage(file(), protector(), log);
    expect(unreadable).toEqual({ storage: 'unavailable', key: undefined });
    expect(allowPlain(file(), unreadable).storage).toBe('plain');
    expect(statSync(file()).isDirectory()).toBe(true);
  });

  test('a secure storage that turns up later is used from then on', () => {
    allowPlain(file(), openSecretStorage(file(), protector(false), log));
    expect(openSecretStorage(file(), protector(), log).storage).toBe('os');
  });
});

describe('the files of the page', () => {
  beforeEach(() => {
    mkdirSync(path.join(folder, 'page', 'assets'), { recursive: true });
    writeFileSync(path.join(folder, 'page', 'index.html'), '<p>page</p>');
    writeFileSync(path.join(folder, 'page', 'assets', 'a.js'), 'let a;');
    writeFileSync(path.join(folder, 'page', '.built-from'), 'hash');
    writeFileSync(path.join(folder, 'secret.txt'), 'secret');
    chmodSync(path.join(folder, 'secret.txt'), 0o600);
  });
  const ask = (address: string) => answerPage(path.join(folder, 'page'), address);

  test('are served with a policy without inline script, and connections to this machine only', async () => {
    const { status, headers, body } = await ask('app://siphon/');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(Buffer.from(body).toString()).toBe('<p>page</p>');
    const policy = headers['content-security-policy'];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("connect-src 'self' http://127.0.0.1:* ws://127.0.0.1:*");
    expect(policy).not.toMatch(/unsafe/);
    expect((await ask('app://siphon/assets/a.js?x#y')).headers['content-type']).toBe('text/javascript; charset=utf-8');
  });

  test.each([
    'app://siphon/../secret.txt',
    'app://siphon/..%2fsecret.txt',
    'app://siphon/assets/..%2f..%2fsecret.txt',
    'app://siphon/%2e%2e/secret.txt',
    'app://siphon/secret.txt%00.html',
    'app://siphon/.built-from',
    'app://siphon/assets',
    'app://other/index.html',
    'file:///etc/passwd',
    'nonsense',
    'app://siphon/%',
  ])('nothing else is: %s', async (address) => {
    expect(await ask(address)).toMatchObject({ status: 404, body: new Uint8Array() });
  });

  test('only their own address counts as the page', () => {
    expect(['app://siphon', 'app://siphon/', 'app://siphon/#/logs'].every(isPageAddress)).toBe(true);
    expect(['app://siphon.example/', 'app://siphony', 'https://siphon/', 'file://app://siphon/', ''].some(isPageAddress)).toBe(
      false,
    );
  });
});
