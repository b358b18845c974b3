import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CheckResult } from '../../../engine/api/diagnostics.ts';
import type { Hardware, NvencBudget } from '../../../engine/api/hardware.ts';
import { EngineError } from '../../../engine/base/errors.ts';
import { type Check, runChecks, worstStatus } from '../../../engine/doctor/check.ts';
import { clockCheck } from '../../../engine/doctor/clock-check.ts';
import { dataFolderChecks } from '../../../engine/doctor/disk-checks.ts';
import { hardwareChecks } from '../../../engine/doctor/hardware-checks.ts';
import { portCheck } from '../../../engine/doctor/port-check.ts';
import { formatReport } from '../../../engine/doctor/report.ts';
import { runtimeChecks } from '../../../engine/doctor/runtime-checks.ts';
import { probeFfmpeg } from '../../../engine/gpu/probe.ts';
import { closedPort, listen, orchestratorLike, plainHttp } from '../../support/tls-servers.ts';

const signal = new AbortController().signal;
const GIB = 1024 ** 3;

async function byId(checks: readonly Check[]): Promise<Record<string, CheckResult>> {
  return Object.fromEntries((await runChecks({ checks })).map((result) => [result.id, result]));
}

describe('running checks', () => {
  test('results stand in order, are told as they end, and one that throws does not stop the others', async () => {
    const told: string[] = [];
    const results = await runChecks({
      checks: [
        {
          id: 'slow',
          title: 'Slow',
          run: async () => new Promise((resolve) => setTimeout(() => resolve({ status: 'ok', text: 'Done.' }), 80)),
        },
        {
          id: 'error',
          title: 'Error',
          run: async () => {
            throw new EngineError({ code: 'disk-full', message: 'The disk is full', nextStep: 'Free some.' });
          },
        },
        { id: 'hang', title: 'Hang', run: () => new Promise(() => {}) },
      ],
      timeoutMs: 300,
      onResult: ({ id }) => told.push(id),
    });
    expect(results).toEqual([
      { id: 'slow', title: 'Slow', status: 'ok', text: 'Done.' },
      { id: 'error', title: 'Error', status: 'fail', text: 'The disk is full.', nextStep: 'Free some.' },
      { id: 'hang', title: 'Hang', status: 'fail', text: '"Hang" took longer than 0.3 s.' },
    ]);
    expect(told).toEqual(['error', 'slow', 'hang']);
    expect(worstStatus(results)).toBe('fail');
    expect(worstStatus(results.slice(0, 1))).toBe('ok');
    expect(worstStatus([])).toBe('skipped');
  });

  test('the report marks each line, puts the next step under it, and ends in one sentence', () => {
    const report = formatReport([
      { id: 'a', title: 'Clock', status: 'ok', text: 'Fine.' },
      { id: 'b', title: 'Disk space', status: 'warn', text: 'Little.', nextStep: 'Free some.' },
      { id: 'c', title: 'Way', status: 'skipped', text: 'None is set.' },
    ]);
    expect(report.split('\n')).toEqual([
      '✓ Clock       Fine.',
      '! Disk space  Little.',
      '              → Free some.',
      '– Way         None is set.',
      '',
      'It works, and the lines marked ! can be made better.',
      '',
    ]);
  });
});

describe('data folder and disk', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'siphon-doctor-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('a folder that can be written is fine, and nothing is left in it', async () => {
    const results = await byId(dataFolderChecks(folder));
    expect(results['data-folder']).toMatchObject({ status: 'ok', text: `${folder} can be written.` });
    expect(results['disk-space']?.text).toMatch(/^\d+\.\d GiB free where /);
    expect(await readdir(folder)).toEqual([]);
  });

  test('a folder that does not exist yet is judged by the one above it, and not made', async () => {
    expect((await byId(dataFolderChecks(path.join(folder, 'a', 'b'))))['data-folder']).toMatchObject({
      status: 'ok',
      text: expect.stringContaining('can be made'),
    });
    expect(await readdir(folder)).toEqual([]);
  });

  test('a file in the way is told', async () => {
    await writeFile(path.join(folder, 'file'), '');
    for (const inTheWay of [path.join(folder, 'file'), path.join(folder, 'file', 'data')]) {
      expect((await byId(dataFolderChecks(inTheWay)))['data-folder']).toMatchObject({
        status: 'fail',
        text: expect.stringContaining('is a file'),
      });
    }
  });

  test.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'a folder without the right to write is told (skipped for root, who may write everywhere, and on Windows)',
    async () => {
      await chmod(folder, 0o500);
      expect((await byId(dataFolderChecks(folder)))['data-folder']).toMatchObject({
        status: 'fail',
        text: expect.stringContaining('may not write'),
      });
    },
  );

  test.skipIf(process.platform !== 'linux')(
    'a file system that refuses writes even to root is told (skipped where there is no /proc)',
    async () => {
      expect((await byId(dataFolderChecks('/proc/siphon')))['data-folder']).toMatchObject({
        status: 'fail',
        text: expect.stringContaining('cannot be written'),
      });
    },
  );

  test.each([
    [0.1, 'fail'],
    [1, 'warn'],
    [10, 'ok'],
  ])('%f GiB free: %s', async (gib, status) => {
    expect((await byId(dataFolderChecks(folder, async () => gib * GIB)))['disk-space']).toMatchObject({
      status,
      text: expect.stringContaining(`${gib.toFixed(1)} GiB`),
    });
  });
});

describe('ports', () => {
  test('a free port is free afterwards too', async () => {
    const port = await closedPort();
    const check = portCheck({ purpose: 'Local API', host: '127.0.0.1', port });
    expect(await check.run(signal)).toMatchObject({ status: 'ok' });
    expect(await check.run(signal)).toMatchObject({ status: 'ok' });
  });

  test("another program's port fails, the running engine's does not", async () => {
    await using taken = await listen(createServer());
    const at = { purpose: 'Local API', host: '127.0.0.1', port: taken.port };
    expect(await portCheck(at).run(signal)).toMatchObject({
      status: 'fail',
      text: expect.stringContaining('used by another program'),
      nextStep: expect.stringContaining(String(taken.port)),
    });
    expect(await portCheck({ ...at, engineRunning: true }).run(signal)).toMatchObject({ status: 'ok' });
  });

  test('an address of another computer fails', async () => {
    expect(await portCheck({ purpose: 'Local API', host: '203.0.113.1', port: 0 }).run(signal)).toMatchObject({
      status: 'fail',
      text: expect.stringContaining('no address of this computer'),
    });
  });
});

describe('clock', () => {
  const notBeforeMs = Date.parse('2025-01-01T00:00:00Z');
  const run = (parameters: Partial<Parameters<typeof clockCheck>[0]>) => clockCheck({ notBeforeMs, ...parameters }).run(signal);
  const at = (ms: number) => ({ nowMs: () => ms, monotonicMs: () => 0 });

  test('alone it is checked for plausibility', async () => {
    expect(await run({})).toMatchObject({ status: 'ok', text: expect.stringContaining('plausible') });
    expect(await run({ clock: at(0) })).toMatchObject({ status: 'fail', text: expect.stringContaining('1970-01-01') });
    expect(await run({ clock: at(Date.parse('2099-01-01')) })).toMatchObject({ status: 'fail' });
  });

  test.each<[number, string, string]>([
    [0, 'ok', 'agrees'],
    [60_000, 'warn', '60 seconds behind'],
    [-60_000, 'warn', '60 seconds ahead of'],
    [3 * 3_600_000, 'fail', '3 hours behind'],
  ])('against an orchestrator whose clock is %i ms ahead: %s', async (aheadMs, status, words) => {
    await using server = await orchestratorLike(() => new Date(Date.now() + aheadMs));
    const finding = await run({ orchestrator: server.address });
    expect(finding.status).toBe(status);
    expect(finding.text.replace(/\b(59|61) seconds/, '60 seconds')).toContain(words);
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).toMatch(/^HEAD \/ /);
    expect(server.requests[0]).not.toMatch(/authorization|credentials|secret/i);
  });

  test('an orchestrator that gives no time, or does not answer, is no reason to doubt the clock', async () => {
    await using dateless = await orchestratorLike(() => null);
    await using plain = await plainHttp();
    for (const orchestrator of [dateless.address, plain.address, { host: '127.0.0.1', port: await closedPort() }]) {
      expect(await run({ orchestrator })).toMatchObject({ status: 'ok', text: expect.stringContaining('gave no time') });
    }
  });
});

describe('hardware', () => {
  const hardware = (changes: Partial<Hardware> = {}): Hardware => ({
    detectedAtMs: 0,
    verdict: { kind: 'nvenc', title: 'RTX 4080 is ready', text: 'Video is encoded on the card.' },
    gpus: [],
    cpu: { model: 'CPU', cores: 8, memoryBytes: 16 * GIB },
    nvenc: null,
    ...changes,
  });
  const budget = (total: number | null, used: number): NvencBudget => ({ total, used, ours: 0, testedUpTo: 32, measuredAtMs: 0 });
  const results = (changes: Partial<Hardware>) => byId(hardwareChecks(async () => hardware(changes)));

  test('the hardware is detected once for all checks', async () => {
    let calls = 0;
    const checks = hardwareChecks(async () => {
      calls += 1;
      return hardware({ nvenc: budget(8, 0) });
    });
    expect((await runChecks({ checks })).map(({ status }) => status)).toEqual(['ok', 'ok', 'ok']);
    expect(calls).toBe(1);
  });

  test('the verdict is told as it is, with its next step', async () => {
    const verdict = { kind: 'cpu' as const, title: 'The driver is missing', text: 'No driver.', nextStep: 'Install it.' };
    const found = await results({ verdict });
    expect(found.gpu).toMatchObject({ status: 'warn', text: 'The driver is missing. No driver.', nextStep: 'Install it.' });
    expect(found['nvenc-sessions']).toMatchObject({ status: 'skipped' });
  });

  test.each<[string, NvencBudget | null, string, RegExp]>([
    ['room for streams', budget(8, 2), 'ok', /allows 8 sessions.*2 are in use, 6 are free/],
    ['too few for a usual stream', budget(3, 1), 'warn', /2 are free/],
    ['none free', budget(3, 3), 'fail', /0 are free/],
    ['no limit met', budget(null, 1), 'ok', /No limit was met up to 32/],
    ['not measured', null, 'warn', /could not be measured/],
  ])('NVENC sessions, %s', async (_title, nvenc, status, text) => {
    expect((await results({ nvenc }))['nvenc-sessions']).toMatchObject({ status, text: expect.stringMatching(text) });
  });

  test.each([
    [1, 'fail'],
    [1.9, 'warn'],
    [3.8, 'ok'],
    [32, 'ok'],
  ])('%f GiB of memory: %s', async (gib, status) => {
    expect((await results({ cpu: { model: '', cores: 1, memoryBytes: gib * GIB } })).memory).toMatchObject({ status });
  });
});

describe('Node and FFmpeg', () => {
  test('this engine has both, FFmpeg being really loaded', async () => {
    const found = await byId(runtimeChecks((abort) => probeFfmpeg({ signal: abort })));
    expect(found.node).toMatchObject({ status: 'ok', text: expect.stringContaining(process.versions.node) });
    expect(found.ffmpeg).toMatchObject({ status: 'ok', text: expect.stringMatching(/^FFmpeg \d+\.\d+.* loads\.$/) });
  });

  test('an old Node, an FFmpeg without x264 and one that cannot be loaded are told', async () => {
    const without = await byId(
      runtimeChecks(async () => ({ ffmpeg: '8.1', nodeAv: '6.1.1', encoders: { libx264: false } }), '20.11.0'),
    );
    expect(without.node).toMatchObject({ status: 'fail', nextStep: expect.stringContaining('npm start') });
    expect(without.ffmpeg).toMatchObject({ status: 'fail' });
    const broken = await byId(
      runtimeChecks(async () => {
        throw new EngineError({
          code: 'worker-crashed',
          message: 'FFmpeg could not be used: no such file',
          nextStep: 'Install Siphon anew.',
        });
      }),
    );
    expect(broken.ffmpeg).toMatchObject({
      status: 'fail',
      text: 'FFmpeg could not be used: no such file.',
      nextStep: 'Install Siphon anew.',
    });
  });
});
