import { type Command, Option } from 'commander';
import type { LogLine } from '../../api/commands.ts';
import { connectEngine, type EngineClient } from '../client.ts';
import { type CliContext, optionsOf, outputOf, settingsOf } from '../context.ts';
import { parseDuration } from '../durations.ts';
import { formatDuration, formatTime, plain } from '../format.ts';
import { addExamples } from '../help.ts';
import { positiveInteger } from '../parse.ts';
import { statusHead, statusText } from '../status-text.ts';

/** Milliseconds for commands that wait until running segments have ended. */
const DRAIN_MS = 60_000;

/** `siphon status`, `logs`, `pause`, `resume`, `stop`: talk to the running engine over its local API. */
export function addControlCommands(program: Command, context: CliContext): void {
  const status = program
    .command('status')
    .description('show what the running Siphon does')
    .option('--link', 'print the link to its page; it carries the key, so keep it to yourself')
    .action(async (_options: unknown, command: Command) => {
      if (optionsOf<{ link?: boolean }>(command).link) {
        const { findRunningEngine } = await import('../../host/running-engine.ts');
        const { address, token } = findRunningEngine(settingsOf(context, optionsOf(command)).paths.dataDir);
        const link = `${address}/#token=${token}`;
        outputOf(context, optionsOf(command)).result({ link }, link);
        return;
      }
      await using client = await connect(context, command);
      const snapshot = await client.call((signal) => client.api.snapshot.query(undefined, { signal }));
      outputOf(context, optionsOf(command)).result(snapshot, statusText(snapshot, Date.now()));
    });
  addExamples(status, [
    ['siphon status', ''],
    ['siphon status --link', 'open its page in another browser'],
    ['siphon status --json | jq .run.state', 'for scripts'],
  ]);

  const logs = program
    .command('logs')
    .description('print the last lines of the log')
    .addOption(new Option('-n, --limit <number>', 'how many').argParser(positiveInteger).default(50))
    .option('--errors', 'only warnings and errors')
    .action(async (_options: unknown, command: Command) => {
      const options = optionsOf<{ limit: number; errors?: boolean }>(command);
      const output = outputOf(context, options);
      await using client = await connect(context, command);
      const lines = await client.call((signal) => client.api.logs.query(undefined, { signal }));
      const wanted = options.errors ? lines.filter(({ level }) => LOUD.has(level)) : lines;
      for (const line of wanted.slice(-options.limit)) output.event({ event: 'log', ...line }, logText(line));
    });
  addExamples(logs, [['siphon logs --errors', 'what went wrong lately']]);

  const pause = program
    .command('pause')
    .description('take no new work, finish what runs, then wait')
    .option('--for <duration>', 'resume by itself after this time, e.g. 30m or 2h')
    .addOption(new Option('--until-restart', 'until Siphon is started again').conflicts('for'))
    .action(async (_options: unknown, command: Command) => {
      const options = optionsOf<{ for?: string; untilRestart?: boolean }>(command);
      const forMs = options.for === undefined ? undefined : parseDuration(options.for);
      const wish = { ...(forMs === undefined ? {} : { forMs }), ...(options.untilRestart ? { until: 'restart' as const } : {}) };
      await using client = await connect(context, command);
      await client.call((signal) => client.api.pause.mutate(wish, { signal }), DRAIN_MS);
      const kept = options.untilRestart ? 'Paused until Siphon is started again.' : 'Paused until: siphon resume';
      const text = forMs === undefined ? kept : `Paused for ${formatDuration(forMs)}.`;
      outputOf(context, options).result({ paused: true, forMs: forMs ?? null }, text);
    });
  addExamples(pause, [
    ['siphon pause --for 2h', 'a game, then on with the work'],
    ['siphon pause --until-restart', 'until Siphon is started again'],
    ['siphon pause', 'until siphon resume, over restarts too'],
  ]);

  const resume = program
    .command('resume')
    .description('end your own pause and take work again')
    .option('--anyway', 'also while a rule asks for a pause (schedule, battery, heat …), until that is over')
    .action(async (_options: unknown, command: Command) => {
      const options = optionsOf<{ anyway?: boolean }>(command);
      await using client = await connect(context, command);
      const { api } = client;
      if (options.anyway) await client.call((signal) => api.overrideAvailability.mutate({}, { signal }), DRAIN_MS);
      else await client.call((signal) => api.resume.mutate(undefined, { signal }), DRAIN_MS);
      const snapshot = await client.call((signal) => api.snapshot.query(undefined, { signal }));
      const paused = snapshot.run.state === 'paused';
      const aside = snapshot.availability.rules.filter(({ overridden }) => overridden === true);
      const text = paused
        ? statusHead(snapshot, Date.now())
        : ['Taking work again.', ...aside.map((rule) => plain(rule.text))].join('\n');
      outputOf(context, options).result({ paused, reason: snapshot.run.reason ?? null }, text);
    });
  addExamples(resume, [['siphon resume --anyway', 'work on battery, this time']]);

  program
    .command('stop')
    .description('finish what runs, then end the running Siphon')
    .action(async (_options: unknown, command: Command) => {
      await using client = await connect(context, command);
      await client.call((signal) => client.api.shutdown.mutate(undefined, { signal }));
      outputOf(context, optionsOf(command)).result({ stopping: true }, 'Siphon finishes what runs and ends.');
    });
}

const LOUD: ReadonlySet<LogLine['level']> = new Set(['warn', 'error', 'fatal']);

function logText({ atMs, level, text, fields }: LogLine): string {
  const rest = Object.keys(fields).length > 0 ? `  ${JSON.stringify(fields)}` : '';
  return plain(`${formatTime(atMs)} ${level.padEnd(5)} ${text}${rest}`);
}

async function connect(context: CliContext, command: Command): Promise<EngineClient> {
  // Loaded only now: help and completion must not wait for SQLite.
  const { findRunningEngine } = await import('../../host/running-engine.ts');
  const { paths } = settingsOf(context, optionsOf(command));
  return await connectEngine(findRunningEngine(paths.dataDir), context.signal);
}
