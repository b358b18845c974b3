// Takes the data folder and holds it until stdin ends; says "held" or the error's code, message and next step as JSON.

import { EngineError } from '../../../../engine/base/errors.ts';
import { lockDataDir } from '../../../../engine/store/data-dir-lock.ts';

const [dataDir = ''] = process.argv.slice(2);
try {
  const lock = lockDataDir({ dataDir, pid: process.pid, startedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5) });
  lock.setAddress('http://127.0.0.1:12345');
  process.stdout.write('held\n');
  process.stdin.on('end', () => lock[Symbol.dispose]()).resume();
} catch (error) {
  if (!(error instanceof EngineError)) throw error;
  process.stdout.write(`${JSON.stringify(error.toInfo())}\n`);
}
