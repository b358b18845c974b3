import { z } from 'zod';
import { ErrorInfoSchema } from './errors.ts';

/**
 * How a supervisor (the desktop app) and `siphon run --supervised` talk: one JSON object a line, commands on the engine's
 * stdin, events on its stdout. Log lines go to stderr. The token passes here and never on a command line. When stdin closes,
 * the supervisor has gone: the engine finishes running segments and ends.
 */
export const SUPERVISION_PROTOCOL = 1;

/** Milliseconds that the engine waits for the first line, {@link SupervisorCommandSchema} `hello`. */
export const HELLO_LIMIT_MS = 15_000;

/** What a supervisor tells the engine. */
export const SupervisorCommandSchema = z.discriminatedUnion('command', [
  /** First line. `secretsKey`: 32 bytes in base64 that the secrets at rest are encrypted with; absent = none. */
  z.strictObject({
    command: z.literal('hello'),
    secretsKey: z.base64().length(44).optional(),
    /**
     * The person consented to a plain file; with `secretsKey`, what is sealed with it is made plain. False without a key: no secret is
     * written before the consent. Absent without a key: a plain file, as on a command line.
     */
    plainSecrets: z.boolean().optional(),
  }),
  /** The person has now consented to secrets in a plain file. */
  z.strictObject({ command: z.literal('allowPlainSecrets') }),
  /** Answered with `pong` by the engine's main loop: no answer = it hangs. */
  z.strictObject({ command: z.literal('ping'), id: z.number().int() }),
  /** Finish running segments and end; after `withinMs` it ends without them. */
  z.strictObject({
    command: z.literal('stop'),
    reason: z.enum(['user', 'update', 'shutdown']),
    withinMs: z.number().int().positive().optional(),
  }),
]);
export type SupervisorCommand = z.infer<typeof SupervisorCommandSchema>;

/** What the engine tells its supervisor. */
export const SupervisedEventSchema = z.discriminatedUnion('event', [
  /** It listens. `version` is the engine's; a supervisor of another version refuses it. */
  z.object({
    event: z.literal('ready'),
    protocol: z.number().int(),
    version: z.string(),
    pid: z.number().int(),
    /** `http://127.0.0.1:<port>` */
    address: z.string().regex(/^http:\/\/127\.0\.0\.1:\d{1,5}$/),
    token: z.string().min(8),
    dataDir: z.string(),
  }),
  /** It cannot run, and ends. */
  z.object({ event: z.literal('error'), error: ErrorInfoSchema }),
  z.object({ event: z.literal('pong'), id: z.number().int() }),
]);
export type SupervisedEvent = z.infer<typeof SupervisedEventSchema>;

/** The engine's first event once it listens. */
export type EngineReady = Extract<SupervisedEvent, { readonly event: 'ready' }>;
