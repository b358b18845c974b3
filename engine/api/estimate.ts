import { z } from 'zod';
import type { ErrorInfo } from './errors.ts';
import type { DeviceCapacity } from './media.ts';
import type { RationalPrice } from './orchestrator.ts';

/** One try of the benchmark: so many streams at once on one device. */
export interface MeasureTrial {
  /** GPU UUID, or `cpu`. */
  readonly device: string;
  readonly sessions: number;
  /** Time taken ÷ the segments' own length; at most 0.8 counts as kept up. Null = it did not come through in time. */
  readonly ratio: number | null;
}

/** Measuring how many streams this machine can take in real time. */
export interface Measurement {
  readonly state: 'none' | 'running' | 'done' | 'failed' | 'cancelled';
  /** Milliseconds since the Unix epoch; absent before the first one of this engine. */
  readonly startedAtMs?: number;
  /** The longest it may take, milliseconds. */
  readonly limitMs?: number;
  /** What was tried so far, oldest first, at most {@link TRIALS_KEPT}. */
  readonly trials: readonly MeasureTrial[];
  readonly error?: ErrorInfo;
}

/** How many trials a measurement carries. */
export const TRIALS_KEPT = 24;

/** A price of the table, and what the measured machine would earn at it with every stream taken all the time. */
export interface EstimateRow {
  /** `reference` is the one that comes with Siphon; it may be changed like the others. */
  readonly id: string;
  /** The person's own name for it; empty for the reference until it is given one. */
  readonly name: string;
  /** As written: `1000wei`, `0.02USD/1e12pixels`. */
  readonly price: string;
  /** Null while the exchange rate of its currency is not known. */
  readonly weiPerPixel: RationalPrice | null;
  /** Whole wei, a decimal integer of any size; null while a part of the formula is not known. */
  readonly weiPerDay: string | null;
}

/** What this machine could earn with video: measured streams × pixels × hours × price. An upper bound, never a promise. */
export interface Estimate {
  readonly measurement: Measurement;
  /** Streams at once by measurement, with NVENC sessions and upload as bounds; null = not measured yet. */
  readonly streams: number | null;
  readonly devices: ReadonlyArray<DeviceCapacity & { readonly name: string }>;
  /** Renditions of one typical stream. Encoded pixels are what is paid for. */
  readonly ladder: ReadonlyArray<{ readonly name: string; readonly width: number; readonly height: number }>;
  /** Frames per second of that stream. */
  readonly fps: number;
  /** Encoded pixels per second of that stream, all renditions: a decimal integer. */
  readonly pixelsPerSecond: string;
  /** Hours of work a day, 1–24. */
  readonly hoursPerDay: number;
  readonly rows: readonly EstimateRow[];
}

/** Where the reference price comes from: a worked example in the network's documentation, no offer of anybody. */
export const REFERENCE_PRICE = {
  price: '1000wei',
  source: 'https://docs.livepeer.org/orchestrators/guides/set-pricing',
} as const;

/** The table and the hours as the person wants them; whole: rows that are not in it are gone. */
export const SetEstimateSchema = z.object({
  hoursPerDay: z.number().int().min(1).max(24),
  rows: z
    .array(
      z.object({
        id: z.string().regex(/^[\w-]{1,40}$/),
        name: z.string().trim().max(60),
        price: z.string().trim().min(1).max(80),
      }),
    )
    .min(1)
    .max(12),
});
/** Input of the command `setEstimate`. */
export type SetEstimate = z.infer<typeof SetEstimateSchema>;
