import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A real engine in its own process, on its own data folder; dispose it to end both. */
export interface EngineProcess extends AsyncDisposable {
  readonly dataDir: string;
  readonly address: string;
  readonly token: string;
  /** Link to the page, token included. */
  readonly link: string;
  readonly child: ChildProcess;
  /** Everything printed so far, both streams. */
  output(): string;
  /** Resolves with the exit code; null when a signal ended it. */
  readonly exit: Promise<number | null>;
}

/** How to start one. */
export interface EngineProcessOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Port of the local server; 0 (any) when left out, null = the default one. */
  readonly port?: number | null;
  /** Use this data folder (and keep it); absent = a fresh one that goes with the process. */
  readonly dataDir?: string;
  /** As the app runs it: it stays when its roles cannot start. */
  readonly supervised?: boolean;
}

/** Starts `siphon run …` and waits until its local server listens. Rejects with what it printed when it ends before. */
export async function startEngineProcess({
  args = [],
  env = {},
  port = 0,
  dataDir: kept,
  supervised = false,
}: EngineProcessOptions = {}): Promise<EngineProcess> {
  const dataDir = kept ?? mkdtempSync(path.join(tmpdir(), 'siphon-engine-'));
  const portArgs = port === null ? [] : ['--port', String(port)];
  const child = spawn(
    process.execPath,
    ['engine/cli/main.ts', 'run', ...(supervised ? ['--supervised'] : []), ...portArgs, '--data-dir', dataDir, ...args],
    {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: [supervised ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    },
  );
  child.stdin?.write(`${JSON.stringify({ command: 'hello' })}\n`);
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      printed = (printed + text).slice(-200_000);
    });
  }
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const dispose = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      const stubborn = setTimeout(() => child.kill('SIGKILL'), 30_000);
      await exit;
      clearTimeout(stubborn);
    }
    if (kept === undefined) rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    const { address, token } = await listening(dataDir, child, () => printed);
    return {
      dataDir,
      address,
      token,
      link: `${address}/#token=${token}`,
      child,
      output: () => printed,
      exit,
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function listening(
  dataDir: string,
  child: ChildProcess,
  printed: () => string,
): Promise<{ address: string; token: string }> {
  for (const limit = Date.now() + 30_000; Date.now() < limit; await sleep(50)) {
    if (child.exitCode !== null) throw new Error(`the engine ended with ${child.exitCode}:\n${printed()}`);
    try {
      const { address, pid } = JSON.parse(readFileSync(path.join(dataDir, 'engine.json'), 'utf8')) as {
        address?: string;
        pid: number;
      };
      if (address && pid === child.pid) return { address, token: readFileSync(path.join(dataDir, 'api-token'), 'utf8').trim() };
    } catch {
      // Not there yet.
    }
  }
  throw new Error(`the engine did not listen in time:\n${printed()}`);
}
