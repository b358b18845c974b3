import { z } from 'zod';

/** The supervisor's deadlines, milliseconds. */
export const SupervisorTimingsSchema = z.object({
  /** From the start to the handshake: a cold disk and a virus scanner may take their time. */
  startLimitMs: z.number().default(60_000),
  pingEveryMs: z.number().default(5_000),
  /** Silence after which the engine counts as hung. */
  pingLimitMs: z.number().default(15_000),
  /** A run that lasted this long was a healthy one: failures are counted anew. */
  healthyAfterMs: z.number().default(60_000),
  /** For a drain (the engine gives segments 20 s) and the closing of everything else. */
  drainLimitMs: z.number().default(30_000),
  /** For a drain when the session of the person ends: the system kills what takes longer. */
  quickDrainMs: z.number().default(4_000),
});
export type SupervisorTimings = z.infer<typeof SupervisorTimingsSchema>;
