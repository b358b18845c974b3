import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../engine/base/log.ts';
import { ensureToken } from '../../engine/host/access.ts';
import { startLocalServer } from '../../engine/host/local-server.ts';
import { lockDataDir } from '../../engine/store/data-dir-lock.ts';
import { Store } from '../../engine/store/store.ts';
import { FakeEngine } from '../support/fake-engine.ts';
import { failedSegment, segment } from '../unit/store/records.ts';

const MAIN = fileURLToPath(new URL('../../engine/cli/main.ts', import.meta.url));
const SECRET = 'a secret nobody may see';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'siphon-cli-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command in a process of its own, on the test's folder, without this machine's SIPHON_ variables. */
async function siphon(args: readonly string[], options: { input?: string; env?: Record<string, string> } = {}): Promise<Ran> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(SIPHON_|FORCE_COLOR|NO_COLOR)/.test(name)));
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...env, SIPHON_DATA_DIR: folder, ...options.env },
    cwd: folder,
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  child.stdin.on('error', () => {}).end(options.input ?? '');
  const limit = setTimeout(() => child.kill('SIGKILL'), 30_000);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(limit);
  return { code, out, err };
}

describe('help', () => {
  test('every command is listed, has examples, and exit codes and variables are documented', async () => {
    const { code, out } = await siphon(['--help']);
    expect(code).toBe(0);
    const commands = [
      'run',
      'join',
      'practice',
      'transcode',
      'status',
      'pause',
      'resume',
      'stop',
      'history',
      'orchestrator',
      'remote',
      'fleet',
      'gpus',
      'doctor',
      'bench',
      'config',
      'completion',
    ];
    for (const name of commands) expect(out).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    expect(out).toContain('Exit codes:');
    expect(out).toContain('SIPHON_SECRET_FILE');
    const helps = await Promise.all(['run', 'join', 'transcode', 'config'].map((name) => siphon(['help', name])));
    for (const help of helps) expect(help.out).toContain('Examples:');
  });

  test('mistyped commands and options are refused with code 2 and what was probably meant', async () => {
    const command = await siphon(['practise', '--json']);
    expect(command).toMatchObject({ code: 2, err: expect.stringContaining('Did you mean practice?') });
    expect(JSON.parse(command.out)).toMatchObject({ event: 'error', error: { code: 'bad-request' } });
    expect(await siphon(['run', '--prot', '1'])).toMatchObject({ code: 2, out: '', err: expect.stringContaining('--port') });
    expect(await siphon(['run', '--port', '99999'])).toMatchObject({ code: 2, err: expect.stringContaining('0 to 65535') });
  });
});

describe('config', () => {
  test('values are set, shown, read with their variables, and unset', async () => {
    expect(await siphon(['config', 'set', 'practice.sessions', '3'])).toEqual({
      code: 0,
      out: 'practice.sessions = 3\n',
      err: '',
    });
    expect((await siphon(['config', 'get', 'practice.sessions'])).out).toBe('3\n');
    const hidden = await siphon(['config', 'set', 'api.port', '8080', '--json'], { env: { SIPHON_PORT: '9090' } });
    expect(JSON.parse(hidden.out)).toEqual({ path: 'api.port', value: 9090 });
    expect(hidden.err).toContain('SIPHON_PORT is set and wins');
    await siphon(['config', 'unset', 'practice.sessions']);
    expect(JSON.parse((await siphon(['config', 'show', '--json'])).out)).toMatchObject({
      practice: { sessions: 1 },
      api: { port: 8080 },
    });
    expect((await siphon(['config', 'path'])).out).toBe(`${path.join(folder, 'siphon.json')}\n`);
  });

  test('a file with mistakes is reported line by line with code 3 by every command, and left alone', async () => {
    const file = path.join(folder, 'siphon.json');
    const text = '{\n  "version": 1,\n  "capcity": 3,\n  "scale": "two"\n}\n';
    writeFileSync(file, text);
    const validate = await siphon(['config', 'validate']);
    expect(validate).toMatchObject({ code: 3, out: '' });
    expect(validate.err).toMatch(/line 3: capcity is not a setting; did you mean "capacity"/);
    expect(validate.err).toMatch(/line 4: scale is "two"/);
    expect((await siphon(['config', 'set', 'capacity', '3'])).code).toBe(3);
    expect((await siphon(['run'])).code).toBe(3);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test('unknown settings are refused with code 6 and wrong values with code 3', async () => {
    expect(await siphon(['config', 'get', 'api.prot'])).toMatchObject({
      code: 6,
      err: expect.stringContaining('did you mean "api.port"'),
    });
    expect(await siphon(['config', 'set', 'api.port', 'http'])).toMatchObject({
      code: 3,
      err: expect.stringContaining('0 to 65535'),
    });
    expect(existsSync(path.join(folder, 'siphon.json'))).toBe(false);
  });
});

describe('join', () => {
  const check = (): void => {
    const secrets = path.join(folder, 'secrets.json');
    expect(JSON.parse(readFileSync(secrets, 'utf8')).orchestratorSecret).toBe(SECRET);
    if (process.platform !== 'win32') expect(statSync(secrets).mode & 0o777).toBe(0o600);
    const config = readFileSync(path.join(folder, 'siphon.json'), 'utf8');
    expect(JSON.parse(config)).toMatchObject({ orchestrator: { serviceUri: 'https://orch.example:8935' } });
    expect(config).not.toContain(SECRET);
  };

  test('keeps the secret from standard input or a file, apart from the settings, and shows it nowhere', async () => {
    const piped = await siphon(['join', 'orch.example:8935', '--no-run'], { input: `${SECRET}\n` });
    expect(piped.code).toBe(0);
    check();
    const file = path.join(folder, 'given.txt');
    writeFileSync(file, `${SECRET}\r\n`);
    const given = await siphon([
      'join',
      'https://orch.example:8935',
      '--no-run',
      '--as',
      'pool-node',
      '--secret-file',
      file,
      '--json',
    ]);
    check();
    expect(JSON.parse(given.out)).toMatchObject({ serviceUri: 'https://orch.example:8935', deploymentType: 'pool-node' });
    expect(piped.out + piped.err + given.out + given.err).not.toContain(SECRET);
  });

  test('takes it from the command line too, with a warning', async () => {
    const { code, err } = await siphon(['join', 'orch.example:8935', '--no-run', '--secret', SECRET]);
    expect(code).toBe(0);
    expect(err).toContain('can be seen by other users');
    check();
  });

  const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;
  test.skipIf(!hasScript)('asks for it on a terminal without showing it (skipped without the script command)', async () => {
    const line = `'${process.execPath}' '${MAIN}' join orch.example:8935 --no-run`;
    const child = spawn('script', ['-qec', line, '/dev/null'], {
      env: { ...process.env, SIPHON_DATA_DIR: folder, TERM: 'xterm' },
    });
    let shown = '';
    let typed = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      if (typed || !shown.includes('Secret of the orchestrator')) return;
      typed = true;
      child.stdin.write(`${SECRET}\r`);
    });
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(0);
    check();
    expect(shown).not.toContain(SECRET);
  });

  test('refuses what is no address, no secret, or two secrets, and keeps nothing', async () => {
    expect((await siphon(['join', 'http://orch.example', '--no-run'], { input: SECRET })).code).toBe(2);
    expect((await siphon(['join', 'orch.example', '--no-run'])).code).toBe(2);
    expect((await siphon(['join', 'orch.example', '--no-run', '--secret', 'a', '--secret-file', 'b'])).code).toBe(2);
    expect((await siphon(['join', 'orch.example', '--no-run', '--secret-file', 'missing'])).code).toBe(3);
    expect(existsSync(path.join(folder, 'siphon.json'))).toBe(false);
  });
});

describe('history', () => {
  test('is read from the file while no engine runs, filtered and in pages', async () => {
    expect(await siphon(['history'])).toEqual({ code: 0, out: 'No segments yet.\n', err: '' });
    expect(existsSync(path.join(folder, 'history.db'))).toBe(false);
    const store = new Store({ file: path.join(folder, 'history.db') });
    for (let index = 0; index < 1200; index += 1)
      store.recordSegment(segment(`s${index}`, { startedAtMs: 1000 + Math.floor(index / 3) }));
    store.recordSegment(failedSegment('bad'));
    store[Symbol.dispose]();
    const all = (await siphon(['history', '-n', '5000', '--json'])).out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).id as string);
    expect(new Set(all).size).toBe(1201);
    expect(all).toHaveLength(1201);
    const failed = await siphon(['history', '--failed']);
    expect(failed.out).toContain('the segment could not be downloaded: 404');
    expect(failed.out.trimEnd().split('\n')).toHaveLength(2);
    expect((await siphon(['history', '--before', 'yesterdayish'])).code).toBe(2);
  });

  test('a reader that goes away early is no failure', async () => {
    const store = new Store({ file: path.join(folder, 'history.db') });
    for (let index = 0; index < 2000; index += 1) store.recordSegment(segment(`s${index}`));
    store[Symbol.dispose]();
    const run = spawnSync('sh', ['-c', `'${process.execPath}' '${MAIN}' history -n 2000 --json | head -n 1`], {
      env: { ...process.env, SIPHON_DATA_DIR: folder },
      encoding: 'utf8',
    });
    expect(JSON.parse(run.stdout)).toMatchObject({ event: 'segment' });
    expect(run.stderr).toBe('');
  });
});

describe('a running engine', () => {
  test('is found by its folder and asked, paused, resumed and stopped', async () => {
    const engine = new FakeEngine('siphon');
    const lock = lockDataDir({ dataDir: folder, pid: process.pid, startedAtMs: Date.now() });
    const token = ensureToken(folder);
    await using server = await startLocalServer({
      api: engine,
      token,
      port: 0,
      metrics: () => '',
      preview: () => undefined,
      log: silentLog,
    });
    expect((await siphon(['status'])).code).toBe(7);
    lock.setAddress(server.address);

    const status = await siphon(['status', '--json']);
    expect(status).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(status.out)).toMatchObject({
      engine: { version: engine.snapshot().engine.version },
      run: { state: 'running' },
    });
    expect((await siphon(['status'])).out).toMatch(/\.$/m);
    expect((await siphon(['pause', '--for', '10m'])).out).toBe('Paused for 10 min.\n');
    expect(engine.snapshot().run).toMatchObject({ state: 'paused', reason: 'user' });
    expect((await siphon(['resume'])).code).toBe(0);
    expect(engine.snapshot().run.state).toBe('running');
    expect((await siphon(['history', '-n', '3', '--json'])).out.trimEnd().split('\n')).toHaveLength(3);
    expect((await siphon(['gpus', '--json'])).out).toContain(engine.snapshot().hardware?.gpus[0]?.uuid);

    const logs = (await siphon(['logs', '--json'])).out.trimEnd().split('\n');
    expect(logs.map((line) => JSON.parse(line).text)).toEqual(
      engine
        .logs()
        .slice(-50)
        .map(({ text }) => text),
    );
    expect((await siphon(['logs', '-n', '1'])).out).toContain(engine.logs().at(-1)?.text);

    writeFileSync(path.join(folder, 'api-token'), 'wrong\n');
    expect(await siphon(['status'])).toMatchObject({ code: 1, err: expect.stringContaining('token') });
    lock[Symbol.dispose]();
  });

  test('that is not there is said at once, also when it left its note behind', async () => {
    expect(await siphon(['status'])).toMatchObject({ code: 7, err: expect.stringContaining('siphon run') });
    const lock = lockDataDir({ dataDir: folder, pid: process.pid, startedAtMs: Date.now() });
    lock.setAddress('http://127.0.0.1:9');
    ensureToken(folder);
    expect(await siphon(['pause', '--json'])).toMatchObject({ code: 7, out: expect.stringContaining('"not-ready"') });
    lock[Symbol.dispose]();
  });
});

describe('completion', () => {
  test('in a real bash it offers commands, options and fixed values', async () => {
    const { out } = await siphon(['completion', 'bash']);
    const offered = (words: string): string[] => {
      const list = words.split(' ');
      const script = `${out}\nCOMP_WORDS=(${list.map((word) => `"${word}"`).join(' ')}); COMP_CWORD=${list.length - 1}; _siphon; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const run = spawnSync('bash', ['-c', script], { encoding: 'utf8', cwd: folder });
      expect(run.stderr).toBe('');
      return run.stdout.split('\n').filter((line) => line !== '');
    };
    expect(offered('siphon pr')).toEqual(['practice']);
    expect(offered('siphon config ')).toEqual(expect.arrayContaining(['get', 'set', 'unset', 'path', 'show', 'validate']));
    expect(offered('siphon --json config se')).toEqual(['set']);
    expect(offered('siphon join x --secret')).toEqual(['--secret', '--secret-file']);
    expect(offered('siphon run --deployment-type po')).toEqual(['pool-node', 'pool-operator']);
    expect(offered('siphon completion f')).toEqual(['fish']);
    writeFileSync(path.join(folder, 'video.mp4'), '');
    expect(offered('siphon transcode vid')).toEqual(['video.mp4']);
    expect(offered('siphon practice --input vid')).toEqual(['video.mp4']);
  });

  test('is written for the other shells, and an unknown shell is refused', async () => {
    expect((await siphon(['completion', 'zsh'])).out).toMatch(/bashcompinit\n_siphon\(\) \{/);
    expect((await siphon(['completion', 'fish'])).out).toContain("complete -c siphon -f -n '__fish_use_subcommand' -a practice");
    expect((await siphon(['completion', 'powershell'])).out).toContain("'config' = @('show', 'get', 'set'");
    expect((await siphon(['completion', 'tcsh'])).code).toBe(2);
  });
});
