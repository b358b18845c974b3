import { z } from 'zod';
import { type RigSummary, SUMMARY_GPUS, summarise } from '../api/rig-summary.ts';
import type { EngineSnapshot } from '../api/snapshot.ts';

const RunSchema = z.object({
  state: z.string().max(40),
  reason: z.string().max(40).optional(),
  text: z.string().max(500).optional(),
  resumeAtMs: z.number().optional(),
});

const TodaySchema = z.object({
  segments: z.number(),
  failed: z.number(),
  mediaMs: z.number(),
  encodedPixels: z.number(),
});

/**
 * The summary of a rig as it comes over the network. Parsed leniently, each part by itself: a rig of another version is shown with
 * what it says in a known way. Null = not known.
 */
const RigSummarySchema = z.object({
  /** Version of its engine. */
  version: z.string().max(60).nullable().catch(null),
  platform: z.string().max(60).nullable().catch(null),
  deploymentType: z.string().max(40).nullable().catch(null),
  run: RunSchema.nullable().catch(null),
  /** The orchestrator it works for; null = none, or its own. */
  link: z
    .object({ serviceUri: z.string().max(300), state: z.string().max(40) })
    .nullable()
    .catch(null),
  gpus: z
    .array(
      z.object({
        name: z.string().max(100),
        state: z.string().max(40),
        temperatureC: z.number().nullable().catch(null),
        utilisationPercent: z.number().nullable().catch(null),
      }),
    )
    .max(SUMMARY_GPUS)
    .catch([]),
  /** Streams now, and how many it takes. */
  streams: z.object({ used: z.number().catch(0), total: z.number().nullable().catch(null) }).catch({ used: 0, total: null }),
  today: TodaySchema.nullable().catch(null),
  problems: z
    .object({
      count: z.number().catch(0),
      worst: z.enum(['info', 'warning', 'error']).nullable().catch(null),
      /** Title of the first of the worst. */
      title: z.string().max(300).nullable().catch(null),
    })
    .catch({ count: 0, worst: null, title: null }),
}) satisfies z.ZodType<RigSummary>;

/** What can be read of a rig's summary; of something else nothing. */
export function readSummary(value: unknown): RigSummary {
  const parsed = RigSummarySchema.safeParse(value);
  return parsed.success ? parsed.data : RigSummarySchema.parse({});
}

/** The summary of a rig's whole state, of whatever version. */
export function summaryOfState(state: unknown): RigSummary {
  try {
    return readSummary(summarise(state as Partial<EngineSnapshot>));
  } catch {
    // Parts have other shapes than this version knows.
    return readSummary({});
  }
}
