import { z } from 'zod';
import {
  type Estimate,
  type EstimateRow,
  type Measurement,
  type MeasureTrial,
  REFERENCE_PRICE,
  type SetEstimate,
  SetEstimateSchema,
  TRIALS_KEPT,
} from '../api/estimate.ts';
import type { Capacity } from '../api/media.ts';
import type { Clock } from '../base/clock.ts';
import { EngineError, isAbortError, toEngineError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { MeasureOptions } from '../media/benchmark.ts';
import { STANDARD_LADDER } from '../media/capacity.ts';
import { NO_FEED, type PriceFeed } from '../payments/price-feed.ts';
import { parsePrice, weiPerPixel } from '../payments/price-text.ts';
import { floor, multiply, type Rational, rational } from '../payments/rational.ts';
import type { Store } from '../store/store.ts';

/** Key under which the table is kept. */
const KEY = 'estimate';

/** Frames per second of the benchmark's clip, and of most live streams. */
const FPS = 30;

const SECONDS_PER_HOUR = 3600n;

/** Encoded pixels per second of one stream of the benchmark's ladder. */
export const LADDER_PIXELS_PER_SECOND = STANDARD_LADDER.reduce(
  (sum, { width, height }) => sum + BigInt(width) * BigInt(height) * BigInt(FPS),
  0n,
);

/** What the estimate is made of, besides a price. */
export interface WorkPerDay {
  /** Streams at once; null = not measured. */
  readonly streams: number | null;
  readonly pixelsPerSecond: bigint;
  /** Whole hours. */
  readonly hoursPerDay: number;
}

/** Wei a day for work that never stops within its hours, rounded down; null while the streams are not known. */
export function weiPerDay({ streams, pixelsPerSecond, hoursPerDay }: WorkPerDay, price: Rational): bigint | null {
  if (streams === null) return null;
  const pixels = BigInt(streams) * pixelsPerSecond * SECONDS_PER_HOUR * BigInt(hoursPerDay);
  return floor(multiply(rational(pixels), price));
}

/**
 * The table with what each price comes to.
 * @throws EngineError `bad-request` for a text that is no price
 */
export function estimateRows(
  rows: ReadonlyArray<SetEstimate['rows'][number]>,
  work: WorkPerDay,
  feed: PriceFeed = NO_FEED,
): EstimateRow[] {
  return rows.map(({ id, name, price }) => {
    const exact = weiPerPixel(parsePrice(price), (currency) => feed.weiPer(currency));
    const wei = exact === undefined ? null : weiPerDay(work, exact);
    return {
      id,
      name,
      price,
      weiPerPixel: exact === undefined ? null : { wei: String(exact.num), pixels: String(exact.den) },
      weiPerDay: wei === null ? null : String(wei),
    };
  });
}

/** This machine's compute, as far as it can be measured. */
export interface Measurable {
  /** Measures every device while no other work runs; rejects with the signal's reason. */
  measure(options: MeasureOptions): Promise<void>;
  /** The capacity by measurement alone, whatever the settings say; null where nothing was measured or nothing computes. */
  measured(): { readonly capacity: Capacity; readonly names: ReadonlyMap<string, string> } | null;
  /** The longest a measurement may take, milliseconds. */
  measureLimitMs(): number;
}

/** What an {@link EstimateService} needs. */
export interface EstimateServiceParameters {
  readonly store: Pick<Store, 'getValue' | 'setValue'>;
  readonly work: Measurable;
  readonly clock: Clock;
  readonly log: Log;
  readonly onChange: (estimate: Estimate) => void;
}

const DEFAULTS: SetEstimate = { hoursPerDay: 24, rows: [{ id: 'reference', name: '', price: REFERENCE_PRICE.price }] };

const NOT_MEASURED: Measurement = { state: 'none', trials: [] };

/** The estimate before an engine knows its machine. */
export function emptyEstimate(): Estimate {
  return estimateOf(DEFAULTS, NOT_MEASURED, null);
}

function estimateOf(table: SetEstimate, measurement: Measurement, measured: ReturnType<Measurable['measured']>): Estimate {
  const streams = measured?.capacity.sessions ?? null;
  const work = { streams, pixelsPerSecond: LADDER_PIXELS_PER_SECOND, hoursPerDay: table.hoursPerDay };
  return {
    measurement,
    streams,
    devices: (measured?.capacity.devices ?? []).map((device) => ({
      ...device,
      name: measured?.names.get(device.device) ?? device.device,
    })),
    ladder: STANDARD_LADDER.map(({ name, width, height }) => ({ name, width, height })),
    fps: FPS,
    pixelsPerSecond: String(LADDER_PIXELS_PER_SECOND),
    hoursPerDay: table.hoursPerDay,
    rows: estimateRows(table.rows, work),
  };
}

/** Measures on request, keeps the table of prices, and shows what both come to. */
export class EstimateService implements Disposable {
  readonly #parameters: EstimateServiceParameters;
  #table: SetEstimate;
  #measurement: Measurement = NOT_MEASURED;
  #running: AbortController | undefined;

  constructor(parameters: EstimateServiceParameters) {
    this.#parameters = parameters;
    this.#table = keptTable(parameters.store);
  }

  /** The estimate now. */
  get view(): Estimate {
    return estimateOf(this.#table, this.#measurement, this.#parameters.work.measured());
  }

  /** Shows the estimate anew: the machine's devices or bounds may have changed. */
  refresh(): void {
    this.#parameters.onChange(this.view);
  }

  /**
   * Takes up another table and keeps it.
   * @throws EngineError `bad-request` for a text that is no price; then nothing has changed
   */
  set(table: SetEstimate): void {
    estimateRows(table.rows, { streams: null, pixelsPerSecond: 0n, hoursPerDay: table.hoursPerDay });
    this.#table = table;
    this.#parameters.store.setValue(KEY, table);
    this.refresh();
  }

  /**
   * Begins a measurement; its progress and end are in the view.
   * @throws EngineError `already-running`
   */
  start(): void {
    if (this.#running) throw new EngineError({ code: 'already-running', message: 'This machine is being measured already' });
    const { clock } = this.#parameters;
    this.#running = new AbortController();
    this.#show({ state: 'running', startedAtMs: clock.nowMs(), limitMs: this.#parameters.work.measureLimitMs(), trials: [] });
    void this.#run(this.#running.signal).finally(() => {
      this.#running = undefined;
    });
  }

  /** Ends a measurement that runs; earlier results stay. */
  cancel(): void {
    this.#running?.abort(new DOMException('The measurement was cancelled.', 'AbortError'));
  }

  [Symbol.dispose](): void {
    this.cancel();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { work, log } = this.#parameters;
    const { startedAtMs, limitMs } = this.#measurement;
    const since = { ...(startedAtMs === undefined ? {} : { startedAtMs }), ...(limitMs === undefined ? {} : { limitMs }) };
    try {
      await work.measure({ signal, onTrial: (trial) => this.#tried(trial) });
      this.#show({ ...since, state: 'done', trials: this.#measurement.trials });
    } catch (error) {
      const cancelled = signal.aborted || isAbortError(error);
      if (!cancelled) log.warn({ err: error }, 'the measurement failed');
      this.#show({
        ...since,
        state: cancelled ? 'cancelled' : 'failed',
        trials: this.#measurement.trials,
        ...(cancelled ? {} : { error: toEngineError(error).toInfo() }),
      });
    }
  }

  #tried({ device, sessions, ratio }: { readonly device: string; readonly sessions: number; readonly ratio: number }): void {
    const trial: MeasureTrial = { device, sessions, ratio: Number.isFinite(ratio) ? ratio : null };
    this.#show({ ...this.#measurement, trials: [...this.#measurement.trials, trial].slice(-TRIALS_KEPT) });
  }

  #show(measurement: Measurement): void {
    this.#measurement = measurement;
    this.refresh();
  }
}

/** The table as kept; the default one where it is of a version that is not understood. */
function keptTable(store: EstimateServiceParameters['store']): SetEstimate {
  const kept = z.safeParse(SetEstimateSchema, store.getValue(KEY));
  if (!kept.success) return DEFAULTS;
  try {
    estimateRows(kept.data.rows, { streams: null, pixelsPerSecond: 0n, hoursPerDay: kept.data.hoursPerDay });
    return kept.data;
  } catch {
    return DEFAULTS;
  }
}
