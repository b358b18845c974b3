import type { Estimate, Measurement, SetEstimate } from '../../engine/api/estimate.ts';
import { emptyEstimate, estimateRows } from '../../engine/host/estimate.ts';

/** An estimate of a machine with two measured cards, or of one that was never measured. */
export function fakeEstimate(measured: boolean): Estimate {
  const plain = emptyEstimate();
  if (!measured) return plain;
  const table = { hoursPerDay: 24, rows: plain.rows.map(({ id, name, price }) => ({ id, name, price })) };
  return withTable(
    {
      ...plain,
      streams: 12,
      devices: [
        { device: 'GPU-0', name: 'NVIDIA GeForce RTX 4090', sessions: 8, boundBy: 'nvenc', quarantined: false },
        { device: 'GPU-1', name: 'NVIDIA GeForce RTX 3060', sessions: 4, boundBy: 'speed', quarantined: false },
      ],
    },
    table,
  );
}

/** The estimate with another table. */
export function withTable(
  estimate: Estimate,
  { hoursPerDay, rows }: { readonly hoursPerDay: number; readonly rows: ReadonlyArray<SetEstimate['rows'][number]> },
): Estimate {
  const work = { streams: estimate.streams, pixelsPerSecond: BigInt(estimate.pixelsPerSecond), hoursPerDay };
  return { ...estimate, hoursPerDay, rows: estimateRows(rows, work) };
}

/** A measurement on one device that does what a real one does, quicker: tries 1, 2, 4, 8, 6 streams, then knows 6. */
export async function* fakeMeasurement(device: string, signal: AbortSignal): AsyncGenerator<Measurement> {
  const startedAtMs = Date.now();
  const ratios = [0.21, 0.34, 0.61, null, 0.78] as const;
  let measurement: Measurement = { state: 'running', startedAtMs, limitMs: 15_000, trials: [] };
  yield measurement;
  for (const [index, sessions] of [1, 2, 4, 8, 6].entries()) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    if (signal.aborted) {
      yield { ...measurement, state: 'cancelled' };
      return;
    }
    measurement = { ...measurement, trials: [...measurement.trials, { device, sessions, ratio: ratios[index] ?? null }] };
    yield measurement;
  }
  yield { ...measurement, state: 'done' };
}
