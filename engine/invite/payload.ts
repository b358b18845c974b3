import { z } from 'zod';
import { type InviteDetails, PayoutTermsSchema } from '../api/invite.ts';
import { normaliseServiceUri } from '../config/service-uri.ts';

/** Most bytes of a payload; what a person writes fits several times. */
export const MAX_PAYLOAD_BYTES = 3500;

/**
 * Characters that must not be in a text that strangers see: control characters but line breaks, and those that turn the direction of
 * what follows or are not seen at all, with which a name can pretend to be another.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const HIDDEN = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

const shown = (schema: z.ZodString) => schema.refine((text) => !HIDDEN.test(text), 'has hidden characters');
const line = (schema: z.ZodString) => shown(schema).refine((text) => !text.includes('\n'), 'has several lines');
const seconds = z
  .number()
  .int()
  .min(0)
  .max(2 ** 40);

/** The signed part of an invite, with the short keys that it travels with. */
export const PayloadSchema = z.strictObject({
  /** Id. */
  i: z.string().regex(/^[A-Za-z0-9_-]{6,24}$/),
  /** Operator's name. */
  o: line(z.string().trim().min(1).max(80)),
  /** Service URIs, best first. */
  u: z
    .array(
      z
        .string()
        .max(300)
        .refine((uri) => normaliseServiceUri(uri) === uri, 'is not a service URI'),
    )
    .min(1)
    .max(3),
  /** The orchestrator's secret; exactly one of this and `c`. */
  s: z.string().min(1).max(512).optional(),
  /** One-time code: 16 random bytes, base64url. */
  c: z
    .string()
    .regex(/^[A-Za-z0-9_-]{22}$/)
    .optional(),
  t: PayoutTermsSchema.extend({ text: shown(z.string().trim().max(600)) }),
  /** Note. */
  n: shown(z.string().trim().max(300)).optional(),
  /** Made at, seconds since the Unix epoch. */
  m: seconds,
  /** Expires at, the same; absent = never. */
  e: seconds.optional(),
});
export type Payload = z.infer<typeof PayloadSchema>;

/** Whether exactly one way to get in is in it. */
export function hasOneAccess({ s, c }: Payload): boolean {
  return (s === undefined) !== (c === undefined);
}

/** What may be shown of a payload that `pin`'s key has signed. */
export function detailsOf(payload: Payload, pin: string): InviteDetails {
  return {
    id: payload.i,
    operator: payload.o,
    serviceUris: payload.u,
    pin,
    access: payload.c === undefined ? 'secret' : 'once',
    terms: payload.t,
    note: payload.n ?? null,
    madeAtMs: payload.m * 1000,
    expiresAtMs: payload.e === undefined ? null : payload.e * 1000,
  };
}
