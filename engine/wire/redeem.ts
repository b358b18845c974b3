import { z } from 'zod';

/** Where an orchestrator exchanges one-time codes of invites for its secret: Siphon's own addition to the one TLS port. */
export const REDEEM_PATH = '/siphon/invite';

/** Longest request and answer, bytes. */
export const MAX_REDEEM_BYTES = 8192;

/** What is asked for a code. */
export const RedeemRequestSchema = z.strictObject({
  id: z.string().min(1).max(40),
  code: z.string().min(1).max(100),
  /** `check`: is the code still good? Uses nothing up. */
  act: z.enum(['check', 'redeem']),
  /** Random, the same in a repeated request: an answer that was lost on the way can be asked for again. */
  claim: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
  /** Where this transcoder's operator wants to be paid. */
  payoutAddress: z
    .string()
    .regex(/^0x[0-9a-fA-F]{40}$/)
    .optional(),
});
export type RedeemRequest = z.infer<typeof RedeemRequestSchema>;

/** Why a code is not exchanged. */
const REDEEM_REFUSALS = ['used', 'revoked', 'expired', 'unknown', 'too-often'] as const;

/** What comes back. `open` answers a check, `secret` a redeem. */
export const RedeemAnswerSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('open') }),
  z.object({ status: z.literal('secret'), secret: z.string().min(1).max(4096) }),
  z.object({ status: z.enum(REDEEM_REFUSALS) }),
]);
export type RedeemAnswer = z.infer<typeof RedeemAnswerSchema>;
