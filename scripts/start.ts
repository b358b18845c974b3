// `npm start`: builds what changed, then opens the app where there is a screen and an Electron program. Otherwise, or when it is
// given options of `siphon run` (`npm start -- --practice --exit-after 5`), it runs the engine alone and opens the page in a
// browser where it can. Until the page or a command has chosen something else, Siphon practises.
import { spawn } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureBuilt } from './build.ts';
import { downloadOwn, type ElectronProgram, findElectron, hasScreen, sandboxSwitches } from './lib/electron.ts';

const args = process.argv.slice(2);
/** Somebody has asked this to end. */
let interrupted = false;
const { desktop } = await ensureBuilt();
const electron = isForTheApp() ? findOrDownload() : undefined;
process.exitCode = (electron ? await openApp(electron) : undefined) ?? (await runEngine());

/** Options of `siphon run` mean the engine alone; the folder is the app's, too. */
function isForTheApp(): boolean {
  if (!hasScreen()) return false;
  const { values, positionals } = parseArgs({
    args,
    options: { 'data-dir': { type: 'string' } },
    strict: false,
    allowPositionals: true,
  });
  return positionals.length === 0 && Object.keys(values).every((name) => name === 'data-dir');
}

function findOrDownload(): ElectronProgram | undefined {
  return findElectron() ?? (downloadOwn() ? findElectron() : undefined);
}

/** Runs the app until it ends; its exit code, or undefined when it could not even start. */
async function openApp({ program, version }: ElectronProgram): Promise<number | undefined> {
  const { values } = parseArgs({ args, options: { 'data-dir': { type: 'string' } } });
  const dataDir = values['data-dir'];
  process.stderr.write(`siphon: opening the app (Electron ${version})\n`);
  const startedMs = performance.now();
  const code = await run(program, [...sandboxSwitches(), desktop], {
    ...process.env,
    ...(dataDir === undefined ? {} : { SIPHON_DATA_DIR: dataDir }),
  });
  // A library that is missing, a screen that refuses: the engine runs all the same.
  if (code === 0 || interrupted || performance.now() - startedMs > 10_000) return code;
  process.stderr.write('siphon: the app did not start here; running the engine alone\n');
  return undefined;
}

function runEngine(): Promise<number> {
  const cli = fileURLToPath(new URL('../engine/cli/main.ts', import.meta.url));
  return run(process.execPath, [cli, 'run', '--open', '--practice-first', ...args], process.env);
}

/** Runs a program in this terminal, passes signals on to it, and gives its exit code. */
function run(program: string, programArgs: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(program, [...programArgs], { stdio: 'inherit', env });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const forward = (signal: NodeJS.Signals): void => {
    interrupted = true;
    child.kill(signal);
  };
  for (const signal of signals) process.on(signal, forward);
  return new Promise((resolve) => {
    const end = (code: number): void => {
      for (const signal of signals) process.off(signal, forward);
      resolve(code);
    };
    child.once('error', () => end(1));
    child.once('exit', (code) => end(code ?? 1));
  });
}
