// Stands in for the engine of the measured app: speaks the supervisor's protocol, serves the page and the API with the fake
// engine behind them, and makes segment events at a given rate. `SIPHON_BUSY` is its JSON: {"perSecond":500,"everyMs":50}
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { SegmentRecord } from '../../engine/api/snapshot.ts';
import { type SupervisedEvent, SupervisorCommandSchema } from '../../engine/api/supervision.ts';
import type { FakeEngine } from '../../test/support/fake-engine.ts';
import { segmentOf } from '../../test/support/fake-engine-data.ts';
import { serveFake } from '../../test/support/fake-engine-server.ts';

const { perSecond, everyMs, limit, after } = z
  .object({
    /** Segment events a second; 0 = the sensors' readings only. */
    perSecond: z.number().default(500),
    /** An update with what has come since the last one, milliseconds. The engine's own coalescing is 50. */
    everyMs: z.number().default(50),
    /** Events after which only `after` of them come each second. */
    limit: z.number().default(Number.MAX_SAFE_INTEGER),
    after: z.number().default(0),
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

/**
 * Sixty-four segments are on their way at any time, and each event moves another one of them a state on: so an update holds as
 * many segments as there were events, the engine's own coalescing has nothing to merge.
 */
function keepBusy(engine: FakeEngine): void {
  const STATES = ['downloading', 'transcoding', 'uploading', 'done'] as const;
  const AT_ONCE = 64;
  const first = 10_000;
  let sent = 0;
  let lastMs = performance.now();
  let due = 0;
  setInterval(() => {
    const now = performance.now();
    due += ((now - lastMs) / 1000) * (sent < limit ? perSecond : after);
    lastMs = now;
    const { sessions, run, today } = engine.snapshot();
    const segments = new Map<string, SegmentRecord>();
    for (; due >= 1; due -= 1) {
      const round = Math.floor(sent / AT_ONCE);
      const seq = first + Math.floor(round / STATES.length) * AT_ONCE + (sent % AT_ONCE);
      const session = sessions[seq % sessions.length];
      const state = STATES[round % STATES.length] ?? 'done';
      if (session) segments.set(`${session.id} ${seq}`, segmentOf(session, seq, state, Date.now() - 300));
      sent += 1;
    }
    if (segments.size === 0) return;
    const totals = { ...today, segments: first + Math.floor(sent / STATES.length) };
    engine.emit({ segments: [...segments.values()], run: { ...run, inFlight: sent % 9 }, today: totals, sinceStart: totals });
  }, everyMs);
}
