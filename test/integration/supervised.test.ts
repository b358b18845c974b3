import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ENGINE_VERSION } from '../../engine/host/version.ts';
import { connectTo } from '../support/engine-client.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;
let child: ChildProcess;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'siphon-supervised-'));
});
afterEach(() => {
  child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** `siphon run --supervised` on a folder of its own. */
function supervise() {
  const process_ = spawn(
    process.execPath,
    ['engine/cli/main.ts', 'run', '--supervised', '--practice', '--port', '0', '--data-dir', folder],
    { cwd: root, stdio: ['pipe', 'pipe', 'pipe'] },
  );
  child = process_;
  let printed = '';
  process_.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const lines = createInterface({ input: process_.stdout })[Symbol.asyncIterator]();
  return {
    send: (command: object) => process_.stdin.write(`${JSON.stringify(command)}\n`),
    next: async () => JSON.parse(String((await lines.next()).value)),
    closeInput: () => process_.stdin.end(),
    breakPipes: () => {
      process_.stdin.destroy();
      process_.stdout.destroy();
      process_.stderr.destroy();
    },
    printed: () => printed,
    exit: new Promise<number | null>((resolve) => process_.once('exit', resolve)),
  };
}

describe('an engine under supervision', () => {
  test('tells its address and token on stdout, answers pings, and ends when told', async () => {
    const engine = supervise();
    engine.send({ command: 'hello' });
    const ready = await engine.next();
    expect(ready).toMatchObject({ event: 'ready', protocol: 1, version: ENGINE_VERSION, pid: child.pid, dataDir: folder });
    using client = connectTo(ready);
    expect((await client.api.snapshot.query()).choices.deploymentType).toBe('practice');
    engine.send({ command: 'ping', id: 7 });
    expect(await engine.next()).toEqual({ event: 'pong', id: 7 });
    engine.send({ command: 'of-a-newer-app' });
    engine.send({ command: 'ping', id: 8 });
    expect(await engine.next()).toEqual({ event: 'pong', id: 8 });
    engine.send({ command: 'stop', reason: 'user' });
    expect(await engine.exit).toBe(0);
    // The token is for the supervisor alone.
    expect(engine.printed()).not.toContain(ready.token);
    for (const name of readdirSync(path.join(folder, 'logs'))) {
      expect(readFileSync(path.join(folder, 'logs', name), 'utf8')).not.toContain(ready.token);
    }
  });

  test('finishes and ends when its supervisor has gone, pipes and all', async () => {
    const engine = supervise();
    engine.send({ command: 'hello' });
    await engine.next();
    engine.breakPipes();
    expect(await engine.exit).toBe(0);
  });

  test('without a supervisor’s hello it says so and does not run', async () => {
    const engine = supervise();
    engine.send({ command: 'ping', id: 1 });
    expect(await engine.next()).toMatchObject({ event: 'error', error: { code: 'bad-request' } });
    expect(await engine.exit).toBe(2);
  });

  test('an error that keeps it from running is told with its next step', async () => {
    const first = supervise();
    first.send({ command: 'hello' });
    await first.next();
    const holder = child;
    try {
      const second = supervise();
      second.send({ command: 'hello' });
      expect(await second.next()).toMatchObject({
        event: 'error',
        error: { code: 'data-dir-locked', nextStep: expect.stringContaining('stop it first') },
      });
      expect(await second.exit).toBe(4);
    } finally {
      holder.kill('SIGKILL');
    }
  });
});
