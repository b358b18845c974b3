import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PairingOffer, RigView } from '../../engine/api/fleet.ts';
import { Disposables } from '../../engine/base/disposables.ts';
import { type Machine, startMachine } from '../support/engine-pair.ts';

const MAIN = fileURLToPath(new URL('../../engine/cli/main.ts', import.meta.url));
const idle = { deploymentType: 'siphon', orchestrator: { serviceUri: 'https://127.0.0.1:1' }, capacity: 1 };

const owned = new Disposables();
let rig: Machine;
let hub: Machine;
beforeAll(async () => {
  [rig, hub] = await Promise.all([
    startMachine({ ...idle, remote: { host: '127.0.0.1', port: 0, name: 'Rig' } }),
    startMachine({ ...idle, remote: { name: 'Hub' } }),
  ]);
  owned.use(rig);
  owned.use(hub);
}, 60_000);
afterAll(() => owned[Symbol.asyncDispose](), 60_000);

async function siphon(
  machine: Machine,
  args: readonly string[],
  input = '',
): Promise<{ code: number | null; out: string; err: string }> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SIPHON_')));
  const child = spawn(process.execPath, [MAIN, '--data-dir', machine.dataDir, ...args], {
    env: { ...env, SIPHON_SECRET: 'of nobody' },
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

async function json<T>(machine: Machine, args: readonly string[], input?: string): Promise<T> {
  const { out } = await siphon(machine, ['--json', ...args], input);
  return JSON.parse(out) as T;
}

// One fleet through its life: each step begins where the one before ended.
describe('siphon remote and siphon fleet', { timeout: 60_000 }, () => {
  test('a machine that is not open pairs with nobody, and says how to open it', async () => {
    const { code, err } = await siphon(rig, ['remote', 'pair']);
    expect({ code, err }).toEqual({ code: 7, err: expect.stringContaining('siphon remote on') });
  });

  test('remote on opens the port of the running engine at once', async () => {
    const { listening } = await json<{ listening: string }>(rig, ['remote', 'on']);
    expect(listening).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  test('what remote pair prints is taken by fleet add, from standard input', async () => {
    const { code, out } = await siphon(rig, ['remote', 'pair']);
    expect(code).toBe(0);
    const link = /^siphon:\/\/pair\?\S+$/m.exec(out)?.[0] ?? '';
    expect(await json(hub, ['fleet', 'add', '--name', 'Cellar'], `${link}\n`)).toMatchObject({ name: 'Cellar' });
    await hub.client.until(({ fleet }) => fleet[0]?.state === 'live');
    const { out: table } = await siphon(hub, ['fleet', 'status']);
    expect(table).toMatch(/Cellar .* now +127\.0\.0\.1:\d+/);
    expect((await siphon(hub, ['fleet', 'list'])).out).toMatch(/^\w+ {2}Cellar {2}127\.0\.0\.1:\d+\n$/);
  });

  test('a short code works with the address, and a wrong one is refused with the next step', async () => {
    const offer = await json<PairingOffer>(rig, ['remote', 'pair', '--rights', 'read-only']);
    const address = new URLSearchParams(offer.link.split('?')[1]).get('h') ?? '';
    const wrong = await siphon(hub, ['fleet', 'add', '--code', address], '2222-2222');
    expect(wrong.code).toBe(1);
    expect(wrong.err).toContain('4 tries are left');
    expect((await siphon(hub, ['fleet', 'add', '--code', address], offer.code)).code).toBe(0);
  });

  test('devices lists both pairings, and revoke ends one at once', async () => {
    const devices = await json<Array<{ id: string; rights: string }>>(rig, ['remote', 'devices']);
    expect(devices.map(({ rights }) => rights)).toEqual(['full', 'read-only']);
    expect((await siphon(rig, ['remote', 'revoke', devices[1]?.id ?? ''])).code).toBe(0);
    await hub.client.until(({ fleet }) => fleet[0]?.state === 'refused');
    expect((await siphon(rig, ['remote', 'revoke', 'nobody'])).code).toBe(6);
  });

  test('a tunnel is added with the token from standard input', async () => {
    const port = new URL(rig.engine.address).port;
    const args = ['fleet', 'add', '--tunnel', rig.engine.address, '--engine-port', port, '--name', 'By SSH'];
    expect((await siphon(hub, args, rig.engine.token)).code).toBe(0);
    await hub.client.until(({ fleet }) => fleet.some(({ name, state }) => name === 'By SSH' && state === 'live'));
  });

  test('rigs are removed; remote off closes the port', async () => {
    for (const { id } of await json<RigView[]>(hub, ['fleet', 'list'])) {
      expect((await siphon(hub, ['fleet', 'remove', id])).code).toBe(0);
    }
    expect((await siphon(hub, ['fleet', 'status'])).out).toContain('No rig is watched from here');
    expect(await json(rig, ['remote', 'off'])).toMatchObject({ enabled: false, listening: null });
  });
});
