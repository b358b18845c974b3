// Stands in for the engine of the measured app: speaks the supervisor's protocol, serves the page and the API with the fake
// engine behind them, and makes segment events at a given rate. `SIPHON_BUSY` is its JSON: {"perSecond":500,"everyMs":50}
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { type SupervisedEvent, SupervisorCommandSchema } from '../../engine/api/supervision.ts';
import type { FakeEngine } from '../../test/support/fake-engine.ts';
import { segmentOf } from '../../test/support/fake-engine-data.ts';
import { serveFake } from '../../test/support/fake-engine-server.ts';

const { perSecond, everyMs, limit } = z
  .object({
    /** Segment events a second; 0 = the sensors' readings only. */
    perSecond: z.number().default(500),
    /** An update with what has come since the last one, milliseconds. The engine's own coalescing is 50. */
    everyMs: z.number().default(50),
    /** Events after which it is quiet. */
    limit: z.number().default(Number.MAX_SAFE_INTEGER),
  })
  .parse(JSON.parse(process.env.SIPHON_BUSY ?? '{}'));

const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync('package.json', 'utf8')));
const server = await serveFake(perSecond > 0 ? 'siphon' : 'idle');
const address = new URL(server.link).origin;
tell({ event: 'ready', protocol: 1, version, pid: process.pid, address, token: server.token, dataDir: '/' });

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const command = SupervisorCommandSchema.safeParse(JSON.parse(line)).data;
  if (command?.command === 'ping') tell({ event: 'pong', id: command.id });
  if (command?.command === 'stop') process.exit(0);
});
lines.on('close', () => process.exit(0));

if (perSecond > 0) keepBusy(server.engine);

function tell(event: SupervisedEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

/** A segment goes through four states, so a quarter of the events begin one; each update is like the engine's own. */
function keepBusy(engine: FakeEngine): void {
  const STATES = ['downloading', 'transcoding', 'uploading', 'done'] as const;
  let seq = 10_000;
  let sent = 0;
  let lastMs = performance.now();
  let due = 0;
  setInterval(() => {
    const now = performance.now();
    due += ((now - lastMs) / 1000) * perSecond;
    lastMs = now;
    const { sessions, run, today } = engine.snapshot();
    const segments = [];
    for (; due >= 1 && sent < limit; due -= 1) {
      const state = STATES[sent % STATES.length] ?? 'done';
      if (state === 'downloading') seq += 1;
      const session = sessions[seq % sessions.length];
      if (session) segments.push(segmentOf(session, seq, state, Date.now() - 300));
      sent += 1;
    }
    const latest = new Map(segments.map((segment) => [segment.id, segment]));
    if (latest.size === 0) return;
    const totals = { ...today, segments: seq };
    engine.emit({ segments: [...latest.values()], run: { ...run, inFlight: seq % 9 }, today: totals, sinceStart: totals });
  }, everyMs);
}
