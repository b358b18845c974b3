import type { Command } from 'commander';
import type { Hardware } from '../../api/hardware.ts';
import { EngineError } from '../../base/errors.ts';
import { connectEngine } from '../client.ts';
import { type CliContext, type GlobalOptions, optionsOf, outputOf, settingsOf } from '../context.ts';
import { formatHardware } from '../gpus-view.ts';
import { addExamples } from '../help.ts';
import { Progress } from '../progress.ts';

/** `siphon gpus`: what this machine's cards are and can really do. */
export function addGpusCommand(program: Command, context: CliContext): void {
  const command = program
    .command('gpus')
    .description('show the GPUs, what each can really do, and the NVENC session budget')
    .option('--fresh', 'try everything now, even while Siphon runs')
    .action(async (_options: unknown, self: Command) => {
      const options = optionsOf<{ fresh?: boolean }>(self);
      const output = outputOf(context, options);
      const known = options.fresh ? undefined : await fromRunningEngine(context, options);
      const hardware = known ?? (await inspect(context, !output.json && !output.quiet));
      output.result(hardware, formatHardware(hardware).trimEnd());
    });
  addExamples(command, [
    ['siphon gpus', ''],
    ['siphon gpus --json | jq ".gpus[].uuid"', 'the UUIDs that settings name'],
  ]);
}

/** A running engine knows already, and what it encodes must not be disturbed. */
async function fromRunningEngine(context: CliContext, options: GlobalOptions): Promise<Hardware | undefined> {
  const { findRunningEngine } = await import('../../host/running-engine.ts');
  try {
    const { paths } = settingsOf(context, options);
    await using client = await connectEngine(findRunningEngine(paths.dataDir), context.signal);
    const snapshot = await client.call((signal) => client.api.snapshot.query(undefined, { signal }));
    return snapshot.hardware ?? undefined;
  } catch (error) {
    if (error instanceof EngineError && error.code === 'not-ready') return undefined;
    throw error;
  }
}

async function inspect(context: CliContext, shown: boolean): Promise<Hardware> {
  const { inspectHardware } = await import('../../host/inspect.ts');
  using progress = new Progress(context.terminal, 'Trying what this machine can do …', shown);
  progress.update(0, null);
  return await inspectHardware(context.signal);
}
