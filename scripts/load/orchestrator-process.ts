// A child of `npm run load`: the orchestrator that is measured, alone in its process.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import process from 'node:process';
import { createLog } from '../../engine/base/log.ts';
import { Orchestrator } from '../../engine/orchestrator/orchestrator.ts';
import { OrchestratorOrderSchema, type OrchestratorReport } from './protocol.ts';
import { RoutingProbe } from './routing-probe.ts';

const RSS_SAMPLE_MS = 200;

const errors: string[] = [];
process.on('uncaughtException', (error) => errors.push(`uncaught: ${error.message}`));
process.on('disconnect', () => process.exit(0));

const probe = new RoutingProbe();
const loop = monitorEventLoopDelay({ resolution: 1 });
loop.enable();
const secret = process.env.LOAD_SECRET ?? '';
const log = createLog({ level: 'error', destination: { write: (line: string) => void errors.push(line.trim()) } });
const orchestrator = new Orchestrator({ secret, maxSessions: Number.MAX_SAFE_INTEGER, log });
await orchestrator.start();

let peakRssBytes = 0;
let cpu = process.cpuUsage();
const sampleRss = () => {
  peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss());
};
setInterval(sampleRss, RSS_SAMPLE_MS);

function reset(): void {
  probe.take();
  loop.reset();
  peakRssBytes = 0;
  cpu = process.cpuUsage();
}

function report(): OrchestratorReport {
  sampleRss();
  const { user, system } = process.cpuUsage(cpu);
  const status = orchestrator.status();
  return {
    serviceUri: orchestrator.serviceUri,
    rssBytes: process.memoryUsage.rss(),
    peakRssBytes,
    heapBytes: process.memoryUsage().heapUsed,
    transcoders: status.transcoders.length,
    sessions: status.sessions.length,
    heldBytes: status.heldBytes,
    cpuMs: (user + system) / 1_000,
    loopP50Ms: loop.percentile(50) / 1e6,
    loopP99Ms: loop.percentile(99) / 1e6,
    ...probe.take(),
    errors: errors.slice(0, 20),
  };
}

process.on('message', (message: unknown) => {
  const order = OrchestratorOrderSchema.safeParse(message).data;
  if (order === 'reset') reset();
  else if (order === 'report') process.send?.(report());
});
