import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { strToU8, zipSync } from 'fflate';
import { EngineError } from '../../base/errors.ts';
import { connectEngine } from '../client.ts';
import { type CliContext, optionsOf, outputOf, settingsOf } from '../context.ts';
import { addExamples } from '../help.ts';

/** Milliseconds that gathering may take: every check of the doctor is part of it. */
const GATHER_MS = 120_000;

/** `siphon diagnostics`: what somebody who helps needs, as one archive without secrets. */
export function addDiagnosticsCommand(program: Command, context: CliContext): void {
  const command = program
    .command('diagnostics')
    .description('gather log, checks, settings and state into one archive, with every secret taken out; nothing is sent')
    .option('--out <file>', 'where to keep it; otherwise in the folder you are in')
    .option('--show', 'print it instead of keeping it')
    .action(async (_options: unknown, self: Command) => {
      const options = optionsOf<{ out?: string; show?: boolean }>(self);
      const output = outputOf(context, options);
      const { findRunningEngine } = await import('../../host/running-engine.ts');
      const running = findRunningEngine(settingsOf(context, options).paths.dataDir);
      await using client = await connectEngine(running, context.signal);
      const bundle = await client.call((signal) => client.api.repair.bundle.query(undefined, { signal }), GATHER_MS);
      if (options.show) {
        output.result(bundle, bundle.files.map(({ name, text }) => `=== ${name}\n${text.trimEnd()}`).join('\n\n'));
        return;
      }
      const file = path.resolve(options.out ?? `${bundle.name}.zip`);
      const entries = bundle.files.map(({ name, text }) => [`${bundle.name}/${name}`, strToU8(text)] as const);
      await writeFile(file, zipSync(Object.fromEntries(entries)), { flag: 'wx', mode: 0o600 }).catch(
        (cause: NodeJS.ErrnoException) => {
          const exists = cause.code === 'EEXIST';
          throw new EngineError({
            code: exists ? 'bad-request' : 'data-dir-unwritable',
            message: exists ? `${file} is there already` : `${file} could not be written (${cause.code ?? cause.message})`,
            nextStep: 'Name another file with --out.',
            cause,
          });
        },
      );
      const { redacted } = bundle;
      output.result(
        { file, files: bundle.files.map(({ name }) => name), redacted },
        `Kept in ${file}. ${redacted} secrets and personal names were taken out; look at it before you give it away.`,
      );
    });
  addExamples(command, [
    ['siphon diagnostics', 'an archive to look at and hand over'],
    ['siphon diagnostics --show | less', 'look first'],
  ]);
}
