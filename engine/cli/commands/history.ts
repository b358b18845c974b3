import { type Command, Option } from 'commander';
import { type HistoryQuery, HistorySchema } from '../../api/commands.ts';
import type { SegmentRecord } from '../../api/snapshot.ts';
import { EngineError } from '../../base/errors.ts';
import { connectEngine, type EngineClient } from '../client.ts';
import { type CliContext, optionsOf, outputOf, settingsOf } from '../context.ts';
import { formatTable, formatTime, plain } from '../format.ts';
import { addExamples } from '../help.ts';
import { positiveInteger } from '../parse.ts';

interface HistoryOptions {
  readonly limit: number;
  readonly failed?: boolean;
  readonly session?: string;
  readonly before?: string;
}

const PAGE = 500;

/** `siphon history`: finished segments, newest first; from the running engine, or from the file when none runs. */
export function addHistoryCommand(program: Command, context: CliContext): void {
  const command = program
    .command('history')
    .description('list finished segments, newest first')
    .addOption(new Option('-n, --limit <number>', 'how many').argParser(positiveInteger).default(20))
    .option('--failed', 'only failed ones')
    .option('--session <id>', 'only those of one session')
    .option('--before <time>', 'only those that began before this time, e.g. 2026-11-24T18:00')
    .action(async (_options: unknown, self: Command) => {
      const options = optionsOf<HistoryOptions>(self);
      const output = outputOf(context, options);
      const segments = await readSegments(context, options, self);
      if (output.json) {
        for (const segment of segments) output.event({ event: 'segment', ...segment });
        return;
      }
      output.result(undefined, segments.length === 0 ? 'No segments yet.' : table(segments));
    });
  addExamples(command, [
    ['siphon history --failed', 'the last failures with their reasons'],
    ['siphon history -n 1000 --json | jq .hops.codecMs', 'one JSON object a line'],
  ]);
}

async function readSegments(context: CliContext, options: HistoryOptions, command: Command): Promise<SegmentRecord[]> {
  const { paths } = settingsOf(context, optionsOf(command));
  const base: Omit<HistoryQuery, 'limit'> = {
    ...(options.failed ? { state: 'failed' } : {}),
    ...(options.session === undefined ? {} : { sessionId: options.session }),
    ...(options.before === undefined ? {} : { before: parseTime(options.before) }),
  };
  let page: (query: HistoryQuery) => Promise<readonly SegmentRecord[]>;
  await using client = await openClient(context, paths.dataDir);
  if (client) page = async (query) => (await client.call((signal) => client.api.history.query(query, { signal }))).segments;
  else {
    const { readOfflineHistory } = await import('../../host/offline-history.ts');
    page = async (query) => readOfflineHistory(paths, query, Date.now());
  }

  const found: SegmentRecord[] = [];
  while (found.length < options.limit) {
    const last = found.at(-1);
    const limit = Math.min(PAGE, options.limit - found.length);
    const from = last ? { before: last.startedAtMs, beforeId: last.id } : {};
    const segments = await page(HistorySchema.parse({ ...base, ...from, limit }));
    found.push(...segments);
    if (segments.length < limit) break;
  }
  return found;
}

/** A connection to the engine that runs on the folder; undefined when none runs. */
async function openClient(context: CliContext, dataDir: string): Promise<EngineClient | undefined> {
  // Loaded only now: help and completion must not wait for SQLite.
  const { findRunningEngine } = await import('../../host/running-engine.ts');
  try {
    return await connectEngine(findRunningEngine(dataDir), context.signal);
  } catch (error) {
    if (error instanceof EngineError && error.code === 'not-ready') return undefined;
    throw error;
  }
}

function parseTime(text: string): number {
  const ms = Date.parse(text);
  if (Number.isFinite(ms)) return ms;
  throw new EngineError({
    code: 'bad-request',
    message: `"${text}" is not a time`,
    nextStep: 'Write it like 2026-11-24 or 2026-11-24T18:00.',
  });
}

function table(segments: readonly SegmentRecord[]): string {
  const ms = (value: number | undefined): string => (value === undefined ? '–' : String(Math.round(value)));
  return formatTable(
    ['began', 'stream', 'segment', 'result', 'total ms', 'down', 'codec', 'up', 'speed', 'renditions'],
    segments.map((segment) => [
      formatTime(segment.startedAtMs),
      plain(segment.manifestId).slice(0, 20),
      String(segment.seq),
      segment.state,
      ms(segment.hops.totalMs),
      ms(segment.hops.downloadMs),
      ms(segment.hops.codecMs),
      ms(segment.hops.uploadMs),
      segment.realtimeFactor === undefined ? '–' : `${segment.realtimeFactor.toFixed(1)}×`,
      segment.error ? plain(segment.error.message) : segment.renditions.map(({ name }) => plain(name)).join(', '),
    ]),
  );
}
