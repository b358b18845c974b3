import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockDataDir, readDataDirHolder } from '../../engine/store/data-dir-lock.ts';
import { Store } from '../../engine/store/store.ts';

const children = fileURLToPath(new URL('../unit/store/children', import.meta.url));
let dataDir: string;
let running: ChildProcess[];

beforeEach(() => {
  dataDir = path.join(mkdtempSync(path.join(os.tmpdir(), 'siphon-processes-')), 'data');
  running = [];
});
afterEach(async () => {
  for (const child of running) await kill(child);
  rmSync(path.dirname(dataDir), { recursive: true, force: true });
});

function start(script: string, ...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [path.join(children, script), ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  running.push(child);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('no stdout');
  for await (const line of createInterface({ input: child.stdout })) return line;
  return '';
}

test('what was reported as recorded is there after kill -9, again and again, and the folder is free at once', async () => {
  const recorded: string[] = [];
  for (let round = 0; round < 6; round += 1) {
    const child = start('write-until-killed.ts', dataDir, `round${round}`);
    if (!child.stdout) throw new Error('no stdout');
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    while (text === '') await once(child.stdout, 'data');
    await new Promise((resolve) => setTimeout(resolve, 60 + round * 45));
    child.kill('SIGKILL');
    await once(child, 'close');
    const lines = text.slice(0, text.lastIndexOf('\n')).split('\n');
    expect(lines.length).toBeGreaterThan(20);
    recorded.push(...lines);
  }
  const lock = lockDataDir({ dataDir, pid: process.pid, startedAtMs: Date.now() });
  const store = new Store({ file: path.join(dataDir, 'history.db') });
  const found = new Set(store.history({ limit: 1_000_000 }).map((segment) => segment.id));
  expect(recorded.filter((id) => !found.has(id))).toEqual([]);
  // At most the one row of each round whose report was cut off by the kill is there beyond those reported.
  expect(found.size - recorded.length).toBeLessThanOrEqual(6);
  expect(readdirSync(dataDir).filter((name) => name.includes('damaged'))).toEqual([]);
  store[Symbol.dispose]();
  lock[Symbol.dispose]();
});

test('a second engine on one data folder is refused and told who the first is, until the first has ended', async () => {
  const first = start('hold.ts', dataDir);
  expect(await firstLine(first)).toBe('held');
  expect(readDataDirHolder(dataDir)).toEqual({
    pid: first.pid,
    startedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5),
    address: 'http://127.0.0.1:12345',
  });

  const refusal = JSON.parse(await firstLine(start('hold.ts', dataDir)));
  expect(refusal.code).toBe('data-dir-locked');
  expect(refusal.message).toContain(`process ${first.pid}`);
  expect(refusal.message).toContain('2026-01-02T03:04:05');
  expect(refusal.message).toContain('http://127.0.0.1:12345');
  expect(refusal.nextStep).toContain('--data-dir');
  expect(() => lockDataDir({ dataDir, pid: 1, startedAtMs: 1 })).toThrow(expect.objectContaining({ code: 'data-dir-locked' }));

  await kill(first);
  const third = start('hold.ts', dataDir);
  expect(await firstLine(third)).toBe('held');
  third.stdin?.end();
  await once(third, 'exit');
  expect(readDataDirHolder(dataDir)).toBeUndefined();
});

test('of many engines that start at the same moment exactly one gets the folder', async () => {
  const answers = await Promise.all(Array.from({ length: 5 }, () => firstLine(start('hold.ts', dataDir))));
  expect(answers.filter((answer) => answer === 'held')).toHaveLength(1);
  expect(answers.filter((answer) => answer.includes('data-dir-locked'))).toHaveLength(4);
});
