import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { _electron, type ElectronApplication, type Locator, type Page } from 'playwright-core';
import type { DesktopState } from '../../engine/api/desktop.ts';
import { ensureBuilt } from '../../scripts/build.ts';
import { findElectron, sandboxSwitches } from '../../scripts/lib/electron.ts';

/** Why the tests in a real Electron cannot run here; empty when they can. */
export const MISSING_ELECTRON = reasonMissing();

function reasonMissing(): string {
  if (!findElectron()) return ' (skipped: no Electron here)';
  if (process.platform !== 'linux' || process.env.DISPLAY) return '';
  try {
    execFileSync('which', ['Xvfb'], { stdio: 'ignore' });
    return '';
  } catch {
    return ' (skipped: no display here; install the package xvfb)';
  }
}

/** A screen of its own for windows; dispose it to end it. */
export interface TestScreen extends AsyncDisposable {
  readonly display: string;
}

/** Starts a screen without a monitor (Xvfb) on a number that is free. */
export async function startScreen(): Promise<TestScreen> {
  const child = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1400x1000x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const pipe = child.stdio[3] as NodeJS.ReadableStream;
  const number = await new Promise<string>((resolve, reject) => {
    let text = '';
    pipe.on('data', (data: Buffer) => {
      text += data.toString();
      if (text.includes('\n')) resolve(text.trim());
    });
    child.once('exit', (code) => reject(new Error(`Xvfb ended with ${code}`)));
    child.once('error', reject);
  });
  return { display: `:${number}`, [Symbol.asyncDispose]: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  await gone;
}

/** The real app in a real Electron, on its own folder and screen; dispose it to end everything. */
export interface DesktopApp extends AsyncDisposable {
  readonly electron: ElectronApplication;
  /** The app's window. */
  readonly page: Page;
  readonly dataDir: string;
  readonly display: string;
  /** The shell's state, as the page is given it. */
  state(): Promise<DesktopState>;
  /** Polls the shell's state until `check` holds; rejects with the last one after `limitMs`. */
  until(check: (state: DesktopState) => boolean, limitMs?: number): Promise<DesktopState>;
  /** Resolves when Electron's main process has ended. */
  readonly ended: Promise<void>;
  /** Lines of desktop.log so far. */
  log(): Array<{ readonly level: string; readonly msg: string; readonly [field: string]: unknown }>;
}

/** How to start the app. */
export interface LaunchDesktopOptions {
  /** Use this folder, and keep it; absent = a fresh one that goes with the app. */
  readonly dataDir?: string;
  readonly args?: readonly string[];
  /** What Electron is told to run, when it is not the app itself. */
  readonly folder?: string;
  /** Switches of Electron itself. */
  readonly switches?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The supervisor's deadlines, milliseconds; see main/supervisor/timings.ts. */
  readonly timings?: Readonly<Record<string, number>>;
}

/** Folder that Electron is told to run. */
export async function desktopFolder(): Promise<string> {
  return (await ensureBuilt()).desktop;
}

/** Variables of the app's process for a folder and screen. */
export function desktopEnvironment(dataDir: string, display: string, more: Readonly<Record<string, string>> = {}) {
  return {
    ...(process.env as Record<string, string>),
    DISPLAY: display,
    SIPHON_DATA_DIR: dataDir,
    SIPHON_PORT: '0',
    LANGUAGE: 'en',
    LANG: 'en_GB.UTF-8',
    ...more,
  };
}

/** Milliseconds that Playwright may take to attach to the app. */
const ATTACH_LIMIT_MS = 30_000;

/** Starts the app and waits for its window. */
export async function launchDesktop(options: LaunchDesktopOptions = {}): Promise<DesktopApp> {
  const program = findElectron();
  if (!program) throw new Error('no Electron');
  const folder = options.folder ?? (await desktopFolder());
  const dataDir = options.dataDir ?? mkdtempSync(path.join(tmpdir(), 'siphon-desktop-'));
  const screen = await startScreen();
  let started: ChildProcess | undefined;
  const dispose = async (): Promise<void> => {
    const child = started;
    if (child && child.exitCode === null && child.signalCode === null) {
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      const stubborn = setTimeout(() => child.kill('SIGKILL'), 15_000);
      child.kill('SIGTERM');
      await gone;
      clearTimeout(stubborn);
    }
    await screen[Symbol.asyncDispose]();
    await noEngineLeft(dataDir);
    if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const launch = () =>
      _electron.launch({
        executablePath: program.program,
        args: [...sandboxSwitches(), ...(options.switches ?? []), folder, ...(options.args ?? [])],
        env: desktopEnvironment(dataDir, screen.display, {
          ...options.env,
          ...(options.timings === undefined ? {} : { SIPHON_SUPERVISOR_TIMINGS: JSON.stringify(options.timings) }),
        }),
        timeout: ATTACH_LIMIT_MS,
      });
    // Playwright's attaching hangs now and then when a window appears in the middle of it; the app itself is up by then.
    const electron = await launch().catch((error: unknown) => {
      if (/Timeout/.test(String(error))) return launch();
      throw error;
    });
    // Kept here: Playwright gives it no more once the app has ended.
    const main = electron.process();
    started = main;
    const ended = new Promise<void>((resolve) => main.once('exit', () => resolve()));
    const page = await electron.firstWindow({ timeout: 60_000 });
    const state = () => page.evaluate('window.siphon.state()') as Promise<DesktopState>;
    return {
      electron,
      page,
      dataDir,
      display: screen.display,
      state,
      async until(check, limitMs = 30_000) {
        let last = await state();
        for (const limit = Date.now() + limitMs; !check(last); last = await state()) {
          if (Date.now() > limit) throw new Error(`it never happened; last seen: ${JSON.stringify(last.engine)}`);
          await sleep(50);
        }
        return last;
      },
      ended,
      log: () =>
        readFileSync(path.join(dataDir, 'desktop', 'logs', 'desktop.log'), 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line)),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Starts the app a second time on the folder and screen of one that runs; resolves when that start has ended by itself. */
export async function secondStart(app: DesktopApp, args: readonly string[] = []): Promise<void> {
  const child = spawn(findElectron()?.program ?? '', [...sandboxSwitches(), await desktopFolder(), ...args], {
    env: desktopEnvironment(app.dataDir, app.display),
    stdio: 'ignore',
  });
  const [code] = await once(child, 'exit', { signal: AbortSignal.timeout(30_000) });
  if (code !== 0) throw new Error(`the second start ended with ${code}`);
}

/** Puts the first run away, and waits until the page has gone on from it. */
export async function leaveFirstRun(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Skip for now' }).click({ timeout: 60_000 });
  await page.waitForURL((url) => !url.hash.includes('welcome'), { timeout: 30_000 });
}

/** Goes to the page with the segments as they happen; the rows of its table. */
export async function segmentRows(page: Page): Promise<Locator> {
  await page.evaluate('location.hash = "#/sessions"');
  return page.getByRole('table', { name: 'Segments as they happen' }).locator('tbody tr');
}

/** Pid of the engine that holds a data folder; undefined when none does. */
export function enginePid(dataDir: string): number | undefined {
  try {
    const { pid } = JSON.parse(readFileSync(path.join(dataDir, 'engine.json'), 'utf8')) as { pid: number };
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
}

/** Waits until no engine runs on a folder; one that stays is killed, so that no test leaves it behind. */
async function noEngineLeft(dataDir: string): Promise<void> {
  for (const limit = Date.now() + 10_000; enginePid(dataDir) !== undefined && Date.now() < limit; ) await sleep(50);
  const stubborn = enginePid(dataDir);
  if (stubborn !== undefined) process.kill(stubborn, 'SIGKILL');
}
