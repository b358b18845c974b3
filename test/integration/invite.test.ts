import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ConnectionTest, InviteDetails } from '../../engine/api/invite.ts';
import { Disposables } from '../../engine/base/disposables.ts';
import { clipSource } from '../../engine/practice/media-source.ts';
import { createCertificate } from '../../engine/wire/tls.ts';
import { connectTo, type EngineClient } from '../support/engine-client.ts';
import { type EngineProcess, startEngineProcess } from '../support/engine-process.ts';
import { WireGateway } from '../support/wire-gateway.ts';

const PAYOUT = '0x52908400098527886E0F7030069857D2E4169EE7';
const NOWHERE = 'https://127.0.0.1:1';
const HOUR = 3600_000;

const owned = new Disposables();
let folder: string;
let operator: { readonly dataDir: string; engine: EngineProcess; client: EngineClient };
let worker: { readonly dataDir: string; readonly engine: EngineProcess; readonly client: EngineClient };

function dataDir(name: string, config: object, secrets?: object): string {
  const made = mkdtempSync(path.join(folder, `${name}-`));
  writeFileSync(path.join(made, 'siphon.json'), JSON.stringify({ version: 1, logLevel: 'info', ...config }));
  if (secrets) writeFileSync(path.join(made, 'secrets.json'), JSON.stringify({ version: 1, ...secrets }), { mode: 0o600 });
  return made;
}

async function start(folderOfIt: string): Promise<{ engine: EngineProcess; client: EngineClient }> {
  const engine = await startEngineProcess({ args: ['--quiet'], dataDir: folderOfIt });
  const client = connectTo(engine);
  return { engine, client };
}

/** The operator's port stays the same over restarts, as a real one's does. */
async function startOperator(): Promise<void> {
  const started = await start(operator.dataDir);
  operator = { ...operator, ...started };
  await operator.client.until(({ orchestrator, run }) => orchestrator !== null && run.state === 'running');
}

async function stop(running: { engine: EngineProcess; client: EngineClient }): Promise<void> {
  running.client[Symbol.dispose]();
  await running.engine[Symbol.asyncDispose]();
}

const create = (more: Partial<Parameters<EngineClient['api']['invites']['create']['mutate']>[0]> = {}) =>
  operator.client.api.invites.create.mutate({ operator: 'Ada’s pool', once: true, expiresInMs: HOUR, ...more });

/** The last state of a connection test. */
function tested(text: string, secret?: string): Promise<ConnectionTest> {
  return new Promise((resolve, reject) => {
    let last: ConnectionTest | undefined;
    worker.client.api.invites.test.subscribe(
      { text, ...(secret === undefined ? {} : { secret }) },
      {
        onData: (data) => {
          last = data;
        },
        onComplete: () => (last ? resolve(last) : reject(new Error('nothing came'))),
        onError: reject,
      },
    );
  });
}

const statesOf = (outcome: ConnectionTest) => Object.fromEntries(outcome.steps.map(({ id, state }) => [id, state]));
const configOf = (dir: string) => JSON.parse(readFileSync(path.join(dir, 'siphon.json'), 'utf8'));
const secretsOf = (dir: string) => JSON.parse(readFileSync(path.join(dir, 'secrets.json'), 'utf8'));

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'siphon-invite-'));
  owned.defer(() => rmSync(folder, { recursive: true, force: true }));
  const port = 20_000 + (process.pid % 20_000);
  operator = {
    dataDir: dataDir('operator', {
      deploymentType: 'ot-split',
      splitHalf: 'orchestrator',
      ownOrchestrator: { host: '127.0.0.1', port, serviceUri: `https://127.0.0.1:${port}` },
    }),
  } as typeof operator;
  await startOperator();
  owned.defer(() => stop(operator));
  const workerDir = dataDir(
    'worker',
    { deploymentType: 'siphon', orchestrator: { serviceUri: NOWHERE }, capacity: 1, preview: false },
    { orchestratorSecret: 'of nobody' },
  );
  worker = { dataDir: workerDir, ...(await start(workerDir)) };
  owned.defer(() => stop(worker));
  await worker.client.until(({ run }) => run.state === 'running');
}, 120_000);
afterAll(() => owned[Symbol.asyncDispose]());

// One operator and one worker through an invite's life: each step begins where the one before ended.
describe('an invite with a one-time code, between two engines', () => {
  let link: string;
  let invite: InviteDetails;
  let undoId: string;

  test('is made by the operator, says what it must, and holds no secret', async () => {
    const made = await create({
      label: 'Grace',
      terms: { text: 'Weekly', commissionPpm: 50_000, minimumPayoutWei: '1000' },
      note: 'Hello Grace',
    });
    ({ link, invite } = made);
    expect(made.warnings).toMatchObject([{ id: 'this-machine' }, { id: 'expires-soon' }]);
    expect(link).not.toContain(secretsOf(operator.dataDir).ownOrchestratorSecret);
    expect(Buffer.from(link.split('i=')[1] ?? '', 'base64url').toString('latin1')).not.toContain(
      secretsOf(operator.dataDir).ownOrchestratorSecret,
    );
    expect(await worker.client.api.invites.inspect.query({ text: `<${link}>` })).toMatchObject({
      kind: 'invite',
      invite: { ...invite, operator: 'Ada’s pool', access: 'once', note: 'Hello Grace', terms: { commissionPpm: 50_000 } },
    });
  });

  test('every hop of the way is tried and told, and the code is still good afterwards', async () => {
    const outcome = await tested(link);
    expect(outcome.ok).toBe(true);
    expect(statesOf(outcome)).toEqual({ name: 'ok', tcp: 'ok', tls: 'ok', pin: 'ok', http2: 'ok', registration: 'ok' });
    expect(outcome.steps.at(-1)?.text).toContain('one-time code is good');
    expect(await operator.client.api.invites.list.query()).toMatchObject([{ label: 'Grace', state: 'open', used: null }]);
  });

  test('accepting it changes the running worker at once, which registers', async () => {
    const accepted = await worker.client.api.invites.accept.mutate({ text: link, payoutAddress: PAYOUT.toLowerCase() });
    undoId = accepted.undo.id;
    expect(accepted).toMatchObject({
      operator: 'Ada’s pool',
      deploymentType: 'pool-node',
      payoutAddress: PAYOUT,
      configured: { rolesChanged: true },
      undo: { previous: { deploymentType: 'siphon', serviceUri: NOWHERE, operator: null } },
    });
    expect(configOf(worker.dataDir).orchestrator).toMatchObject({
      pin: invite.pin,
      payoutAddress: PAYOUT,
      operator: { name: 'Ada’s pool', terms: 'Weekly', commissionPpm: 50_000, minimumPayoutWei: '1000', currency: 'ETH' },
    });
    const { link: registration } = await worker.client.until((snapshot) => snapshot.link?.state === 'registered');
    expect(registration?.serviceUri).toBe(invite.serviceUris[0]);
    expect(await operator.client.api.invites.list.query()).toMatchObject([
      { state: 'used', used: { from: '127.0.0.1', payoutAddress: PAYOUT } },
    ]);
  });

  test('neither secret nor code is in a log of either', async () => {
    const { ownOrchestratorSecret } = secretsOf(operator.dataDir);
    expect(secretsOf(worker.dataDir).orchestratorSecret).toBe(ownOrchestratorSecret);
    const logs = JSON.stringify([await worker.client.api.logs.query(), await operator.client.api.logs.query()]);
    expect(logs).not.toContain(ownOrchestratorSecret);
    expect(logs).not.toContain(link.split('i=')[1]);
  });

  test('a segment of a gateway is transcoded over pinned connections', async () => {
    const { signal } = new AbortController();
    const source = await clipSource({ width: 320, height: 180, fps: 30, seconds: 2, segmentSeconds: 2 }, signal);
    const { value: first } = await source.pass(signal)[Symbol.asyncIterator]().next();
    using gateway = new WireGateway(invite.serviceUris[0] ?? '');
    await operator.client.until(({ orchestrator }) => (orchestrator?.transcoders.length ?? 0) > 0);
    const info = await gateway.discover();
    const result = await gateway.segment(info, first.data);
    expect(result.result.case).toBe('data');
    await worker.client.until(({ segments }) => segments.some(({ state }) => state === 'done'));
  });

  test('error: it cannot be used a second time', async () => {
    await expect(worker.client.api.invites.accept.mutate({ text: link })).rejects.toMatchObject({
      data: { info: { code: 'invite-used' } },
    });
    expect(statesOf(await tested(link))).toMatchObject({ http2: 'ok', registration: 'failed' });
    await expect(worker.client.api.snapshot.query()).resolves.toMatchObject({ link: { state: 'registered' } });
  });

  test('undo gives back the choice before, secret included', async () => {
    await worker.client.api.invites.undo.mutate({ id: undoId });
    expect(configOf(worker.dataDir)).toMatchObject({
      deploymentType: 'siphon',
      orchestrator: { serviceUri: NOWHERE, pin: null, operator: { name: null }, payoutAddress: null },
    });
    expect(secretsOf(worker.dataDir)).toEqual({ version: 1, orchestratorSecret: 'of nobody' });
    await worker.client.until(({ link: now }) => now?.serviceUri === NOWHERE);
    await expect(worker.client.api.invites.undo.mutate({ id: undoId })).rejects.toMatchObject({
      data: { info: { code: 'not-found' } },
    });
  });

  test('error: a revoked one is refused, and the worker keeps what it had', async () => {
    const revoked = await create();
    await operator.client.api.invites.revoke.mutate({ id: revoked.invite.id });
    await expect(worker.client.api.invites.accept.mutate({ text: revoked.link })).rejects.toMatchObject({
      data: { info: { code: 'invite-revoked' } },
    });
    expect(configOf(worker.dataDir).orchestrator.serviceUri).toBe(NOWHERE);
  });

  test('error: a wrong payout address costs no code', async () => {
    const made = await create();
    await expect(
      worker.client.api.invites.accept.mutate({ text: made.link, payoutAddress: PAYOUT.replace('E7', 'e7') }),
    ).rejects.toMatchObject({ data: { info: { code: 'bad-request', message: expect.stringContaining('checksum') } } });
    expect((await operator.client.api.invites.list.query())[0]).toMatchObject({ id: made.invite.id, state: 'open' });
  });
});

describe('a pinned key', () => {
  test('error: an orchestrator with another key gets neither code nor secret, and no registration', async () => {
    const once = await create();
    const lasting = await create({ once: false, expiresInMs: null });
    await stop(operator);
    const tls = path.join(operator.dataDir, 'tls');
    const kept = ['orchestrator.key.pem', 'orchestrator.crt.pem'].map((name) => ({
      file: path.join(tls, name),
      text: readFileSync(path.join(tls, name), 'utf8'),
    }));
    const other = createCertificate('127.0.0.1');
    writeFileSync(path.join(tls, 'orchestrator.key.pem'), other.key);
    writeFileSync(path.join(tls, 'orchestrator.crt.pem'), other.cert);
    await startOperator();
    const outcome = await tested(once.link);
    expect(statesOf(outcome)).toMatchObject({ tls: 'ok', pin: 'failed', http2: 'waiting', registration: 'waiting' });
    await expect(worker.client.api.invites.accept.mutate({ text: once.link })).rejects.toMatchObject({
      data: { info: { code: 'orchestrator-certificate-changed' } },
    });
    // The secret is in this one, so it is taken up; the registration then finds the wrong key.
    await worker.client.api.invites.accept.mutate({ text: lasting.link });
    const { link, problems } = await worker.client.until((snapshot) => snapshot.link?.state === 'waiting');
    expect(link?.error?.code).toBe('orchestrator-certificate-changed');
    expect(problems).toContainEqual(
      expect.objectContaining({
        key: 'orchestrator-certificate-changed',
        severity: 'error',
        nextStep: expect.stringContaining('Ask'),
      }),
    );
    expect(operator.engine.output()).not.toContain('a transcoder came');
    await stop(operator);
    for (const { file, text } of kept) writeFileSync(file, text, { mode: 0o600 });
  }, 60_000);

  test('a certificate made anew with the same key is the same orchestrator; the problem goes by itself', async () => {
    const before = readFileSync(path.join(operator.dataDir, 'tls', 'orchestrator.crt.pem'), 'utf8');
    // Without its certificate it makes another one, for the key that is there.
    rmSync(path.join(operator.dataDir, 'tls', 'orchestrator.crt.pem'));
    await startOperator();
    expect(readFileSync(path.join(operator.dataDir, 'tls', 'orchestrator.crt.pem'), 'utf8')).not.toBe(before);
    const { problems } = await worker.client.until((snapshot) => snapshot.link?.state === 'registered', 60_000);
    expect(problems.map(({ key }) => key)).not.toContain('orchestrator-certificate-changed');
  }, 90_000);

  test('one-time codes outlive the operator’s restarts and kill -9', async () => {
    const made = await create();
    operator.client[Symbol.dispose]();
    operator.engine.child.kill('SIGKILL');
    await operator.engine.exit;
    await startOperator();
    const accepted = await worker.client.api.invites.accept.mutate({ text: made.link });
    expect(accepted.serviceUri).toBe(made.invite.serviceUris[0]);
    await worker.client.until((snapshot) => snapshot.link?.state === 'registered', 60_000);
    expect((await operator.client.api.invites.list.query())[0]).toMatchObject({ id: made.invite.id, state: 'used' });
  }, 90_000);
});

describe('a bare address', () => {
  test('is tested with a right and with a wrong secret, without any registration coming of it', async () => {
    const uri = (await operator.client.api.snapshot.query()).orchestrator?.serviceUri ?? '';
    const { ownOrchestratorSecret } = secretsOf(operator.dataDir);
    expect(statesOf(await tested(uri, ownOrchestratorSecret))).toMatchObject({ pin: 'skipped', registration: 'ok' });
    const wrong = await tested(uri, 'wrong');
    expect(statesOf(wrong)).toMatchObject({ http2: 'ok', registration: 'failed' });
    expect(wrong.steps.at(-1)?.text).toContain('refused the secret');
    expect(statesOf(await tested(uri))).toMatchObject({ registration: 'skipped' });
    expect(statesOf(await tested(NOWHERE))).toEqual({
      name: 'ok',
      tcp: 'failed',
      tls: 'waiting',
      pin: 'waiting',
      http2: 'waiting',
      registration: 'waiting',
    });
  });

  test('error: guessing codes is slowed down', async () => {
    const { link } = await create();
    let refused = 0;
    for (let tries = 0; tries < 14; tries += 1) {
      const outcome = await tested(link);
      if (outcome.ok === false && /too many/.test(outcome.steps.at(-1)?.text ?? '')) refused += 1;
    }
    expect(refused).toBeGreaterThan(0);
  }, 60_000);
});
