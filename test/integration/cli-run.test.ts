import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Orchestrator } from '../../engine/orchestrator/orchestrator.ts';
import { readDataDirHolder } from '../../engine/store/data-dir-lock.ts';
import { Store } from '../../engine/store/store.ts';

const MAIN = fileURLToPath(new URL('../../engine/cli/main.ts', import.meta.url));

interface Event {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** A `siphon … --json` process whose events are read as they come. */
class Running {
  readonly child: ChildProcess;
  readonly events: Event[] = [];
  stderr = '';
  readonly #lines: AsyncIterator<string>;

  constructor(args: readonly string[], env: Record<string, string> = {}) {
    const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SIPHON_')));
    this.child = spawn(process.execPath, [MAIN, ...args, '--json', '--data-dir', folder], {
      env: { ...clean, ...env },
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    if (!this.child.stdout) throw new Error('no stdout');
    this.#lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    running.push(this);
  }

  /** Reads events until one fits; every line must be JSON. */
  async until(fits: (event: Event) => boolean): Promise<Event> {
    while (true) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(`ended before that: ${JSON.stringify(this.events)}\n${this.stderr}`);
      const event = JSON.parse(value) as Event;
      this.events.push(event);
      if (fits(event)) return event;
    }
  }

  async exit(): Promise<number | null> {
    const closed = this.child.exitCode === null && this.child.signalCode === null ? once(this.child, 'exit') : undefined;
    for (let line = await this.#lines.next(); !line.done; line = await this.#lines.next())
      this.events.push(JSON.parse(line.value) as Event);
    await closed;
    return this.child.exitCode;
  }
}

let folder: string;
let running: Running[];

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'siphon-run-'));
  running = [];
});
afterEach(async () => {
  for (const { child } of running) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
});

/** Process ids of a process's children. */
function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter((text) => text !== '')
    .map(Number);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('siphon practice', () => {
  test('transcodes segments over the real wire, tells each, leaves as many rows, and ends with 0', {
    timeout: 180_000,
  }, async () => {
    const practice = new Running(['practice', '--port', '0', '--fast', '--exit-after', '3']);
    expect(await practice.exit()).toBe(0);
    const segments = practice.events.filter(({ event }) => event === 'segment');
    expect(segments.map(({ state }) => state)).toEqual(['done', 'done', 'done']);
    expect(practice.events[0]).toMatchObject({
      event: 'ready',
      dataDir: folder,
      address: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    });
    expect(practice.events.at(-1)).toEqual({ event: 'ended', finished: 3, failed: 0 });
    using store = new Store({ file: path.join(folder, 'history.db') });
    expect(
      store
        .recentSegments(10)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(segments.map(({ id }) => id).sort());
    expect(readDataDirHolder(folder)).toBeUndefined();
  });

  test('a second one on the same folder ends with 4 and names the first, which ends with 0 when told to', {
    timeout: 120_000,
  }, async () => {
    const first = new Running(['practice', '--port', '0']);
    const ready = await first.until(({ event }) => event === 'ready');
    const second = new Running(['practice', '--port', '0']);
    expect(await second.exit()).toBe(4);
    const refusal = second.events.find(({ event }) => event === 'error')?.error as { code: string; message: string };
    expect(refusal.code).toBe('data-dir-locked');
    expect(refusal.message).toContain(`process ${first.child.pid}`);
    expect(refusal.message).toContain(String(ready.address));
    first.child.kill('SIGTERM');
    expect(await first.exit()).toBe(0);
    expect(first.events.at(-1)?.event).toBe('ended');
  });

  test.skipIf(process.platform !== 'linux')(
    'what it told as done is in the history after kill -9, no worker is left, and the folder is free (skipped off Linux: reads /proc)',
    {
      timeout: 180_000,
    },
    async () => {
      const practice = new Running(['practice', '--port', '0', '--fast', '--sessions', '2']);
      const told: unknown[] = [];
      while (told.length < 2) told.push((await practice.until(({ event }) => event === 'segment')).id);
      const workers = childrenOf(practice.child.pid ?? 0);
      expect(workers.length).toBeGreaterThan(0);
      practice.child.kill('SIGKILL');
      await once(practice.child, 'close');
      const again = new Running(['history', '-n', '100']);
      expect(await again.exit()).toBe(0);
      const kept = again.events.map(({ id }) => id);
      expect(told.filter((id) => !kept.includes(id))).toEqual([]);
      await expect.poll(() => workers.filter(isAlive), { timeout: 10_000 }).toEqual([]);
    },
  );

  test('a port in use is named, with code 1', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const practice = new Running(['practice', '--port', String(port)]);
    expect(await practice.exit()).toBe(1);
    expect(practice.events.at(-1)).toMatchObject({
      event: 'error',
      error: { code: 'port-in-use', message: expect.stringContaining(String(port)) },
    });
    server.close();
  });
});

describe('siphon join and run', () => {
  test('a refused secret ends with 5, says so, and is not in any line', { timeout: 120_000 }, async () => {
    await using orchestrator = new Orchestrator({ secret: 'the right one' });
    await orchestrator.start();
    const secretFile = path.join(folder, 'given');
    writeFileSync(secretFile, 'the wrong one\n');
    const join = new Running(['join', orchestrator.serviceUri, '--secret-file', secretFile], { SIPHON_PORT: '0' });
    expect(await join.exit()).toBe(5);
    expect(join.events.find(({ event }) => event === 'error')).toMatchObject({
      error: { code: 'orchestrator-secret-refused', nextStep: expect.any(String) },
    });
    expect(JSON.stringify(join.events) + join.stderr).not.toContain('the wrong one');
  });

  test('the right secret registers, and run finds it again', { timeout: 120_000 }, async () => {
    await using orchestrator = new Orchestrator({ secret: 'the right one' });
    await orchestrator.start();
    const secretFile = path.join(folder, 'given');
    writeFileSync(secretFile, 'the right one\n');
    const registered = ({ event, link }: Event): boolean =>
      event === 'status' && (link as { state?: string } | null)?.state === 'registered';
    const join = new Running(['join', orchestrator.serviceUri, '--secret-file', secretFile], { SIPHON_PORT: '0' });
    await join.until(registered);
    join.child.kill('SIGINT');
    expect(await join.exit()).toBe(0);
    const run = new Running(['run', '--port', '0']);
    await run.until(registered);
    run.child.kill('SIGTERM');
    expect(await run.exit()).toBe(0);
  });

  test('without an orchestrator run ends with 3 and says what to do', async () => {
    const run = new Running(['run']);
    expect(await run.exit()).toBe(3);
    expect(run.events.at(-1)).toMatchObject({ event: 'error', error: { nextStep: expect.stringContaining('siphon join') } });
  });
});

describe('siphon transcode', () => {
  const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0 && spawnSync('ffprobe', ['-version']).status === 0;

  interface Probed {
    readonly streams: ReadonlyArray<{ codec_name: string; width?: number; height?: number; r_frame_rate: string }>;
    readonly format: { duration: string; format_name: string };
  }

  const probe = (file: string): Probed => {
    const run = spawnSync('ffprobe', ['-v', 'error', '-of', 'json', '-show_streams', '-show_format', path.join(folder, file)], {
      encoding: 'utf8',
    });
    expect(run.stderr).toBe('');
    return JSON.parse(run.stdout) as Probed;
  };

  test.skipIf(!hasFfmpeg)(
    'makes files of the sizes, rates and codecs asked for, as ffprobe sees them (skipped without ffmpeg)',
    { timeout: 180_000 },
    async () => {
      const made = spawnSync('ffmpeg', [
        '-v',
        'error',
        '-f',
        'lavfi',
        '-i',
        'testsrc2=s=640x360:r=30:d=5',
        '-f',
        'lavfi',
        '-i',
        'sine=d=5',
        '-c:v',
        'libx264',
        '-preset',
        'ultrafast',
        '-g',
        '30',
        '-pix_fmt',
        'yuv420p',
        '-c:a',
        'aac',
        path.join(folder, 'clip.mp4'),
      ]);
      expect(made.status).toBe(0);
      const run = (args: readonly string[]) =>
        spawnSync(process.execPath, [MAIN, 'transcode', 'clip.mp4', '--device', 'cpu', ...args], {
          cwd: folder,
          encoding: 'utf8',
        });
      const mp4 = run(['--profiles', '240p,256x144@15:200k', '--json']);
      expect(mp4.status, mp4.stderr).toBe(0);
      expect(JSON.parse(mp4.stdout)).toMatchObject({
        device: { kind: 'cpu' },
        files: [
          { file: 'clip-240p.mp4', frames: 150 },
          { file: 'clip-256x144_15_200k.mp4', frames: 75 },
        ],
      });
      const ts = run(['--profiles', '240p', '--container', 'mpegts', '--out', 'results']);
      expect(ts.status, ts.stderr).toBe(0);
      expect(ts.stdout).toContain(path.join('results', 'clip-240p.ts'));
      for (const [file, width, height, rate] of [
        ['clip-240p.mp4', 426, 240, '30/1'],
        ['clip-256x144_15_200k.mp4', 256, 144, '15/1'],
        ['results/clip-240p.ts', 426, 240, '30/1'],
      ] as const) {
        const { streams, format } = probe(file);
        expect(streams.find(({ codec_name }) => codec_name === 'h264')).toMatchObject({ width, height, r_frame_rate: rate });
        expect(streams.some(({ codec_name }) => codec_name === 'aac')).toBe(true);
        expect(Math.abs(Number(format.duration) - 5)).toBeLessThan(0.1);
      }
      const again = run(['--profiles', '240p']);
      expect(again).toMatchObject({ status: 2, stderr: expect.stringContaining('--force') });
      expect(run(['--profiles', '240p', '--force']).status).toBe(0);
      writeFileSync(path.join(folder, 'text.mp4'), 'no video at all');
      const broken = spawnSync(process.execPath, [MAIN, 'transcode', 'text.mp4', '--device', 'cpu'], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect(broken.status).toBe(1);
      expect(broken.stderr).toContain('error:');
      expect(readdirSync(folder).filter((name) => name.endsWith('.part') || name.startsWith('text-'))).toEqual([]);
    },
  );
});
