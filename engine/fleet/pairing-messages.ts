import { z } from 'zod';
import { ErrorInfoSchema } from '../api/errors.ts';
import { REMOTE_RIGHTS } from '../api/fleet.ts';
import { EngineError } from '../base/errors.ts';

/** Path of the pairing on the rig's TLS port. */
export const PAIR_PATH = '/pair';

/** Largest message of a pairing, bytes. */
export const MAX_PAIRING_MESSAGE = 4096;

/** Milliseconds that a whole pairing may take once connected. */
export const PAIRING_EXCHANGE_MS = 10_000;

const bytes = (length: number) =>
  z
    .string()
    .regex(/^[\w-]+$/)
    .max(100)
    .transform((text, context) => {
      const value = Buffer.from(text, 'base64url');
      if (value.length === length) return value;
      context.issues.push({ code: 'custom', message: `is not ${length} bytes`, input: text });
      return z.NEVER;
    });

/** First message, from the machine that wants in. Which code it knows, what it calls itself, its share. */
export const HelloSchema = z.object({
  v: z.literal(1),
  kind: z.enum(['link', 'code']),
  sessionId: bytes(16),
  name: z.string().trim().min(1).max(60),
  share: bytes(32),
});
export type Hello = z.infer<typeof HelloSchema>;

const RefusedSchema = z.object({ error: ErrorInfoSchema });

/** The rig's answer to it: its share and what it offers. */
export const OfferSchema = z.object({
  share: bytes(32),
  name: z.string().min(1).max(60),
  rights: z.enum(REMOTE_RIGHTS),
});

/** Third message: proof that the code was known. */
export const ProofSchema = z.object({ proof: bytes(64) });

/** Last message: the rig's own proof, and the token. */
export const WelcomeSchema = z.object({ proof: bytes(64), token: z.string().regex(/^[\w-]{43}$/) });

/** What the initiator says with its share. */
export function helloSaid({ kind, name }: Pick<Hello, 'kind' | 'name'>): Buffer {
  return Buffer.from(JSON.stringify([kind, name]), 'utf8');
}

/** What the rig says with its share. */
export function offerSaid({ name, rights }: Pick<z.infer<typeof OfferSchema>, 'name' | 'rights'>): Buffer {
  return Buffer.from(JSON.stringify([name, rights]), 'utf8');
}

/** What a pairing is bound to: the TLS key that the client saw is the one the rig has, or their keys differ. */
export function pairingChannel(pin: string): Buffer {
  return Buffer.from(`siphon pairing 1 ${pin}`, 'utf8');
}

/**
 * Reads one message of the other side.
 * @throws EngineError what the other side refused with, or `bad-request` for anything else
 */
export function readMessage<T>(schema: z.ZodType<T>, text: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Told below.
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const refused = RefusedSchema.safeParse(value);
  if (refused.success) {
    const { code, message, nextStep } = refused.data.error;
    throw new EngineError({ code, message, ...(nextStep === undefined ? {} : { nextStep }) });
  }
  throw new EngineError({ code: 'bad-request', message: 'The other machine does not speak this pairing' });
}
