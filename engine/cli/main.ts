// The `siphon` command.
import process from 'node:process';
import { CommanderError } from 'commander';
import { EngineError } from '../base/errors.ts';
import { EXIT, exitCodeFor } from './exit-codes.ts';
import { Output } from './output.ts';
import { createProgram } from './program.ts';
import type { Terminal } from './terminal.ts';

const terminal: Terminal = { stdout: process.stdout, stderr: process.stderr, stdin: process.stdin, env: process.env };

/** First signal: end in order. Second: at once. */
function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort(new EngineError({ code: 'aborted', message: 'interrupted' }));
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  return controller.signal;
}

/** A reader that went away (`| head`) is no failure. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? EXIT.ok);
  throw error;
}

async function main(): Promise<number> {
  process.stdout.on('error', ignoreClosedPipe);
  process.stderr.on('error', ignoreClosedPipe);
  const signal = interruptSignal();
  let exitCode: number = EXIT.ok;
  const program = createProgram({
    terminal,
    signal,
    setExitCode: (code) => {
      exitCode = code;
    },
  });
  try {
    if (process.argv.length <= 2) {
      program.outputHelp();
      return EXIT.ok;
    }
    await program.parseAsync(process.argv);
    return exitCode;
  } catch (error) {
    const json = process.argv.includes('--json');
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return EXIT.ok;
      // Commander has told the person; scripts are told here.
      const info = { code: 'bad-request', message: error.message.replace(/^error: /, '') };
      if (json) terminal.stdout.write(`${JSON.stringify({ event: 'error', error: info })}\n`);
      return EXIT.usage;
    }
    const output = new Output(terminal, { json, quiet: false });
    if (signal.aborted) {
      output.note('interrupted');
      return EXIT.interrupted;
    }
    return exitCodeFor(output.error(error).code);
  }
}

process.exitCode = await main();
