import { createInterface } from 'node:readline/promises';
import { type Command, Option } from 'commander';
import { type AcceptInvite, type AcceptResult, JOIN_TYPES, type JoinTarget, MAX_JOIN_TEXT } from '../../api/invite.ts';
import { systemClock } from '../../base/clock.ts';
import { EngineError } from '../../base/errors.ts';
import { parseServiceUri, type Settings } from '../../host/settings.ts';
import { connectEngine } from '../client.ts';
import { type CliContext, optionsOf, outputOf, settingsOf } from '../context.ts';
import { plain } from '../format.ts';
import { addExamples } from '../help.ts';
import { targetText } from '../invite-text.ts';
import type { Output } from '../output.ts';
import { runEngine } from '../run-engine.ts';
import { readSecret } from '../secret-input.ts';

interface JoinOptions {
  readonly secret?: string;
  readonly secretFile?: string;
  readonly as?: (typeof JOIN_TYPES)[number];
  readonly payoutAddress?: string;
  readonly yes?: boolean;
  readonly run: boolean;
}

/** Milliseconds for a running engine to exchange a code, finish its segments and start other roles. */
const TAKE_UP_MS = 120_000;

/** `siphon join`: keeps an orchestrator and its secret, then works for it. By invite, or by address and secret. */
export function addJoinCommand(program: Command, context: CliContext): void {
  const command = program
    .command('join')
    .description('work for an orchestrator: by its invite, or by its address and secret')
    .argument(
      '<invite-or-address>',
      'siphon://join?… or https://orchestrator.example:8935; - reads an invite from standard input',
    )
    .option('--secret <secret>', 'secret of an address; other users of this machine can see it here, so prefer the next two')
    .option('--secret-file <file>', 'read the secret from a file; - reads standard input')
    .addOption(
      new Option('--as <type>', 'how this machine takes part (an invite: pool-node, an address: siphon)').choices(JOIN_TYPES),
    )
    .option('--payout-address <address>', 'Ethereum address that earnings are to go to')
    .option('-y, --yes', 'accept an invite without being asked')
    .option('--no-run', 'only keep the settings')
    .action(async (text: string, _options: unknown, self: Command) => {
      const options = optionsOf<JoinOptions>(self);
      const output = outputOf(context, options);
      const settings = settingsOf(context, options);
      const { Joining } = await import('../../host/joining.ts');
      const joining = new Joining({ settings, clock: systemClock, configure: (changes) => keep(settings, changes) });
      const given = text === '-' ? await fromStdin(context) : text;
      // A file with mistakes is reported before anybody types a secret.
      await settings.readFile();
      const target = await inspected(joining, given);
      const secret =
        target.kind === 'address' ? await secretFor(target.serviceUri, options, settings, context, output) : undefined;
      if (target.kind === 'invite') {
        if (text !== '-' && target.invite.access === 'secret') {
          output.warn(
            'an invite with a secret on the command line can be seen by other users of this machine; siphon join - is safer',
          );
        }
        await confirm(target, options, context, output);
      }
      const input: AcceptInvite = {
        text: given,
        ...(secret === undefined ? {} : { secret }),
        ...(options.as === undefined ? {} : { as: options.as }),
        ...(options.payoutAddress === undefined ? {} : { payoutAddress: options.payoutAddress }),
      };
      const running = await acceptInRunning(context, settings, input);
      const accepted = running ?? (await joining.accept(input, context.signal));
      const saved = `Kept ${accepted.serviceUri} in ${settings.paths.configFile}, its secret in ${settings.paths.secretsFile}.`;
      const { serviceUri, deploymentType, operator, payoutAddress } = accepted;
      const result = { serviceUri, deploymentType, operator, payoutAddress, configFile: settings.paths.configFile };
      if (running) output.result(result, `${saved}\nThe running Siphon works for it now.`);
      else if (options.run) {
        output.note(saved);
        await runEngine({ context, options, settings, endWhenRefused: true });
      } else output.result(result, `${saved}\nStart working with: siphon run`);
    });
  addExamples(command, [
    ['siphon join "siphon://join?v=1&i=…"', 'shows the invite, asks, then works'],
    ['siphon join - --yes < invite.txt', 'for scripts'],
    ['siphon join https://orchestrator.example:8935', 'asks for the secret, then works'],
    ['siphon join orchestrator.example:8935 --secret-file secret.txt', 'for scripts'],
    ['pass show pool | siphon join https://pool.example:8935 --as pool-node --no-run', 'the secret from a password manager'],
  ]);
}

/** What a text says; one that is neither invite nor address is told as an address would be. */
async function inspected(joining: { inspect(text: string): Promise<JoinTarget> }, text: string): Promise<JoinTarget> {
  try {
    return await joining.inspect(text);
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'invite-not-one') throw error;
    return { kind: 'address', serviceUri: parseServiceUri(text), warnings: [] };
  }
}

async function secretFor(
  serviceUri: string,
  options: JoinOptions,
  settings: Settings,
  context: CliContext,
  output: Output,
): Promise<string> {
  const secret = (await readSecret(options, context.terminal, output, context.signal)) ?? (await settings.orchestratorSecret());
  if (secret !== undefined) return secret;
  throw new EngineError({
    code: 'bad-request',
    message: `the secret for ${serviceUri} is missing`,
    nextStep: 'Give it with --secret-file <file>, or run the command in a terminal and type it.',
  });
}

/** Without an engine the settings are written, and hold from the next start. */
async function keep(settings: Settings, changes: ReadonlyArray<{ readonly path: string; readonly value: unknown }>) {
  await settings.change(changes);
  return { changed: changes.map(({ path }) => path), rolesChanged: false, atNextStart: [] };
}

/** Has a running engine take it up; undefined when none runs on these settings. */
async function acceptInRunning(context: CliContext, settings: Settings, input: AcceptInvite): Promise<AcceptResult | undefined> {
  try {
    const { findRunningEngine } = await import('../../host/running-engine.ts');
    await using client = await connectEngine(findRunningEngine(settings.paths.dataDir), context.signal);
    return await client.call((signal) => client.api.invites.accept.mutate(input, { signal }), TAKE_UP_MS);
  } catch (error) {
    if (error instanceof EngineError && error.code === 'not-ready' && /no Siphon is running|does not answer/.test(error.message))
      return undefined;
    throw error;
  }
}

/** @throws EngineError when the person says no, or cannot be asked */
async function confirm(target: JoinTarget, options: JoinOptions, context: CliContext, output: Output): Promise<void> {
  output.note(targetText(target, Date.now()));
  for (const { text } of target.warnings) output.warn(plain(text));
  if (options.yes) return;
  const { stdin, stderr } = context.terminal;
  if (!stdin.isTTY) {
    throw new EngineError({
      code: 'bad-request',
      message: 'an invite is accepted by a person, and there is no terminal to ask at',
      nextStep: 'Add --yes to accept it without being asked.',
    });
  }
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    const answer = await lines.question('Work for this orchestrator? [y/N] ', { signal: context.signal });
    if (/^y(es)?$/i.test(answer.trim())) return;
  } finally {
    lines.close();
  }
  throw new EngineError({ code: 'aborted', message: 'the invite was not accepted; nothing was changed' });
}

async function fromStdin({ terminal }: CliContext): Promise<string> {
  let text = '';
  for await (const chunk of terminal.stdin.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > MAX_JOIN_TEXT) break;
  }
  return text.slice(0, MAX_JOIN_TEXT);
}
