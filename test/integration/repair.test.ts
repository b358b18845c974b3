import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';
import { afterEach, describe, expect, test } from 'vitest';
import { Disposables } from '../../engine/base/disposables.ts';
import { connectTo } from '../support/engine-client.ts';
import { startEngineProcess } from '../support/engine-process.ts';

const MAIN = fileURLToPath(new URL('../../engine/cli/main.ts', import.meta.url));

let owned = new Disposables();
afterEach(async () => {
  await owned[Symbol.asyncDispose]();
  owned = new Disposables();
});

/** A real engine on a folder with these settings, with its client. */
async function engineWith(settings: Readonly<Record<string, unknown>>, env: Readonly<Record<string, string>> = {}) {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'siphon-repair-'));
  owned.defer(() => rmSync(dataDir, { recursive: true, force: true }));
  const configFile = path.join(dataDir, 'siphon.json');
  writeFileSync(configFile, JSON.stringify({ version: 1, ...settings }));
  const engine = owned.use(await startEngineProcess({ env, dataDir, supervised: true }));
  const client = owned.use(connectTo(engine));
  return { engine, client, dataDir, config: () => JSON.parse(readFileSync(configFile, 'utf8')) };
}

describe('repair of a running engine', () => {
  test('a taken orchestrator port is a problem with a fix, and the fix gets it to work on another port', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    owned.defer(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const own = { host: '127.0.0.1', port, serviceUri: `https://127.0.0.1:${port}` };
    const { client, config } = await engineWith({ deploymentType: 'solo', ownOrchestrator: own, capacity: 1 });

    const { problems } = await client.until(({ problems }) => problems.some(({ key }) => key === 'start'));
    expect(problems.find(({ key }) => key === 'start')).toMatchObject({ code: 'port-in-use', fixes: [{ id: 'other-port' }] });
    const { text } = await client.api.repair.fix.mutate({ key: 'start', id: 'other-port' });

    const after = await client.until(({ run }) => run.state === 'running');
    expect(after.problems.map(({ key }) => key)).not.toContain('start');
    const kept = config().ownOrchestrator.port;
    expect(kept).not.toBe(port);
    expect(text).toContain(String(kept));
    await expect(once(createServer().listen(kept, '127.0.0.1'), 'listening')).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  test('a start that failed is no problem any more once other settings got it to work', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    owned.defer(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const own = { host: '127.0.0.1', port, serviceUri: `https://127.0.0.1:${port}` };
    const { client } = await engineWith({ deploymentType: 'solo', ownOrchestrator: own, capacity: 1 });

    await client.until(({ problems }) => problems.some(({ key }) => key === 'start'));
    await client.api.configure.mutate({ changes: [{ path: 'ownOrchestrator.port', value: 0 }] });
    await client.until(({ run, problems }) => run.state === 'running' && !problems.some(({ key }) => key === 'start'));
  });

  test('settings that cannot be run are taken back', async () => {
    const { client, config } = await engineWith({ deploymentType: 'practice', practice: { sessions: 1 } });
    await client.until(({ run }) => run.state === 'running');
    await client.api.configure.mutate({ changes: [{ path: 'deploymentType', value: 'siphon' }] });
    await client.until(({ problems }) => problems.some(({ fixes }) => fixes?.[0]?.id === 'settings-in-use'));
    await client.api.repair.fix.mutate({ key: 'settings-refused', id: 'settings-in-use' });
    expect(config().deploymentType).toBe('practice');
    await client.until(({ problems }) => !problems.some(({ key }) => key === 'settings-refused'));
  });

  test('error: a fix that no standing problem offers is refused', async () => {
    const { client } = await engineWith({ deploymentType: 'practice' });
    await expect(client.api.repair.fix.mutate({ key: 'start', id: 'other-port' })).rejects.toMatchObject({
      data: { info: { code: 'not-found' } },
    });
  });

  test('every check runs inside the engine, whose own ports are not in its way', async () => {
    const { client } = await engineWith({ deploymentType: 'practice' });
    await client.until(({ run }) => run.state === 'running');
    const { checks } = await client.api.repair.doctor.query();
    expect(checks.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['ffmpeg', 'settings', 'gpu', 'data-folder', 'disk-space', 'clock', 'orchestrator']),
    );
    expect(checks.filter(({ id, status }) => status === 'fail' && id !== 'memory' && id !== 'disk-space')).toEqual([]);
  });

  test('the bundle has log, checks, settings and state, and no secret or home folder in any of it', async () => {
    const secret = 'correct-horse-battery';
    const { engine, client, dataDir } = await engineWith(
      { deploymentType: 'siphon', orchestrator: { serviceUri: 'https://127.0.0.1:1' } },
      { SIPHON_SECRET: secret },
    );
    const file = path.join(dataDir, 'bundle.zip');
    const child = spawn(process.execPath, [MAIN, '--data-dir', dataDir, 'diagnostics', '--out', file], { stdio: 'pipe' });
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(existsSync(file)).toBe(true);
    const files = Object.entries(unzipSync(readFileSync(file))).map(([name, bytes]) => ({
      name: path.posix.basename(name),
      text: Buffer.from(bytes).toString('utf8'),
    }));
    expect(files.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['doctor.txt', 'state.json', 'settings.json', 'log.txt', 'problems.json']),
    );
    const system = JSON.parse(files.find(({ name }) => name === 'system.json')?.text ?? '{}');
    expect(system.memoryMiB.total).toBe(Math.round(totalmem() / 2 ** 20));
    const all = files.map(({ text }) => text).join('\n');
    expect(all).toContain('https://127.0.0.1:1');
    expect(all).toContain('SIPHON_SECRET');
    for (const hidden of [secret, engine.token, `${homedir()}/`]) expect(all).not.toContain(hidden);
    const { redacted } = await client.api.repair.bundle.query();
    expect(redacted).toBeGreaterThanOrEqual(0);
  });
});
