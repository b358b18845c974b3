import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
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
