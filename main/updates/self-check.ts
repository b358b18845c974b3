import { spawn } from 'node:child_process';
import { UpdateError } from './update-error.ts';

/** The switch that makes Siphon say its version and end: before anything else is touched. */
const SWITCH = '--siphon-version-check';

/** Milliseconds that a new version gets to say what it is: a cold disk, a virus scanner, a slow unpacking. */
const LIMIT_MS = 60_000;

/** The line that answers the switch; undefined when it wasn't given. For the first lines of the main process. */
export function selfCheckAnswer(argv: readonly string[], version: string): string | undefined {
  return argv.includes(SWITCH) ? `siphon-version ${version}\n` : undefined;
}

/**
 * Runs a new version before it is put in place: it must start on this machine and be the version that was announced.
 * @throws UpdateError `does-not-start`
 */
export function checkStarts(program: string, version: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args, SWITCH], {
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    let said = '';
    child.stdout.on('data', (piece: Buffer) => {
      if (said.length < 4096) said += piece.toString('utf8');
    });
    child.on('error', (error) => reject(new UpdateError('does-not-start', error.message)));
    child.on('close', (code, signal) => {
      if (said.split('\n').includes(`siphon-version ${version}`)) resolve();
      else reject(new UpdateError('does-not-start', `exit ${code ?? signal}, said ${JSON.stringify(said.slice(0, 200))}`));
    });
  });
}
