// Entry of every npm script: brings packages and Node 24 if missing, then runs the task's TypeScript program on it.
import process from 'node:process';
import { ensureInstalled, runOnNode24 } from './lib/runtime.mjs';

const [task = 'start', ...args] = process.argv.slice(2);
if (!/^[a-z-]+$/.test(task)) {
  process.stderr.write(`siphon: unknown task "${task}"\n`);
  process.exit(2);
}
ensureInstalled();
runOnNode24(`scripts/${task}.ts`, args);
