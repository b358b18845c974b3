// A child of `npm run load`: stand-in transcoders, many in one process.
import process from 'node:process';
import { StandInsOrderSchema, type StandInsReport } from './protocol.ts';
import { StandIn, type StandInParameters } from './stand-in.ts';

let standIns: StandIn[] = [];
const errors: string[] = [];
const note = (error: unknown) => errors.push(error instanceof Error ? error.message : String(error));
process.on('uncaughtException', (error) => note(`uncaught: ${error.message}`));
process.on('disconnect', () => process.exit(0));

function startAll(count: number, parameters: Omit<StandInParameters, 'onError'>): void {
  standIns = Array.from({ length: count }, () => new StandIn({ ...parameters, onError: note }));
  for (const standIn of standIns) void standIn.run().catch(note);
}

process.on('message', (message: unknown) => {
  const order = StandInsOrderSchema.parse(message);
  if (order.kind === 'start') {
    startAll(order.count, order);
  } else if (order.kind === 'reconnect') {
    // As after the orchestrator's line was cut: all vanish, and all are back in the same moment.
    for (const standIn of standIns) standIn.kill();
    for (const standIn of standIns) void standIn.run().catch(note);
  } else {
    const segments = standIns.reduce((sum, standIn) => sum + standIn.segments, 0);
    process.send?.({ segments, errors: errors.slice(0, 20) } satisfies StandInsReport);
  }
});
