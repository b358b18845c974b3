import { z } from 'zod';

/** What the measured orchestrator's process tells about itself. */
export const OrchestratorReportSchema = z.object({
  serviceUri: z.string(),
  rssBytes: z.number(),
  /** Highest since the last reset. */
  peakRssBytes: z.number(),
  heapBytes: z.number(),
  transcoders: z.number(),
  sessions: z.number(),
  heldBytes: z.number(),
  /** Processor time since the last reset, milliseconds. */
  cpuMs: z.number(),
  /** The event loop's delay since the last reset, milliseconds. */
  loopP50Ms: z.number(),
  loopP99Ms: z.number(),
  inMs: z.array(z.number()),
  outMs: z.array(z.number()),
  bothMs: z.array(z.number()),
  /** Errors nobody handled, and errors logged. */
  errors: z.array(z.string()),
});
export type OrchestratorReport = z.infer<typeof OrchestratorReportSchema>;

/** Orders to the orchestrator's process. */
export const OrchestratorOrderSchema = z.enum(['report', 'reset']);
export type OrchestratorOrder = z.infer<typeof OrchestratorOrderSchema>;

/** Orders to a process full of stand-in transcoders. */
export const StandInsOrderSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('start'),
    serviceUri: z.string(),
    secret: z.string(),
    count: z.number().int(),
    capacity: z.number().int(),
    renditionBytes: z.number().int(),
  }),
  z.object({ kind: z.literal('reconnect') }),
  z.object({ kind: z.literal('report') }),
]);
export type StandInsOrder = z.infer<typeof StandInsOrderSchema>;

export const StandInsReportSchema = z.object({ segments: z.number(), errors: z.array(z.string()) });
export type StandInsReport = z.infer<typeof StandInsReportSchema>;
