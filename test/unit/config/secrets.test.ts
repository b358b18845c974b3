import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ensureOwnOrchestratorSecret, findOrchestratorSecret, loadSecrets, saveSecrets } from '../../../engine/config/secrets.ts';

const SECRET = 'correct horse battery';
let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'siphon-secrets-'));
  file = path.join(folder, 'sub', 'secrets.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('what is saved is read back, only by its owner, and a missing file means none', async () => {
  expect(await loadSecrets(file)).toEqual({});
  await saveSecrets(file, { orchestratorSecret: SECRET });
  expect(await loadSecrets(file)).toEqual({ orchestratorSecret: SECRET });
  if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test.skipIf(process.platform === 'win32')('a file that others can read is refused with the command that mends it', async () => {
  await saveSecrets(file, { orchestratorSecret: SECRET });
  await chmod(file, 0o644);
  await expect(loadSecrets(file)).rejects.toMatchObject({
    code: 'config-unreadable',
    nextStep: expect.stringContaining(`chmod 600 '${file}'`),
  });
  await saveSecrets(file, { orchestratorSecret: 'next' });
  expect(await loadSecrets(file)).toEqual({ orchestratorSecret: 'next' });
});

test.each([
  `{"version":1,"orchestratorSecret":"${SECRET}"`,
  `{"version":1,"orchestratorSecret":"${SECRET}`,
  `{"version":1,"orchestratorSecret":["${SECRET}"]}`,
  `{"version":1,"other":"${SECRET}"}`,
  `"${SECRET}"`,
])('a damaged file is reported without its contents: %j', async (text) => {
  const damaged = path.join(folder, 'secrets.json');
  await writeFile(damaged, text, { mode: 0o600 });
  const error = await loadSecrets(damaged).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'config-invalid' });
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error)) + String((error as Error).cause)).not.toContain(SECRET);
});

test('the secret comes from the variable, else the named file, else secrets.json', async () => {
  const named = path.join(folder, 'secret.txt');
  await writeFile(named, 'from file\r\n');
  await saveSecrets(file, { orchestratorSecret: 'from secrets.json' });
  expect(await findOrchestratorSecret(file, { SIPHON_SECRET: 'from variable', SIPHON_SECRET_FILE: named })).toBe('from variable');
  expect(await findOrchestratorSecret(file, { SIPHON_SECRET_FILE: named })).toBe('from file');
  expect(await findOrchestratorSecret(file, {})).toBe('from secrets.json');
  await expect(findOrchestratorSecret(file, { SIPHON_SECRET_FILE: path.join(folder, 'none') })).rejects.toMatchObject({
    code: 'config-unreadable',
  });
  await writeFile(named, '\n');
  await expect(findOrchestratorSecret(file, { SIPHON_SECRET_FILE: named })).rejects.toMatchObject({ code: 'config-invalid' });
});

test('the own orchestrator is given a secret once, beside the other one', async () => {
  await saveSecrets(file, { orchestratorSecret: SECRET });
  const made = await ensureOwnOrchestratorSecret(file);
  expect(made).toMatch(/^[\w-]{32}$/);
  expect(await ensureOwnOrchestratorSecret(file)).toBe(made);
  expect(await loadSecrets(file)).toEqual({ orchestratorSecret: SECRET, ownOrchestratorSecret: made });
});

describe('sealed with a key', () => {
  const key = randomBytes(32);
  const secrets = { orchestratorSecret: SECRET, ownOrchestratorSecret: 'own', rigTokens: { rig: 'token' } };
  const contents = () => readFile(file, 'utf8');

  test('what is saved is unreadable without the key, read back with it, and never the same twice', async () => {
    await saveSecrets(file, secrets, { key });
    const first = await contents();
    expect(first).not.toContain(SECRET);
    expect(JSON.parse(first)).toMatchObject({ version: 1, sealed: 'aes-256-gcm' });
    expect(await loadSecrets(file, { key })).toEqual(secrets);
    await saveSecrets(file, secrets, { key });
    expect(await contents()).not.toBe(first);
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(path.dirname(file))).toEqual(['secrets.json']);
  });

  test('a plain file is sealed when it is first read with a key', async () => {
    await saveSecrets(file, secrets);
    expect(await contents()).toContain(SECRET);
    expect(await loadSecrets(file, { key })).toEqual(secrets);
    expect(await contents()).not.toContain(SECRET);
    expect(await loadSecrets(file, { key })).toEqual(secrets);
  });

  test('a sealed file is made plain with consent, and stays so', async () => {
    await saveSecrets(file, secrets, { key });
    expect(await loadSecrets(file, { key, plain: true })).toEqual(secrets);
    expect(await contents()).toContain(SECRET);
    expect(await loadSecrets(file)).toEqual(secrets);
    await saveSecrets(file, { orchestratorSecret: 'next' }, { key, plain: true });
    expect(await loadSecrets(file)).toEqual({ orchestratorSecret: 'next' });
  });

  test.each([
    ['another key', { key: randomBytes(32) }],
    ['no key', {}],
    ['another key and consent to plain', { key: randomBytes(32), plain: true }],
  ])('error: with %s it is neither read nor overwritten', async (_name, protection) => {
    await saveSecrets(file, secrets, { key });
    const before = await contents();
    await expect(loadSecrets(file, protection)).rejects.toMatchObject({
      code: 'secrets-sealed',
      nextStep: expect.stringContaining(file),
    });
    await expect(saveSecrets(file, { orchestratorSecret: 'next' }, protection)).rejects.toMatchObject({ code: 'secrets-sealed' });
    await expect(ensureOwnOrchestratorSecret(file, protection)).rejects.toMatchObject({ code: 'secrets-sealed' });
    await expect(findOrchestratorSecret(file, {}, protection)).rejects.toMatchObject({ code: 'secrets-sealed' });
    expect(await contents()).toBe(before);
  });

  test('error: one changed bit anywhere in the box is found', async () => {
    await saveSecrets(file, secrets, { key });
    const sealed = JSON.parse(await contents());
    const box = Buffer.from(sealed.box, 'base64');
    for (const at of [0, box.length >> 1, box.length - 17, box.length - 16, box.length - 1]) {
      const changed = Buffer.from(box);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await writeFile(file, JSON.stringify({ ...sealed, box: changed.toString('base64') }));
      await expect(loadSecrets(file, { key })).rejects.toMatchObject({ code: 'secrets-sealed' });
    }
    await writeFile(file, JSON.stringify({ ...sealed, box: 'AA==' }));
    await expect(loadSecrets(file, { key })).rejects.toMatchObject({ code: 'secrets-sealed' });
    await writeFile(file, JSON.stringify({ ...sealed, sealed: 'rot13' }));
    await expect(loadSecrets(file, { key })).rejects.toMatchObject({ code: 'config-invalid' });
  });

  test('error: a key of another length is refused', async () => {
    await expect(saveSecrets(file, secrets, { key: randomBytes(16) })).rejects.toMatchObject({ code: 'bad-request' });
  });
});
