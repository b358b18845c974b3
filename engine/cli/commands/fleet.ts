import { type Command, Option } from 'commander';
import { type FleetAdd, REMOTE_RIGHTS, type RemoteRights, type RemoteView } from '../../api/fleet.ts';
import { sleep } from '../../base/abort.ts';
import { EngineError } from '../../base/errors.ts';
import { askLine } from '../ask-line.ts';
import { connectEngine, type EngineClient } from '../client.ts';
import { type CliContext, optionsOf, outputOf, settingsOf } from '../context.ts';
import { fleetText, pairingText, remoteText } from '../fleet-text.ts';
import { addExamples } from '../help.ts';
import { portNumber } from '../parse.ts';
import { takeUp } from '../take-up.ts';

/** Milliseconds that pairing may take: each address of the rig is tried. */
const PAIR_MS = 45_000;

/** Milliseconds that a running engine gets to open or close its port. */
const OPEN_MS = 5000;

/** `siphon remote`: who reaches this machine; `siphon fleet`: which machines this one watches. */
export function addFleetCommands(program: Command, context: CliContext): void {
  addRemoteCommand(program, context);
  addFleetCommand(program, context);
}

function addRemoteCommand(program: Command, context: CliContext): void {
  const remote = program.command('remote').description('let paired machines watch and steer this one');
  addExamples(remote, [
    ['siphon remote on', 'open this machine to paired ones (TLS, port 17936)'],
    ['siphon remote pair', 'let one more machine in'],
    ['siphon remote pair --rights read-only', 'and let it only look'],
    ['siphon remote devices', 'who was paired?'],
    ['siphon remote revoke <id>', 'throw one out, at once'],
  ]);

  for (const [name, enabled] of [
    ['on', true],
    ['off', false],
  ] as const) {
    remote
      .command(name)
      .description(enabled ? 'let paired machines reach this one' : 'let no machine reach this one; pairings are kept')
      .action(async (_options: unknown, command: Command) => turn(enabled, context, command));
  }

  remote
    .command('pair')
    .description('show what lets one other machine in, for ten minutes')
    .addOption(new Option('--rights <rights>', 'what it may do').choices(REMOTE_RIGHTS).default('full'))
    .action(async (_options: unknown, command: Command) => {
      const options = optionsOf<{ rights: RemoteRights }>(command);
      await using client = await connect(context, command);
      const offer = await client.call((signal) => client.api.remote.pair.mutate({ rights: options.rights }, { signal }));
      const view = await remoteOf(client);
      outputOf(context, options).result(offer, pairingText(offer, view?.addresses ?? [], Date.now()));
    });

  remote
    .command('devices')
    .description('list the machines that were paired')
    .action(async (_options: unknown, command: Command) => {
      await using client = await connect(context, command);
      const view = await remoteOf(client);
      outputOf(context, optionsOf(command)).result(view?.devices ?? [], remoteText(view, Date.now()));
    });

  remote
    .command('revoke')
    .argument('<id>', 'as listed by siphon remote devices')
    .description('take a machine’s token back; its connections end at once')
    .action(async (id: string, _options: unknown, command: Command) => {
      await using client = await connect(context, command);
      await client.call((signal) => client.api.remote.revoke.mutate({ id }, { signal }));
      outputOf(context, optionsOf(command)).result({ revoked: id }, 'It gets in no more.');
    });
}

async function turn(enabled: boolean, context: CliContext, command: Command): Promise<void> {
  const options = optionsOf(command);
  const output = outputOf(context, options);
  const settings = settingsOf(context, options);
  await settings.change([{ path: 'remote.enabled', value: enabled }]);
  const taken = await takeUp(context, settings, output);
  if (!taken) {
    const text = enabled
      ? 'Paired machines reach this one from the next start of Siphon. Start it with: siphon run'
      : 'No machine reaches this one.';
    output.result({ enabled, listening: null }, text);
    return;
  }
  await using client = await connect(context, command);
  const view = await settled(client, enabled, context.signal);
  if (view?.error) {
    const { code, message, nextStep } = view.error;
    throw new EngineError({ code, message, ...(nextStep === undefined ? {} : { nextStep }) });
  }
  output.result(
    { enabled, listening: view?.listening ?? null, addresses: view?.addresses ?? [] },
    enabled ? remoteText(view, Date.now()) : 'No machine reaches this one. Pairings are kept.',
  );
}

/** The view once the port is open, or closed, or could not be opened. */
async function settled(client: EngineClient, enabled: boolean, signal: AbortSignal): Promise<RemoteView | null> {
  for (let waited = 0; ; waited += 100) {
    const view = await remoteOf(client);
    if (waited >= OPEN_MS || view?.error || (view?.listening != null) === enabled) return view;
    await sleep(100, signal);
  }
}

interface AddOptions {
  readonly code?: string;
  readonly tunnel?: string;
  readonly enginePort?: number;
  readonly name?: string;
}

function addFleetCommand(program: Command, context: CliContext): void {
  const fleet = program.command('fleet').description('watch and steer several machines from this one');
  addExamples(fleet, [
    ['siphon fleet add', 'asks for the pairing text that "siphon remote pair" prints on the rig'],
    ['siphon fleet add --code 192.168.1.20', 'asks for the short code of the rig at that address'],
    ['ssh -N -L 127.0.0.1:27935:127.0.0.1:17935 user@rig', 'an SSH tunnel, to keep running'],
    ['siphon fleet add --tunnel http://127.0.0.1:27935', 'asks for the token in the rig’s file api-token'],
    ['siphon fleet status', 'all of them in one table'],
  ]);

  fleet
    .command('add')
    .description('add a rig')
    .option('--code <address>', 'pair by the short code with the rig at this address')
    .option('--tunnel <address>', 'reach a rig’s local API through an SSH tunnel that ends at this address')
    .addOption(new Option('--engine-port <port>', 'with --tunnel: port of Siphon on the rig').argParser(portNumber))
    .option('--name <name>', 'what it is called here')
    .action(async (_options: unknown, command: Command) => {
      const options = optionsOf<AddOptions>(command);
      const input = await inputOf(options, context);
      await using client = await connect(context, command);
      const added = await client.call((signal) => client.api.fleet.add.mutate(input, { signal }), PAIR_MS);
      outputOf(context, options).result(added, `Added "${added.name}". See: siphon fleet status`);
    });

  for (const [name, what] of [
    ['list', 'list the rigs'],
    ['status', 'show what the rigs do'],
  ] as const) {
    fleet
      .command(name)
      .description(what)
      .action(async (_options: unknown, command: Command) => {
        await using client = await connect(context, command);
        const snapshot = await client.call((signal) => client.api.snapshot.query(undefined, { signal }));
        const list = snapshot.fleet.map(({ id, name: called, kind, address }) => ({ id, name: called, kind, address }));
        const lines = list.map((rig) => `${rig.id}  ${rig.name}  ${rig.address}`).join('\n');
        const isList = name === 'list' && list.length > 0;
        outputOf(context, optionsOf(command)).result(
          name === 'list' ? list : snapshot.fleet,
          isList ? lines : fleetText(snapshot.fleet, Date.now()),
        );
      });
  }

  fleet
    .command('remove')
    .argument('<id>', 'as listed by siphon fleet list')
    .description('forget a rig')
    .action(async (id: string, _options: unknown, command: Command) => {
      await using client = await connect(context, command);
      await client.call((signal) => client.api.fleet.remove.mutate({ id }, { signal }));
      outputOf(context, optionsOf(command)).result(
        { removed: id },
        'Removed. On the rig, siphon remote devices may still list this machine.',
      );
    });
}

async function inputOf({ code, tunnel, enginePort, name }: AddOptions, { terminal, signal }: CliContext): Promise<FleetAdd> {
  if (code !== undefined && tunnel !== undefined) {
    throw new EngineError({
      code: 'bad-request',
      message: 'give --code or --tunnel, not both',
      nextStep: 'See: siphon help fleet',
    });
  }
  const named = name === undefined ? {} : { name };
  if (code !== undefined) {
    return { kind: 'code', address: code, code: await askLine({ prompt: 'Code', hidden: false, terminal, signal }), ...named };
  }
  if (tunnel !== undefined) {
    const token = await askLine({ prompt: 'Token of the rig', hidden: true, terminal, signal });
    return { kind: 'tunnel', address: tunnel, token, ...(enginePort === undefined ? {} : { enginePort }), ...named };
  }
  return { kind: 'link', text: await askLine({ prompt: 'Pairing text', hidden: false, terminal, signal }), ...named };
}

async function remoteOf(client: EngineClient): Promise<RemoteView | null> {
  return (await client.call((signal) => client.api.snapshot.query(undefined, { signal }))).remote;
}

async function connect(context: CliContext, command: Command): Promise<EngineClient> {
  // Loaded only now: help and completion must not wait for SQLite.
  const { findRunningEngine } = await import('../../host/running-engine.ts');
  const { paths } = settingsOf(context, optionsOf(command));
  return await connectEngine(findRunningEngine(paths.dataDir), context.signal);
}
