// `npm start`: builds the page when it changed, then runs the engine: the practice network, until the page or a command has
// chosen something else. Opens the page where there is a display. Arguments go to `siphon run`, e.g. `npm start -- --practice`.
import { spawn } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from './build.ts';

await ensureBuilt();
const cli = fileURLToPath(new URL('../engine/cli/main.ts', import.meta.url));
const child = spawn(process.execPath, [cli, 'run', '--open', '--practice-first', ...process.argv.slice(2)], {
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
