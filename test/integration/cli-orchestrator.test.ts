import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Disposables } from '../../engine/base/disposables.ts';
import { type EngineProcess, startEngineProcess } from '../support/engine-process.ts';

const MAIN = fileURLToPath(new URL('../../engine/cli/main.ts', import.meta.url));
const GATEWAY = `0x${'aB'.repeat(20)}`;

const owned = new Disposables();
let engine: EngineProcess;
beforeAll(async () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'siphon-cli-orchestrator-'));
  owned.defer(() => rmSync(dataDir, { recursive: true, force: true }));
  writeFileSync(
    path.join(dataDir, 'siphon.json'),
    JSON.stringify({
      version: 1,
      deploymentType: 'ot-split',
      splitHalf: 'transcoder',
      orchestrator: { serviceUri: 'https://127.0.0.1:1' },
      ownOrchestrator: { serviceUri: 'https://127.0.0.1:1', host: '127.0.0.1', port: 0 },
      capacity: 1,
    }),
  );
  engine = owned.use(await startEngineProcess({ args: ['--quiet'], env: { SIPHON_SECRET: 'of nobody' }, dataDir }));
});
afterAll(() => owned[Symbol.asyncDispose]());

async function siphon(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SIPHON_')));
  const child = spawn(process.execPath, [MAIN, '--data-dir', engine.dataDir, ...args], { env });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

async function json<T>(...args: string[]): Promise<T> {
  return JSON.parse((await siphon('--json', ...args)).out) as T;
}

// One engine through its life: each step begins where the one before ended.
describe('siphon orchestrator on a running engine', () => {
  test('a transcoder of somebody else’s has none to show', async () => {
    const { code, err } = await siphon('orchestrator', 'status');
    expect(code).toBe(6);
    expect(err).toContain('siphon config set deploymentType solo');
  });

  test('config set makes it one, at once', async () => {
    const { code, out, err } = await siphon('config', 'set', 'deploymentType', 'solo');
    expect({ code, out }).toEqual({ code: 0, out: 'deploymentType = solo\n' });
    expect(err).toContain('works with the new settings');
    const { orchestrator } = await json<{ orchestrator: { transcoders: unknown[] } }>('status');
    expect(orchestrator.transcoders).toMatchObject([{ local: true, capacity: 1 }]);
  });

  test('its secret is printed, the same each time, and nowhere else', async () => {
    const { secret } = await json<{ secret: string }>('orchestrator', 'secret');
    expect((await siphon('orchestrator', 'secret')).out.trim()).toBe(secret);
    expect((await siphon('--json', 'status')).out).not.toContain(secret);
    expect(engine.output()).not.toContain(secret);
  });

  test('the price changes while it runs, for everyone and for one gateway', async () => {
    await siphon('orchestrator', 'price', '1200wei');
    const prices = await json('orchestrator', 'price', '900wei', '--gateway', GATEWAY);
    expect(prices).toMatchObject({
      base: { text: '1200wei', price: { wei: '1200', pixels: '1' } },
      perGateway: [{ gateway: GATEWAY.toLowerCase(), text: '900wei' }],
    });
    expect(await json('orchestrator', 'price', '--gateway', GATEWAY, '--remove')).toMatchObject({ perGateway: [] });
    const wrong = await siphon('orchestrator', 'price', 'much');
    expect(wrong.code).toBe(3);
    expect((await siphon('orchestrator', 'price', '--remove')).code).toBe(2);
  });

  test('status and why tell that nobody reaches its service URI', async () => {
    const { out } = await siphon('orchestrator', 'status', '--check');
    expect(out).toContain('Reachable: unreachable');
    const items = await json<Array<{ id: string; ok: boolean | null }>>('orchestrator', 'why');
    expect(items.find(({ id }) => id === 'reachability')).toMatchObject({ ok: false });
    expect((await siphon('orchestrator', 'transcoders', '--remove', 'nobody')).code).toBe(6);
  });

  test('settings that cannot be run leave it as it is', async () => {
    await siphon('config', 'unset', 'orchestrator.serviceUri');
    const { code, err } = await siphon('config', 'set', 'deploymentType', 'siphon');
    expect(code).toBe(0);
    expect(err).toContain('goes on as before: No orchestrator is chosen yet.');
    expect((await siphon('orchestrator', 'status')).code).toBe(0);
  });
});
