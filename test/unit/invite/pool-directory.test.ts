import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { measureLatency, PoolDirectories, parseDirectory } from '../../../engine/invite/pool-directory.ts';

const BUNDLED = fileURLToPath(new URL('../../../resources/pools.json', import.meta.url));
const context = { nowMs: Date.now(), current: null };
let folder: string;
let directories: PoolDirectories;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'siphon-pools-'));
  directories = new PoolDirectories({ bundled: BUNDLED, imported: path.join(folder, 'pools.json') });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const text = (pools: readonly object[]) => JSON.stringify({ version: 1, name: 'A list', pools });

test('what comes with Siphon is a directory, and vouches for nobody yet', async () => {
  expect(await directories.list(context)).toEqual({ bundled: [], imported: null });
});

test('an imported list is kept, sorted, with each entry opened; a broken entry says what is wrong with it', async () => {
  await directories.import(
    text([
      { name: 'zoo', join: 'zoo.example' },
      { name: 'Äther', join: 'siphon://join?v=1&i=U2kB' },
      { name: 'b', join: 'b' },
    ]),
  );
  const { imported } = await new PoolDirectories({ bundled: BUNDLED, imported: path.join(folder, 'pools.json') }).list(context);
  expect(imported).toMatchObject({
    name: 'A list',
    pools: [
      { entry: { name: 'Äther' }, target: null, error: { code: 'invite-cut-off' } },
      { entry: { name: 'b' }, target: null, error: { code: 'invite-not-one' } },
      { entry: { name: 'zoo' }, target: { kind: 'address', serviceUri: 'https://zoo.example' }, error: null },
    ],
  });
  await directories.forget();
  expect((await directories.list(context)).imported).toBeNull();
});

test.each([
  ['{', /not JSON/],
  ['[]', /the whole/],
  [text([{ name: 'x' }]), /pools\.0\.join/],
  [text([{ name: 'x', join: 'x', website: 'http://x.example' }]), /pools\.0\.website/],
  [text([{ name: 'x', join: 'x', extra: 1 }]), /pools\.0/],
  [JSON.stringify({ version: 2, name: 'x', pools: [] }), /newer version/],
])('error: %s is refused with the place that is wrong', (directory, why) => {
  expect(() => parseDirectory(directory)).toThrow(why);
});

test('error: a damaged imported file is told', async () => {
  await writeFile(path.join(folder, 'pools.json'), '{');
  await expect(directories.list(context)).rejects.toMatchObject({ code: 'bad-request' });
});

test('latency is measured by real connections; a closed port says so', async () => {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { signal } = new AbortController();
  const found = await measureLatency(`127.0.0.1:${port}`, Date.now(), signal);
  expect(found).toMatchObject({ ok: true });
  expect(found.ok && found.medianMs).toBeGreaterThanOrEqual(0);
  await new Promise((resolve) => server.close(resolve));
  expect(await measureLatency(`127.0.0.1:${port}`, Date.now(), signal)).toMatchObject({
    ok: false,
    error: { code: 'orchestrator-unreachable', message: expect.stringContaining('refuses connections') },
  });
  expect(await measureLatency('nonsense', Date.now(), signal)).toMatchObject({ ok: false, error: { code: 'invite-not-one' } });
});
