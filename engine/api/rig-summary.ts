import { z } from 'zod';
import type { EngineSnapshot } from './snapshot.ts';

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

/** Most GPUs told of one machine. */
const GPUS = 32;

/**
 * The little that is kept of a rig all the time. Parsed leniently, each part by itself: a rig of another version is shown with
 * what it says in a known way. Null = not known.
 */
export const RigSummarySchema = z.object({
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
    .max(GPUS)
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
});
export type RigSummary = z.infer<typeof RigSummarySchema>;

const SEVERITIES = ['error', 'warning', 'info'] as const;

/** The summary of a snapshot; of one from another version as much as can be read. */
export function summarise(snapshot: Partial<EngineSnapshot>): RigSummary {
  const { engine, choices, run, link, hardware, capacity, sessions, today, problems, orchestrator } = snapshot;
  const worst = SEVERITIES.find((severity) => problems?.some((problem) => problem.severity === severity)) ?? null;
  const own = orchestrator?.editable ? orchestrator : null;
  const used = (sessions ?? []).filter((session) => session.endedAtMs === undefined).length;
  return RigSummarySchema.parse({
    version: engine?.version ?? null,
    platform: engine?.platform ?? null,
    deploymentType: choices?.deploymentType ?? null,
    run: run ?? null,
    link: link ?? null,
    gpus: (hardware?.gpus ?? []).slice(0, GPUS).map(({ name, state, sample }) => ({
      name,
      state,
      temperatureC: sample?.temperatureC ?? null,
      utilisationPercent: sample?.utilisationPercent ?? null,
    })),
    streams: own ? { used: own.sessionCount, total: own.maxSessions } : { used, total: capacity ? capacity.sessions : null },
    today: today ?? null,
    problems: {
      count: problems?.length ?? 0,
      worst,
      title: problems?.find((problem) => problem.severity === worst)?.title ?? null,
    },
  });
}
