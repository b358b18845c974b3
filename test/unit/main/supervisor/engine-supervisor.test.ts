import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EngineProcessState } from '../../../../engine/api/desktop.ts';
import { restartDelayMs } from '../../../../main/supervisor/backoff.ts';
import { type EngineConnection, EngineSupervisor, MOST_LOCKED } from '../../../../main/supervisor/engine-supervisor.ts';
import { SupervisorTimingsSchema } from '../../../../main/supervisor/timings.ts';
import { engineTextEn } from '../../../../main/text/en-engine.ts';

const child = fileURLToPath(new URL('../children/engine.mjs', import.meta.url));

let folder: string;
let supervised: Supervised;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'siphon-supervisor-'));
});
afterEach(async () => {
  supervised.supervisor.kill();
  await supervised.supervisor.stop({ reason: 'shutdown' });
  rmSync(folder, { recursive: true, force: true });
});

interface Supervised {
  readonly supervisor: EngineSupervisor;
  readonly states: EngineProcessState[];
  readonly connections: Array<EngineConnection | undefined>;
  until<K extends EngineProcessState['kind']>(kind: K): Promise<Extract<EngineProcessState, { kind: K }>>;
  /** Changes how the next engine behaves. */
  mood(mood: string): void;
  diary(): string[];
}

function supervise(mood: string, timings: Record<string, number> = {}, secretsKey?: string): Supervised {
  const moodFile = path.join(folder, 'mood');
  const diary = path.join(folder, 'diary');
  writeFileSync(moodFile, mood);
  writeFileSync(diary, '');
  const states: EngineProcessState[] = [];
  const connections: Array<EngineConnection | undefined> = [];
  const supervisor = new EngineSupervisor({
    command: () => ({
      program: process.execPath,
      args: [child],
      cwd: folder,
      env: { PATH: process.env.PATH, MOOD_FILE: moodFile, DIARY: diary, DRAIN_MS: '100' },
    }),
    secrets: () => ({ key: secretsKey, plainAllowed: false }),
    version: '9.9.9',
    timings: SupervisorTimingsSchema.parse({ pingEveryMs: 50, pingLimitMs: 1_000, drainLimitMs: 5_000, ...timings }),
    text: () => engineTextEn,
    onState: (state) => states.push(state),
    onConnection: (connection) => connections.push(connection),
    log: () => {},
  });
  supervised = {
    supervisor,
    states,
    connections,
    async until(kind) {
      for (const limit = Date.now() + 20_000; supervisor.state.kind !== kind; await sleep(10)) {
        if (Date.now() > limit) throw new Error(`never ${kind}: ${JSON.stringify(states)}`);
      }
      return supervisor.state as never;
    },
    mood: (next) => writeFileSync(moodFile, next),
    diary: () => readFileSync(diary, 'utf8').trim().split('\n'),
  };
  return supervised;
}

describe('the engine supervisor', () => {
  test('starts the engine, hands the key over on stdin, and gives its address and token', async () => {
    const key = Buffer.alloc(32, 7).toString('base64');
    const { supervisor, until, connections, diary } = supervise('good', {}, key);
    supervisor.start();
    const { pid } = await until('running');
    expect(pid).toBeGreaterThan(0);
    expect(connections).toEqual([{ httpUrl: 'http://127.0.0.1:1', token: 'token-of-the-test' }]);
    expect(diary()).toContain(JSON.stringify({ command: 'hello', secretsKey: key }));
  });

  test('starts it again after a crash, with a growing wait that is told', async () => {
    const { supervisor, until, states, mood, connections } = supervise('crash-after-ready');
    supervisor.start();
    await until('running');
    const waiting = await until('waiting');
    mood('good');
    expect(waiting).toMatchObject({ attempt: 1, reason: 'The engine ended unexpectedly (exit code 9).' });
    expect(waiting.retryAtMs - Date.now()).toBeLessThanOrEqual(625);
    await until('running');
    expect(states.map(({ kind }) => kind)).toEqual(['starting', 'running', 'waiting', 'starting', 'running']);
    expect(connections.at(1)).toBeUndefined();
    expect(connections.at(2)).toBeDefined();
  });

  test('three quick crashes end in the safe mode with the last lines; a start from there begins anew', async () => {
    const { supervisor, until, states, mood } = supervise('crash');
    supervisor.start();
    const safe = await until('safe-mode');
    expect(states.filter(({ kind }) => kind === 'starting')).toHaveLength(3);
    expect(safe.reason).toContain('exit code 7');
    expect(safe.nextStep).toContain('start it again');
    expect(safe.lastLines).toEqual(['mood crash', 'something broke']);
    mood('good');
    supervisor.start();
    await until('running');
  });

  test('crashes that are far apart are not counted together', async () => {
    const { supervisor, until, states, mood } = supervise('good', { healthyAfterMs: 200 });
    supervisor.start();
    for (let crash = 0; crash < 4; crash += 1) {
      const { pid } = await until('running');
      await sleep(300);
      process.kill(pid, 'SIGKILL');
      await until('waiting');
    }
    mood('good');
    await until('running');
    const waits = states.filter((state) => state.kind === 'waiting');
    expect(waits.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1]);
    expect(waits[0]?.reason).toBe('The engine ended unexpectedly (signal SIGKILL).');
  }, 60_000);

  test('an engine that answers no more is ended and started again', async () => {
    const { supervisor, until, mood } = supervise('good', { pingLimitMs: 300 });
    supervisor.start();
    const { pid } = await until('running');
    process.kill(pid, 'SIGSTOP');
    const { reason } = await until('waiting');
    mood('good');
    expect(reason).toMatch(/did not answer/);
    expect((await until('running')).pid).not.toBe(pid);
  });

  test('an engine that never gets ready is ended and started again', async () => {
    const { supervisor, until } = supervise('never-ready', { startLimitMs: 500 });
    supervisor.start();
    expect((await until('waiting')).reason).toMatch(/was not ready/);
  });

  test('silence while the machine sleeps is no hang', async () => {
    const { supervisor, until } = supervise('good', { pingLimitMs: 200 });
    supervisor.start();
    const { pid } = await until('running');
    supervisor.suspended();
    process.kill(pid, 'SIGSTOP');
    await sleep(800);
    expect(supervisor.state).toMatchObject({ kind: 'running', pid });
    process.kill(pid, 'SIGCONT');
    supervisor.resumed();
    await sleep(500);
    expect(supervisor.state).toMatchObject({ kind: 'running', pid });
  });

  test('an engine of another version is never used', async () => {
    const { supervisor, until, connections } = supervise('old');
    supervisor.start();
    const safe = await until('safe-mode');
    expect(safe.reason).toBe('The engine is version 0.0.1, but this app is version 9.9.9.');
    expect(safe.nextStep).toContain('Install Siphon again');
    expect(connections.filter((connection) => connection !== undefined)).toEqual([]);
  });

  test.each([
    ['unwritable', 'The data folder is read-only.', 'Make it writable.'],
    ['sealed', 'The secrets cannot be read.', 'Start Siphon from the app.'],
    ['port', 'Port 17935 on this machine is already used by another program.', 'Choose another port.'],
  ])('what no restart can mend (%s) is told at once, with its next step', async (mood, reason, nextStep) => {
    const { supervisor, until, states } = supervise(mood);
    supervisor.start();
    expect(await until('safe-mode')).toMatchObject({ reason, nextStep });
    expect(states.filter(({ kind }) => kind === 'starting')).toHaveLength(1);
  });

  test('a locked data folder is tried again, since the engine before may still be finishing', async () => {
    const { supervisor, until, mood } = supervise('locked');
    supervisor.start();
    expect((await until('waiting')).reason).toBe('Another Siphon already uses the data folder.');
    mood('good');
    await until('running');
  });

  test('a locked data folder is waited for longer than an engine without its app may take to end', () => {
    const waits = Array.from({ length: MOST_LOCKED - 1 }, (_, index) => restartDelayMs(index + 1, 0));
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(30_000);
  });

  test('a stop drains: the engine is told, its segments are shown, and it is not started again', async () => {
    const { supervisor, until, states } = supervise('good');
    supervisor.start();
    await until('running');
    const stopped = supervisor.stop({ reason: 'user' });
    expect(supervisor.state).toMatchObject({ kind: 'draining', inFlight: null });
    supervisor.showInFlight(2);
    expect(supervisor.state).toMatchObject({ kind: 'draining', inFlight: 2 });
    await stopped;
    expect(states.at(-1)).toEqual({ kind: 'stopped' });
  });

  test('a drain that does not end is ended at its deadline', async () => {
    const { supervisor, until } = supervise('stubborn', { drainLimitMs: 300 });
    supervisor.start();
    await until('running');
    const startedMs = performance.now();
    await supervisor.stop({ reason: 'user' });
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(290);
    expect(supervisor.state.kind).toBe('stopped');
  });

  test('a start during a drain begins when the old engine has ended', async () => {
    const { supervisor, until } = supervise('good');
    supervisor.start();
    const { pid } = await until('running');
    const stopped = supervisor.stop({ reason: 'user' });
    supervisor.start();
    await stopped;
    expect((await until('running')).pid).not.toBe(pid);
  });

  test('an engine that somebody else told to end stays ended', async () => {
    const { supervisor, until } = supervise('leaves');
    supervisor.start();
    await until('running');
    await until('stopped');
  });

  test('a start ends a wait', async () => {
    const { supervisor, until, mood } = supervise('crash');
    supervisor.start();
    await until('waiting');
    mood('good');
    supervisor.start();
    expect(supervisor.state.kind).toBe('starting');
    await until('running');
  });

  test('a program that cannot be started is told like a crash', async () => {
    const { states } = supervise('good');
    const broken = new EngineSupervisor({
      command: () => ({ program: path.join(folder, 'nothing'), args: [], cwd: folder, env: {} }),
      secrets: () => ({ key: undefined, plainAllowed: false }),
      version: '9.9.9',
      timings: SupervisorTimingsSchema.parse({}),
      text: () => engineTextEn,
      onState: (state) => states.push(state),
      onConnection: () => {},
      log: () => {},
    });
    broken.start();
    for (const limit = Date.now() + 10_000; broken.state.kind !== 'waiting' && Date.now() < limit; ) await sleep(10);
    expect(broken.state).toMatchObject({ kind: 'waiting', reason: 'The engine ended unexpectedly (it could not be started).' });
    await broken.stop({ reason: 'shutdown' });
  });
});
