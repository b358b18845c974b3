import { type Command, InvalidArgumentError, Option } from 'commander';
import { type CreatedInvite, type CreateInvite, CreateInviteSchema, type InviteListing } from '../../api/invite.ts';
import { EngineError } from '../../base/errors.ts';
import { connectEngine, type EngineClient } from '../client.ts';
import { type CliContext, optionsOf, outputOf, settingsOf } from '../context.ts';
import { addExamples } from '../help.ts';
import { inviteListText, inviteText } from '../invite-text.ts';

interface CreateOptions {
  readonly once?: boolean;
  /** Milliseconds; 0 = never. */
  readonly expires: number;
  readonly name: string;
  readonly for?: string;
  readonly terms?: string;
  readonly commission?: number;
  readonly minimumPayout?: string;
  readonly currency?: string;
  readonly note?: string;
}

const DAY_MS = 24 * 3600_000;
const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3600_000, d: DAY_MS, w: 7 * DAY_MS };

/** `siphon invite`: invitations to this machine's own orchestrator. */
export function addInviteCommand(program: Command, context: CliContext): void {
  const invite = program.command('invite').description('invite transcoders to the orchestrator of this machine');
  addExamples(invite, [
    ['siphon invite create --once --name "Ada’s pool"', 'a link that works once, for a week'],
    ['siphon invite create --name "My rig" --expires never', 'a link for all machines of one’s own'],
    ['siphon invite create --once --name Ada --terms "Paid weekly" --commission 5', 'with payout terms'],
    ['siphon invite list', 'who was invited, and who came'],
    ['siphon invite revoke q1w2e3r4', 'take one back that was not used yet'],
  ]);

  invite
    .command('create')
    .description('make an invite and print its link; whoever has the link can join')
    .requiredOption('--name <name>', 'who invites: shown before the other side accepts')
    .option('--once', 'it works once and can be revoked; otherwise it carries the secret itself')
    .addOption(
      new Option('--expires <time>', 'when it expires: 30m, 12h, 7d, 4w or never').argParser(lifetime).default(7 * DAY_MS, '7d'),
    )
    .option('--for <label>', 'whom it is for; kept in the list only')
    .option('--terms <text>', 'payout terms in words')
    .addOption(new Option('--commission <percent>', 'what the operator keeps').argParser(percent))
    .addOption(new Option('--minimum-payout <wei>', 'least amount that is paid out, wei').argParser(wei))
    .option('--currency <name>', 'what is paid in (ETH unless said)')
    .option('--note <text>', 'a line for the one who is invited')
    .action(async (_options: unknown, command: Command) => {
      const options = optionsOf<CreateOptions>(command);
      await using client = await connect(context, command);
      const input = inputOf(options);
      const made: CreatedInvite = await client.call((signal) => client.api.invites.create.mutate(input, { signal }));
      const output = outputOf(context, options);
      for (const { text } of made.warnings) output.note(text);
      output.result(made, `${inviteText(made.invite, Date.now())}\n\n${made.link}`);
    });

  invite
    .command('list')
    .description('show the invites that were made, and what became of them')
    .action(async (_options: unknown, command: Command) => {
      await using client = await connect(context, command);
      const list: readonly InviteListing[] = await client.call((signal) => client.api.invites.list.query(undefined, { signal }));
      outputOf(context, optionsOf(command)).result(list, inviteListText(list, Date.now()));
    });

  invite
    .command('revoke')
    .description('take a one-time invite back that was not used yet')
    .argument('<id>', 'as siphon invite list shows it')
    .action(async (id: string, _options: unknown, command: Command) => {
      await using client = await connect(context, command);
      await client.call((signal) => client.api.invites.revoke.mutate({ id }, { signal }));
      outputOf(context, optionsOf(command)).result({ id, state: 'revoked' }, `Revoked: ${id} no longer works.`);
    });
}

function inputOf(options: CreateOptions): CreateInvite {
  const { name, once = false, expires, terms, commission, minimumPayout, currency, note } = options;
  if (once && expires === 0) {
    throw new EngineError({ code: 'bad-request', message: 'a one-time invite needs a time at which it expires' });
  }
  const given = {
    ...(terms === undefined ? {} : { text: terms }),
    ...(commission === undefined ? {} : { commissionPpm: commission }),
    ...(minimumPayout === undefined ? {} : { minimumPayoutWei: minimumPayout }),
    ...(currency === undefined ? {} : { currency: currency.toUpperCase() }),
  };
  const parsed = CreateInviteSchema.safeParse({
    operator: name,
    once,
    expiresInMs: expires === 0 ? null : expires,
    ...(options.for === undefined ? {} : { label: options.for }),
    ...(Object.keys(given).length === 0 ? {} : { terms: given }),
    ...(note === undefined ? {} : { note }),
  });
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path, message }) => `${path.at(-1)?.toString() ?? 'it'} (${message})`).join(', ');
  throw new EngineError({ code: 'bad-request', message: `the invite cannot be made: ${wrong}`, nextStep: 'Use shorter texts.' });
}

async function connect(context: CliContext, command: Command): Promise<EngineClient> {
  const settings = settingsOf(context, optionsOf(command));
  const { findRunningEngine } = await import('../../host/running-engine.ts');
  return connectEngine(findRunningEngine(settings.paths.dataDir), context.signal);
}

/** Milliseconds; 0 = never, since null would mean that the option has no value. */
function lifetime(text: string): number {
  if (text === 'never') return 0;
  const [, amount, unit = ''] = /^(\d{1,5})([mhdw])$/.exec(text) ?? [];
  const ms = Number(amount) * (UNITS[unit] ?? Number.NaN);
  if (Number.isFinite(ms) && ms >= 60_000 && ms <= 366 * DAY_MS) return ms;
  throw new InvalidArgumentError('It is a time like 30m, 12h, 7d or 4w (at most 366d), or never.');
}

/** Percent to millionths, exactly. */
function percent(text: string): number {
  const [, whole, part = ''] = /^(\d{1,3})(?:\.(\d{1,4}))?%?$/.exec(text) ?? [];
  const ppm = Number(whole) * 10_000 + Number(part.padEnd(4, '0'));
  if (Number.isInteger(ppm) && ppm <= 1_000_000) return ppm;
  throw new InvalidArgumentError('It is a share in percent, from 0 to 100.');
}

function wei(text: string): string {
  if (/^(0|[1-9]\d{0,59})$/.test(text)) return text;
  throw new InvalidArgumentError('It is a whole number of wei.');
}
