// `npm run load`: what an orchestrator costs. 50 streams × 2 renditions through 20 transcoders that answer at once, paced as live
// streams and flat out; 500 idle registrations; 1,000 that reconnect at once. Gateways, orchestrator and transcoders are processes of
// their own on the real wire, so that the figures are the orchestrator's alone. Prints a table, or JSON with --json; --quick is
// a short run. Fails when a limit is missed.
import { randomBytes } from 'node:crypto';
import { availableParallelism, loadavg } from 'node:os';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { sleep } from '../engine/base/abort.ts';
import { percentile } from './bench/stats.ts';
import { Child } from './load/child.ts';
import {
  type OrchestratorOrder,
  type OrchestratorReport,
  OrchestratorReportSchema,
  type StandInsOrder,
  StandInsReportSchema,
} from './load/protocol.ts';
import { playStreams } from './load/streams.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    /** Some of the parts only, e.g. `--only paced,idle`. */
    only: { type: 'string', default: 'paced,flat-out,idle,reconnect' },
  },
});

const SESSIONS = 50;
const TRANSCODERS = 20;
/** 60 places for 50 sessions. */
const CAPACITY = 3;
const SEGMENT_BYTES = 100_000;
const RENDITION_BYTES = 50_000;
const SEGMENT_MS = 2_000;
const PACED_MS = values.quick ? 10_000 : 60_000;
const FLAT_OUT_MS = values.quick ? 5_000 : 20_000;
/** Until everything is compiled and every connection stands. */
const WARM_UP_MS = values.quick ? 4_000 : 10_000;
const IDLE = values.quick ? 100 : 500;
const RECONNECTING = values.quick ? 200 : 1_000;
/** How long reconnecting may take before those missing count as lost. */
const RECONNECT_LIMIT_MS = 60_000;

/** What is promised, on two cores. */
const LIMIT = { p50Ms: 5, p99Ms: 20, idleRssBytes: 300e6 };

type Figures = Readonly<Record<string, number | readonly string[]>>;
const missed: string[] = [];

/** An orchestrator with so many stand-ins registered, each in processes of its own. */
class Stage implements AsyncDisposable {
  readonly #orchestrator: Child;
  readonly #standIns: Child;
  readonly serviceUri: string;

  private constructor(orchestrator: Child, standIns: Child, serviceUri: string) {
    this.#orchestrator = orchestrator;
    this.#standIns = standIns;
    this.serviceUri = serviceUri;
  }

  static async start(count: number): Promise<Stage> {
    const secret = randomBytes(16).toString('hex');
    const orchestrator = new Child('orchestrator-process.ts', { LOAD_SECRET: secret });
    const standIns = new Child('stand-ins-process.ts');
    try {
      const { serviceUri } = await orchestrator.ask(OrchestratorReportSchema, 'report' satisfies OrchestratorOrder);
      const start = { serviceUri, secret, count, capacity: CAPACITY, renditionBytes: RENDITION_BYTES };
      standIns.tell({ kind: 'start', ...start } satisfies StandInsOrder);
      const stage = new Stage(orchestrator, standIns, serviceUri);
      await stage.untilRegistered(count);
      return stage;
    } catch (error) {
      await standIns[Symbol.asyncDispose]();
      await orchestrator[Symbol.asyncDispose]();
      throw error;
    }
  }

  report(): Promise<OrchestratorReport> {
    return this.#orchestrator.ask(OrchestratorReportSchema, 'report' satisfies OrchestratorOrder);
  }

  reset(): void {
    this.#orchestrator.tell('reset' satisfies OrchestratorOrder);
  }

  reconnect(): void {
    this.#standIns.tell({ kind: 'reconnect' } satisfies StandInsOrder);
  }

  standIns() {
    return this.#standIns.ask(StandInsReportSchema, { kind: 'report' } satisfies StandInsOrder);
  }

  /** Waits for exactly so many registrations; returns how many there are at last. */
  async untilRegistered(count: number, limitMs = RECONNECT_LIMIT_MS): Promise<number> {
    const until = performance.now() + limitMs;
    while (true) {
      const { transcoders } = await this.report();
      if (transcoders === count || performance.now() > until) return transcoders;
      await sleep(50);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#standIns[Symbol.asyncDispose]();
    await this.#orchestrator[Symbol.asyncDispose]();
  }
}

/** 50 streams through 20 transcoders. */
async function routing(paced: boolean): Promise<Figures> {
  await using stage = await Stage.start(TRANSCODERS);
  const { serviceUri } = stage;
  const streams = { serviceUri, sessions: SESSIONS, segmentBytes: SEGMENT_BYTES, segmentMs: SEGMENT_MS, paced };
  await playStreams({ ...streams, forMs: WARM_UP_MS });
  stage.reset();
  const played = await playStreams({ ...streams, forMs: paced ? PACED_MS : FLAT_OUT_MS });
  const report = await stage.report();
  const standIns = await stage.standIns();
  const errors = [...played.errors, ...report.errors, ...standIns.errors];
  return {
    segments: played.segments,
    failed: played.failed,
    perSecond: played.segments / (played.tookMs / 1_000),
    inP50Ms: percentile(report.inMs, 50),
    inP99Ms: percentile(report.inMs, 99),
    outP50Ms: percentile(report.outMs, 50),
    outP99Ms: percentile(report.outMs, 99),
    routingP50Ms: percentile(report.bothMs, 50),
    routingP99Ms: percentile(report.bothMs, 99),
    wholeP50Ms: percentile(played.wholeMs, 50),
    wholeP99Ms: percentile(played.wholeMs, 99),
    loopDelayP99Ms: report.loopP99Ms,
    cpuMsPerSegment: report.cpuMs / Math.max(1, played.segments),
    rssBytes: report.rssBytes,
    peakRssBytes: report.peakRssBytes,
    heldBytes: report.heldBytes,
    errors,
  };
}

/** What so many registrations cost that do nothing. */
async function idle(): Promise<Figures> {
  let alone = 0;
  {
    await using empty = await Stage.start(0);
    await sleep(1_000);
    alone = (await empty.report()).rssBytes;
  }
  await using stage = await Stage.start(IDLE);
  await sleep(values.quick ? 2_000 : 10_000);
  const { rssBytes, transcoders, errors } = await stage.report();
  return { registrations: transcoders, rssBytes, rssAloneBytes: alone, errors };
}

/** All connections are cut, and all transcoders are back in the same moment. */
async function reconnect(): Promise<Figures> {
  await using stage = await Stage.start(RECONNECTING);
  stage.reset();
  const started = performance.now();
  stage.reconnect();
  // First the loss of some must be seen, or the old registrations would be counted.
  let fewest = RECONNECTING;
  const until = performance.now() + RECONNECT_LIMIT_MS;
  while (performance.now() < until) {
    const { transcoders } = await stage.report();
    fewest = Math.min(fewest, transcoders);
    if (fewest < RECONNECTING && transcoders === RECONNECTING) break;
    await sleep(20);
  }
  const tookMs = performance.now() - started;
  await sleep(1_000);
  const report = await stage.report();
  const standIns = await stage.standIns();
  return {
    registrations: RECONNECTING,
    lost: RECONNECTING - report.transcoders,
    fewest,
    tookMs,
    rssBytes: report.rssBytes,
    errors: [...report.errors, ...standIns.errors],
  };
}

function hold(what: string, value: unknown, limit: number, unit: string, scale = 1): void {
  if (typeof value !== 'number' || !(value <= limit)) {
    missed.push(`${what}: ${typeof value === 'number' ? (value / scale).toFixed(1) : value} > ${limit / scale} ${unit}`);
  }
}

function holdErrors(name: string, { errors }: Figures): void {
  if (typeof errors === 'object' && errors.length > 0)
    missed.push(`${name}: ${errors.length} kinds of errors, e.g. ${errors[0]}`);
}

function say(text: string): void {
  if (!values.json) process.stderr.write(`${text}\n`);
}

function table(title: string, figures: Figures): void {
  process.stdout.write(`\n${title}\n`);
  for (const [name, value] of Object.entries(figures)) {
    if (typeof value !== 'number') {
      for (const error of value) process.stdout.write(`  error: ${error}\n`);
      continue;
    }
    const shown = name.endsWith('Bytes')
      ? `${(value / 1e6).toFixed(1)} MB`
      : name.includes('Ms')
        ? `${value.toFixed(2)} ms`
        : `${Number.isInteger(value) ? value : value.toFixed(1)}`;
    process.stdout.write(`  ${name.padEnd(16)} ${shown}\n`);
  }
}

// Others' work on the machine spoils the figures; who reads them must see it.
const loadBefore = loadavg()[0] ?? 0;
const parts = new Set(values.only.split(','));
const results: Record<string, Figures> = {};

if (parts.has('paced')) {
  say(`${SESSIONS} live streams × 2 renditions, ${TRANSCODERS} transcoders, ${PACED_MS / 1_000} s …`);
  const paced = await routing(true);
  hold('paced: routing p50', paced.routingP50Ms, LIMIT.p50Ms, 'ms');
  hold('paced: routing p99', paced.routingP99Ms, LIMIT.p99Ms, 'ms');
  hold('paced: failed segments', paced.failed, 0, 'segments');
  holdErrors('paced', paced);
  results.paced = paced;
}
if (parts.has('flat-out')) {
  say(`the same flat out, ${FLAT_OUT_MS / 1_000} s …`);
  const flatOut = await routing(false);
  hold('flat out: failed segments', flatOut.failed, 0, 'segments');
  holdErrors('flat out', flatOut);
  results['flat-out'] = flatOut;
}
if (parts.has('idle')) {
  say(`${IDLE} idle registrations …`);
  const idling = await idle();
  hold('idle: RSS', idling.rssBytes, LIMIT.idleRssBytes, 'MB', 1e6);
  hold('idle: registrations missing', IDLE - Number(idling.registrations), 0, 'registrations');
  holdErrors('idle', idling);
  results.idle = idling;
}
if (parts.has('reconnect')) {
  say(`${RECONNECTING} transcoders reconnect at once …`);
  const reconnecting = await reconnect();
  hold('reconnect: lost registrations', reconnecting.lost, 0, 'registrations');
  holdErrors('reconnect', reconnecting);
  results.reconnect = reconnecting;
}

const machine = { cores: availableParallelism(), node: process.version, loadBefore };
if (values.json) {
  process.stdout.write(`${JSON.stringify({ machine, limits: LIMIT, ...results, missed })}\n`);
} else {
  process.stdout.write(`${machine.cores} cores, Node ${machine.node}, load before ${loadBefore.toFixed(1)}\n`);
  for (const [name, figures] of Object.entries(results)) table(name, figures);
  process.stdout.write(missed.length === 0 ? '\nAll limits are kept.\n' : `\nLimits missed:\n  ${missed.join('\n  ')}\n`);
}
process.exitCode = missed.length === 0 ? 0 : 1;
