import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CreatedInvite, InviteListing } from '../../engine/api/invite.ts';
import { Disposables } from '../../engine/base/disposables.ts';
import { connectTo } from '../support/engine-client.ts';
import { startEngineProcess } from '../support/engine-process.ts';

const MAIN = fileURLToPath(new URL('../../engine/cli/main.ts', import.meta.url));
const owned = new Disposables();
let folder: string;
let operatorDir: string;

async function siphon(dataDir: string, args: readonly string[], input = '') {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SIPHON_')));
  const child = spawn(process.execPath, [MAIN, '--data-dir', dataDir, ...args], { env });
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

const create = async (...args: string[]): Promise<CreatedInvite> =>
  JSON.parse((await siphon(operatorDir, ['--json', 'invite', 'create', '--name', 'Ada', ...args])).out) as CreatedInvite;
const worker = () => mkdtempSync(path.join(folder, 'worker-'));
const secretOf = (dir: string, name: string) => JSON.parse(readFileSync(path.join(dir, 'secrets.json'), 'utf8'))[name];

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'siphon-cli-invite-'));
  owned.defer(() => rmSync(folder, { recursive: true, force: true }));
  operatorDir = mkdtempSync(path.join(folder, 'operator-'));
  const config = {
    version: 1,
    deploymentType: 'ot-split',
    splitHalf: 'orchestrator',
    ownOrchestrator: { host: '127.0.0.1', port: 0 },
  };
  writeFileSync(path.join(operatorDir, 'siphon.json'), JSON.stringify(config));
  const engine = owned.use(await startEngineProcess({ args: ['--quiet'], dataDir: operatorDir }));
  using client = connectTo(engine);
  await client.until(({ orchestrator }) => orchestrator !== null);
}, 60_000);
afterAll(() => owned[Symbol.asyncDispose]());

describe('siphon invite and siphon join', () => {
  test('a made invite is shown with its terms, listed, and told nowhere else', async () => {
    const { code, out } = await siphon(operatorDir, [
      ...['invite', 'create', '--once', '--name', 'Ada', '--for', 'Grace', '--expires', '2d'],
      ...['--terms', 'Paid weekly', '--commission', '7.5', '--minimum-payout', '1000', '--note', 'Hi'],
    ]);
    expect(code).toBe(0);
    for (const text of ['Ada', 'a code that works once', '7.5 %', '1000 wei (ETH)', 'Paid weekly', '2 days left']) {
      expect(out).toContain(text);
    }
    const link = out.trim().split('\n').at(-1) ?? '';
    expect(link).toMatch(/^siphon:\/\/join\?v=1&i=U2k[\w-]+$/);
    const list = await siphon(operatorDir, ['invite', 'list']);
    expect(list.out).toMatch(/one-time +open +made .*\(Grace\)/);
    expect(list.out).not.toContain(link.slice(-40));
  });

  test('join shows it first and does nothing without a yes', async () => {
    const { link } = await create('--once');
    const dir = worker();
    const { code, err } = await siphon(dir, ['join', '-', '--no-run'], link);
    expect(code).not.toBe(0);
    expect(err).toContain('Operator:  Ada');
    expect(err).toContain('--yes');
    expect(existsSync(path.join(dir, 'secrets.json'))).toBe(false);
  });

  test('join with --yes exchanges the code, keeps the secret and the pin, and the list says who came', async () => {
    const { link, invite } = await create('--once');
    const dir = worker();
    const joined = await siphon(dir, ['--json', 'join', '-', '--yes', '--no-run'], `"${link}"\n`);
    expect(JSON.parse(joined.out)).toMatchObject({
      deploymentType: 'pool-node',
      operator: 'Ada',
      serviceUri: invite.serviceUris[0],
    });
    expect(secretOf(dir, 'orchestratorSecret')).toBe(secretOf(operatorDir, 'ownOrchestratorSecret'));
    expect(joined.out + joined.err).not.toContain(secretOf(dir, 'orchestratorSecret'));
    expect(JSON.parse(readFileSync(path.join(dir, 'siphon.json'), 'utf8'))).toMatchObject({
      deploymentType: 'pool-node',
      orchestrator: { serviceUri: invite.serviceUris[0], pin: invite.pin, operator: { name: 'Ada' } },
    });
    const list = JSON.parse((await siphon(operatorDir, ['--json', 'invite', 'list'])).out) as InviteListing[];
    expect(list[0]).toMatchObject({ id: invite.id, state: 'used', used: { from: '127.0.0.1' } });
    const again = await siphon(worker(), ['join', '-', '--yes', '--no-run'], link);
    expect(again.err).toContain('was used already');
  });

  test('a revoked one is refused; one with the secret itself is warned of and works again and again', async () => {
    const revoked = await create('--once');
    expect((await siphon(operatorDir, ['invite', 'revoke', revoked.invite.id])).code).toBe(0);
    expect((await siphon(worker(), ['join', '-', '--yes', '--no-run'], revoked.link)).err).toContain('taken this invite back');
    const lasting = await create('--expires', 'never');
    for (const dir of [worker(), worker()]) {
      const joined = await siphon(dir, ['join', lasting.link, '--yes', '--no-run', '--as', 'siphon']);
      expect(joined.code).toBe(0);
      expect(joined.err).toContain('can be seen by other users');
    }
  });

  test('an address takes the place of an invite, pin and operator included', async () => {
    const { link } = await create('--expires', 'never');
    const dir = worker();
    await siphon(dir, ['join', '-', '--yes', '--no-run'], link);
    const { code } = await siphon(dir, ['join', 'orchestrator.example:8935', '--no-run', '--secret-file', '-'], 'other secret');
    expect(code).toBe(0);
    expect(JSON.parse(readFileSync(path.join(dir, 'siphon.json'), 'utf8'))).toMatchObject({
      deploymentType: 'siphon',
      orchestrator: { serviceUri: 'https://orchestrator.example:8935', pin: null, operator: { name: null } },
    });
    expect(secretOf(dir, 'orchestratorSecret')).toBe('other secret');
  });

  test('error: a text that is neither says so', async () => {
    const { code, err } = await siphon(worker(), ['join', 'hello there', '--no-run']);
    expect(code).not.toBe(0);
    expect(err).toContain('"hello there" is not the address of an orchestrator');
  });
});
