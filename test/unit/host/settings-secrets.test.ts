import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSettings } from '../../../engine/host/settings.ts';

const key = new Uint8Array(randomBytes(32));
let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(os.tmpdir(), 'siphon-settings-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const open = (secretsKey?: Uint8Array, plainSecrets?: boolean, env = {}) =>
  openSettings({ dataDir, env, secretsKey, plainSecrets });
const file = () => readFile(path.join(dataDir, 'secrets.json'), 'utf8');

test('with a key every secret is sealed, and without it none is read or overwritten', async () => {
  const settings = open(key);
  await settings.saveOrchestratorSecret('of the pool');
  const own = await settings.ownSecret();
  expect(await open(key).secrets()).toEqual({ orchestratorSecret: 'of the pool', ownOrchestratorSecret: own });
  expect(await open(key).orchestratorSecret()).toBe('of the pool');
  const sealed = await file();
  expect(sealed).not.toContain('of the pool');
  for (const other of [open(), open(new Uint8Array(randomBytes(32)))]) {
    await expect(other.orchestratorSecret()).rejects.toMatchObject({ code: 'secrets-sealed' });
    await expect(other.saveOrchestratorSecret('x')).rejects.toMatchObject({ code: 'secrets-sealed' });
    await expect(other.ownSecret()).rejects.toMatchObject({ code: 'secrets-sealed' });
  }
  expect(await file()).toBe(sealed);
});

test('with consent a sealed file becomes a plain one, which any start can read', async () => {
  await open(key).saveOrchestratorSecret('of the pool');
  expect(await open(key, true).orchestratorSecret()).toBe('of the pool');
  expect(await open().orchestratorSecret()).toBe('of the pool');
});

test('without a key and before consent nothing is written; with it, at once', async () => {
  const settings = open(undefined, false);
  for (const act of [() => settings.saveOrchestratorSecret('of the pool'), () => settings.ownSecret()]) {
    await expect(act()).rejects.toMatchObject({ code: 'secrets-no-consent', nextStep: expect.stringContaining('Settings') });
  }
  await expect(file()).rejects.toThrow('ENOENT');
  settings.allowPlainSecrets();
  await settings.saveOrchestratorSecret('of the pool');
  expect(await open(undefined, false).orchestratorSecret()).toBe('of the pool');
});

test('changes at the same time lose nothing of each other', async () => {
  const settings = open(key);
  const rigs = Array.from({ length: 10 }, (_, index) => `rig${index}`);
  await Promise.all([
    settings.ownSecret(),
    settings.saveOrchestratorSecret('of the pool'),
    ...rigs.map((rig) =>
      settings.changeSecrets((secrets) => ({ ...secrets, rigTokens: { ...secrets.rigTokens, [rig]: 'token' } })),
    ),
  ]);
  const { orchestratorSecret, ownOrchestratorSecret, rigTokens } = await settings.secrets();
  expect(orchestratorSecret).toBe('of the pool');
  expect(ownOrchestratorSecret).toBeDefined();
  expect(Object.keys(rigTokens ?? {}).sort()).toEqual(rigs);
});

test('a variable that wins over what is kept is named', () => {
  expect(open(key).secretVariable).toBeUndefined();
  expect(open(key, false, { SIPHON_SECRET: 'x' }).secretVariable).toBe('SIPHON_SECRET');
});
