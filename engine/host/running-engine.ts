import { EngineError } from '../base/errors.ts';
import { readDataDirHolder } from '../store/data-dir-lock.ts';
import { readToken } from './access.ts';

/** An engine that runs (or ran until it was killed) on a data folder. */
export interface RunningEngine {
  readonly pid: number;
  readonly startedAtMs: number;
  readonly address: string;
  /** Bearer token of its local API. */
  readonly token: string;
}

/**
 * Finds the engine that runs on a data folder, from the notes it left there.
 * @throws EngineError not-ready when none does, or its token cannot be read
 */
export function findRunningEngine(dataDir: string): RunningEngine {
  const holder = readDataDirHolder(dataDir);
  const startIt = 'Start it with: siphon run. If it uses another folder, name it with --data-dir.';
  if (!holder || !isAlive(holder.pid)) {
    throw new EngineError({ code: 'not-ready', message: `no Siphon is running on ${dataDir}`, nextStep: startIt });
  }
  const { pid, startedAtMs, address } = holder;
  if (address === undefined) {
    throw new EngineError({
      code: 'not-ready',
      message: `Siphon (process ${pid}) is just starting`,
      nextStep: 'Try again in a moment.',
    });
  }
  try {
    return { pid, startedAtMs, address, token: readToken(dataDir) };
  } catch (error) {
    throw new EngineError({
      code: 'not-ready',
      message: `the token of the running Siphon in ${dataDir} cannot be read`,
      nextStep: 'Run this command as the user who started Siphon.',
      cause: error,
    });
  }
}

/** Whether an engine runs on a data folder. */
export function isRunning(dataDir: string): boolean {
  try {
    return findRunningEngine(dataDir).pid > 0;
  } catch {
    return false;
  }
}

/** Whether a process exists; one of another user (EPERM) does. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
