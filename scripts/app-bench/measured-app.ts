import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../test/support/cdp-page.ts';
import { desktopEnvironment } from '../../test/support/desktop-app.ts';
import { sandboxSwitches } from '../lib/electron.ts';
import { type CdpTarget, connectTarget } from './cdp.ts';

/** What to start. */
export interface StartParameters {
  readonly program: string;
  /** Folder that Electron is told to run; absent for a packaged app, which has its own. */
  readonly folder?: string;
  readonly display: string;
  readonly dataDir: string;
  /** Events of the engine that stands in; absent = the real engine. */
  readonly busy?: { readonly perSecond: number; readonly everyMs?: number; readonly limit?: number; readonly after?: number };
}

/** The real app, running, with a way into its page; dispose it to end it. */
export interface MeasuredApp extends AsyncDisposable {
  /** When the process was made, milliseconds since the Unix epoch. */
  readonly startedAtMs: number;
  readonly page: CdpTarget;
  /** Processes of the app's main part and of its page; the latter only with a busy engine. */
  readonly pids: { readonly main: number; readonly page: number };
  /** The main process; only with a busy engine, and not in a packaged app, whose fuses refuse it. */
  main(): Promise<CdpTarget>;
  /** A line of the shell's log, as soon as it is there. */
  logged(message: string): Promise<Readonly<Record<string, unknown>>>;
}

const UP_MS = 60_000;
const BUSY_ENGINE = fileURLToPath(new URL('busy-engine.ts', import.meta.url));

/** Starts the app and connects to its page. */
export async function startMeasured(parameters: StartParameters): Promise<MeasuredApp> {
  const { program, folder, display, dataDir, busy } = parameters;
  const [pagePort, mainPort] = [await freePort(), await freePort()];
  const switches = [...sandboxSwitches(), `--remote-debugging-port=${pagePort}`];
  const stands = busy ? { SIPHON_ENGINE_ENTRY: BUSY_ENGINE, SIPHON_BUSY: JSON.stringify(busy) } : {};
  const startedAtMs = Date.now();
  // The way into the main process costs time at the start, which is measured with the real engine only.
  const inspect = busy ? [`--inspect=${mainPort}`] : [];
  const child = spawn(program, [...inspect, ...switches, ...(folder ? [folder] : [])], {
    stdio: 'ignore',
    env: desktopEnvironment(dataDir, display, stands),
  });
  const pid = child.pid ?? 0;
  let main: Promise<CdpTarget> | undefined;
  const open: CdpTarget[] = [];
  const dispose = async (): Promise<void> => {
    for (const target of open) target[Symbol.dispose]();
    await end(child);
  };
  const toMain = async (): Promise<CdpTarget> => {
    main ??= connectTarget(mainPort, () => true, UP_MS).then(async (target) => {
      open.push(target);
      // Node has no context to evaluate in before.
      await target.call('Runtime.enable');
      return target;
    });
    return main;
  };
  try {
    const page = await connectTarget(pagePort, (type, url) => type === 'page' && url.startsWith('app://'), UP_MS);
    open.push(page);
    // Asked of Electron, since a process that was forked by Chromium's zygote may go on under the zygote's name.
    const pageId = busy
      ? await (await toMain()).evaluate(
          `process.mainModule.require('electron').BrowserWindow.getAllWindows()[0].webContents.getOSProcessId()`,
        )
      : Number.NaN;
    return {
      startedAtMs,
      page,
      pids: { main: pid, page: Number(pageId) },
      main: toMain,
      logged: (message) => logged(dataDir, startedAtMs, message),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function logged(dataDir: string, sinceMs: number, message: string): Promise<Readonly<Record<string, unknown>>> {
  const file = path.join(dataDir, 'desktop', 'logs', 'desktop.log');
  for (const limit = Date.now() + UP_MS; Date.now() < limit; await sleep(20)) {
    const lines = readIfThere(file).trim().split('\n').reverse();
    for (const line of lines) {
      if (!line.includes(message)) continue;
      const entry = JSON.parse(line) as Readonly<Record<string, unknown>>;
      if (entry.msg === message && Date.parse(String(entry.time)) >= sinceMs) return entry;
    }
  }
  throw new Error(`the app never logged "${message}"`);
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stubborn = setTimeout(() => child.kill('SIGKILL'), 15_000);
  child.kill('SIGTERM');
  await gone;
  clearTimeout(stubborn);
  if (process.platform === 'linux') await sleep(200);
}
