// `npm start`: builds the page when it changed, then runs the engine: the practice network, unless an orchestrator was joined.
// Opens the page where there is a display. Arguments go to `siphon run`, e.g. `npm start -- --practice --exit-after 5`.
import { spawn } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from './build.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
await ensureBuilt();

const child = spawn(process.execPath, ['engine/cli/main.ts', 'run', '--first-run-practice', '--open', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
