import type { Command } from 'commander';
import type { OrchestratorView } from '../../api/orchestrator.ts';
import { EngineError } from '../../base/errors.ts';
import { connectEngine, type EngineClient } from '../client.ts';
import { type CliContext, optionsOf, outputOf, settingsOf } from '../context.ts';
import { addExamples } from '../help.ts';
import { orchestratorText, pricesText, transcodersText, whyText } from '../orchestrator-text.ts';
import { takeUp } from '../take-up.ts';

interface PriceOptions {
  readonly gateway?: string;
  readonly remove?: boolean;
}

interface TranscoderOptions {
  readonly drain?: string;
  readonly remove?: string;
}

/** `siphon orchestrator`: this machine's own orchestrator. */
export function addOrchestratorCommand(program: Command, context: CliContext): void {
  const orchestrator = program.command('orchestrator').description('see and steer the orchestrator of this machine');
  addExamples(orchestrator, [
    ['siphon orchestrator status', 'address, streams, transcoders'],
    ['siphon orchestrator why', 'why does no work come?'],
    ['siphon orchestrator secret', 'what transcoders must know to work for it'],
    ['siphon orchestrator price 0.02USD/1e12pixels', 'ask this of everyone'],
    ['siphon orchestrator price 900wei --gateway 0x3bbe…', 'and this of one gateway'],
    ['siphon orchestrator transcoders --drain <id>', 'give one no new streams'],
  ]);

  orchestrator
    .command('status')
    .description('show what it does')
    .option('--check', 'first try again whether it is reached at its service URI')
    .action(async (_options: unknown, command: Command) => {
      const options = optionsOf<{ check?: boolean }>(command);
      await using client = await connect(context, command);
      if (options.check) {
        await client.call((signal) => client.api.checkReachability.mutate(undefined, { signal }), CHECK_MS);
      }
      const view = await viewOf(client);
      outputOf(context, options).result(view, orchestratorText(view, Date.now()));
    });

  orchestrator
    .command('why')
    .description('go through the reasons why no work may come')
    .action(async (_options: unknown, command: Command) => {
      await using client = await connect(context, command);
      const { whyNoWork } = await viewOf(client);
      outputOf(context, optionsOf(command)).result(whyNoWork, whyText(whyNoWork));
    });

  orchestrator
    .command('secret')
    .description('print what transcoders must know; whoever has it can take work, so keep it to yourself')
    .action(async (_options: unknown, command: Command) => {
      const options = optionsOf(command);
      const secret = await settingsOf(context, options)
        .ownSecret()
        .catch((cause: unknown) => {
          if (!(cause instanceof EngineError) || cause.code !== 'secrets-sealed') throw cause;
          throw new EngineError({
            code: 'secrets-sealed',
            message: 'the desktop app keeps this secret encrypted, so it cannot be shown here',
            nextStep: 'Invite transcoders instead: siphon invite create, or "Invite" on the orchestrator page.',
            cause,
          });
        });
      outputOf(context, options).result({ secret }, secret);
    });

  orchestrator
    .command('transcoders')
    .description('list who transcodes for it')
    .option('--drain <id>', 'give this one no new streams')
    .option('--remove <id>', 'end its registration; it may come back')
    .action(async (_options: unknown, command: Command) => {
      const options = optionsOf<TranscoderOptions>(command);
      await using client = await connect(context, command);
      const { drain, remove } = options;
      if (drain !== undefined) await client.call((signal) => client.api.drainTranscoder.mutate({ id: drain }, { signal }));
      if (remove !== undefined) await client.call((signal) => client.api.removeTranscoder.mutate({ id: remove }, { signal }));
      const view = await viewOf(client);
      const text = view.transcoderCount === 0 ? 'No transcoder is connected.' : transcodersText(view, Date.now());
      outputOf(context, options).result(view.transcoders, text);
    });

  orchestrator
    .command('price')
    .argument('[price]', 'like 1000wei (for each pixel) or 0.02USD/1e12pixels; without it, prices are shown')
    .description('show or change what it asks for; new streams pay the new price at once')
    .option('--gateway <address>', 'the price of this gateway alone (its Ethereum address)')
    .option('--remove', 'with --gateway: it is asked what everyone is')
    .action(async (price: string | undefined, _options: unknown, command: Command) => changePrice(context, price, command));
}

/** Milliseconds that trying to reach the service URI may take. */
const CHECK_MS = 20_000;

async function changePrice(context: CliContext, price: string | undefined, command: Command): Promise<void> {
  const options = optionsOf<PriceOptions>(command);
  const { gateway, remove = false } = options;
  const output = outputOf(context, options);
  const settings = settingsOf(context, options);
  if (remove && (gateway === undefined || price !== undefined)) throw wrongUse('--remove needs --gateway, and no price');
  if (price === undefined && gateway !== undefined && !remove) throw wrongUse('a price for this gateway is missing');
  if (price !== undefined || remove) {
    const path =
      gateway === undefined ? 'ownOrchestrator.price' : `ownOrchestrator.pricePerGateway.${gateway.trim().toLowerCase()}`;
    await settings.change([{ path, value: remove ? undefined : price }]);
    const taken = await takeUp(context, settings, output);
    if (taken?.error) throw new EngineError({ code: taken.error.code, message: taken.error.message });
  }
  const { ownOrchestrator } = await settings.effective();
  const written = { base: ownOrchestrator.price, perGateway: ownOrchestrator.pricePerGateway };
  const lines = [
    `for everyone: ${written.base}`,
    ...Object.entries(written.perGateway).map(([address, text]) => `for ${address}: ${text}`),
  ];
  const worth = await runningPrices(context, command);
  output.result(worth ?? written, worth ? pricesText(worth) : lines.join('\n'));
}

/** The prices of the running orchestrator with what they are worth; undefined when none runs. */
async function runningPrices(context: CliContext, command: Command): Promise<OrchestratorView['prices'] | undefined> {
  try {
    await using client = await connect(context, command);
    const view = await viewOf(client);
    return view.editable ? view.prices : undefined;
  } catch (error) {
    if (error instanceof EngineError && (error.code === 'not-ready' || error.code === 'not-found')) return undefined;
    throw error;
  }
}

function wrongUse(message: string): EngineError {
  return new EngineError({ code: 'bad-request', message, nextStep: 'See: siphon help orchestrator' });
}

async function viewOf(client: EngineClient): Promise<OrchestratorView> {
  const { orchestrator } = await client.call((signal) => client.api.snapshot.query(undefined, { signal }));
  if (orchestrator) return orchestrator;
  throw new EngineError({
    code: 'not-found',
    message: 'the running Siphon has no orchestrator of its own',
    nextStep: 'To run one: siphon config set deploymentType solo',
  });
}

async function connect(context: CliContext, command: Command): Promise<EngineClient> {
  // Loaded only now: help and completion must not wait for SQLite.
  const { findRunningEngine } = await import('../../host/running-engine.ts');
  const { paths } = settingsOf(context, optionsOf(command));
  return await connectEngine(findRunningEngine(paths.dataDir), context.signal);
}
