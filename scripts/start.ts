// `npm start`: builds the page when it changed, then runs the engine: the practice network, unless an orchestrator was joined.
// Opens the page where there is a display. Arguments go to `siphon run`, e.g. `npm start -- --practice --exit-after 5`.
import { spawn } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadConfig } from '../engine/config/config-file.ts';
import { resolvePaths } from '../engine/config/paths.ts';
import { ensureBuilt } from './build.ts';

const args = process.argv.slice(2);
const { values } = parseArgs({ args, options: { 'data-dir': { type: 'string' } }, strict: false, allowPositionals: true });
const dataDir = typeof values['data-dir'] === 'string' ? values['data-dir'] : undefined;

/** True while nothing was chosen yet. A configuration that cannot be read is the engine's to report. */
async function isFirstRun(): Promise<boolean> {
  try {
    const { exists } = await loadConfig(resolvePaths({ dataDir, env: process.env }).configFile);
    return !exists;
  } catch {
    return false;
  }
}

await ensureBuilt();
const practice = !args.includes('--practice') && (await isFirstRun()) ? ['--practice'] : [];
const cli = fileURLToPath(new URL('../engine/cli/main.ts', import.meta.url));
const child = spawn(process.execPath, [cli, 'run', '--open', ...practice, ...args], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
