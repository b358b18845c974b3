import type { Command } from 'commander';
import type { Hardware } from '../../api/hardware.ts';
import { EngineError } from '../../base/errors.ts';
import { connectEngine } from '../client.ts';
import { type CliContext, type GlobalOptions, optionsOf, outputOf, settingsOf } from '../context.ts';
import { formatHardware } from '../gpus-view.ts';
import { addExamples } from '../help.ts';
import { positiveInteger } from '../parse.ts';
import { Progress } from '../progress.ts';
import { takeUp } from '../take-up.ts';

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
    ['siphon gpus off 1', 'take the second card out; a running Siphon finishes its segments first'],
  ]);
  addSwitch(
    command,
    context,
    'off',
    'use a GPU (or the processor) no more: its work is finished, then nothing of Siphon runs on it',
  );
  addSwitch(command, context, 'on', 'use a GPU (or the processor) again');
  const limit = command
    .command('limit')
    .description('set how many streams a GPU (or the processor) carries at once')
    .argument('<device>', DEVICE)
    .argument('<streams>', 'a number, or auto: as measured', (text) => (text === 'auto' ? text : positiveInteger(text)))
    .action(async (device: string, streams: number | 'auto', _options: unknown, self: Command) => {
      const { section, name } = await findDevice(context, optionsOf(self), device);
      await change(context, self, `${section}.sessions`, streams, `${name}: ${streams} streams at once`);
    });
  addExamples(limit, [
    ['siphon gpus limit 0 4', 'at most four streams on the first card'],
    ['siphon gpus limit GPU-1f2e auto', 'as measured'],
  ]);
}

const DEVICE = 'its UUID or the beginning of it, its index, or cpu';

function addSwitch(gpus: Command, context: CliContext, name: 'on' | 'off', what: string): void {
  gpus
    .command(name)
    .description(what)
    .argument('<device>', DEVICE)
    .action(async (device: string, _options: unknown, self: Command) => {
      const found = await findDevice(context, optionsOf(self), device);
      await change(context, self, `${found.section}.enabled`, name === 'on', `${found.name} is switched ${name}`);
    });
}

/** Writes one setting and has a running engine take it up. */
async function change(context: CliContext, self: Command, path: string, value: unknown, text: string): Promise<void> {
  const options = optionsOf(self);
  const settings = settingsOf(context, options);
  const output = outputOf(context, options);
  await settings.change([{ path, value }]);
  output.result({ path, value }, text);
  await takeUp(context, settings, output);
}

/**
 * Where the settings of a device are, and its name. A whole UUID needs no running engine and no card.
 * @throws EngineError not-found, bad-request
 */
async function findDevice(context: CliContext, options: GlobalOptions, text: string): Promise<{ section: string; name: string }> {
  if (text.toLowerCase() === 'cpu') return { section: 'cpu', name: 'The processor' };
  if (/^(GPU|MIG)-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return { section: `gpus.${text}`, name: text };
  const { gpus } = (await fromRunningEngine(context, options)) ?? (await inspect(context, false));
  const fitting = gpus.filter(({ uuid, index }) => String(index) === text || uuid.toLowerCase().startsWith(text.toLowerCase()));
  const [found, ...others] = fitting;
  if (found && others.length === 0) return { section: `gpus.${found.uuid}`, name: found.name };
  throw new EngineError({
    code: found ? 'bad-request' : 'not-found',
    message: found ? `"${text}" fits ${fitting.length} cards` : `there is no card "${text}"`,
    nextStep: 'List the cards with: siphon gpus',
  });
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
