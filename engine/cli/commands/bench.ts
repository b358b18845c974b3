import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { EngineError } from '../../base/errors.ts';
import { type CliContext, optionsOf } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { addExamples } from '../help.ts';

/** Milliseconds between asking the benchmark to end and ending it. */
const KILL_MS = 5000;

/** `siphon bench`: the project's benchmark against ffmpeg; part of a checkout, not of an installation. */
export function addBenchCommand(program: Command, context: CliContext): void {
  const command = program
    .command('bench')
    .description('measure this machine: Siphon against one ffmpeg per segment')
    .argument('[arguments...]', 'passed on to the benchmark, after --')
    .action(async (args: readonly string[], _options: unknown, self: Command) => {
      const script = fileURLToPath(new URL('../../../scripts/bench.ts', import.meta.url));
      if (!existsSync(script)) {
        throw new EngineError({
          code: 'not-found',
          message: 'the benchmark is part of the source code, which is not here',
          nextStep: 'Clone the repository and run: npm run bench',
        });
      }
      const passed = optionsOf(self).json && !args.includes('--json') ? ['--json', ...args] : [...args];
      const child = spawn(process.execPath, [script, ...passed], { stdio: 'inherit' });
      const end = (): void => {
        child.kill('SIGTERM');
        setTimeout(() => child.kill('SIGKILL'), KILL_MS).unref();
      };
      context.signal.addEventListener('abort', end, { once: true });
      const [code] = (await once(child, 'exit')) as [number | null];
      context.signal.removeEventListener('abort', end);
      context.setExitCode(context.signal.aborted ? EXIT.interrupted : (code ?? EXIT.failure));
    });
  addExamples(command, [
    ['siphon bench', ''],
    ['siphon bench --json', ''],
    ['siphon bench -- --help', 'what the benchmark can be asked for'],
  ]);
}
