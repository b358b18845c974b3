import type { KeyObject } from 'node:crypto';
import type { z } from 'zod';
import type { InviteDetails } from '../api/invite.ts';
import { pinOf } from '../wire/pin.ts';
import { openEnvelope, sealEnvelope, signerOf } from './envelope.ts';
import { inviteError } from './errors.ts';
import { findToken, inviteLink } from './link.ts';
import { detailsOf, hasOneAccess, MAX_PAYLOAD_BYTES, type Payload, PayloadSchema } from './payload.ts';

/** How far ahead the maker's clock may be, milliseconds. */
const CLOCK_TOLERANCE_MS = 10 * 60_000;

/** A checked invite, with what must never be shown. */
export interface Invite {
  readonly details: InviteDetails;
  /** The orchestrator's secret, or the code that is exchanged for it. */
  readonly access: { readonly kind: 'secret'; readonly secret: string } | { readonly kind: 'once'; readonly code: string };
}

/**
 * Signs an invite with the orchestrator's TLS key and makes its link.
 * @throws EngineError `bad-request` when something in it is too long or not allowed
 */
export function makeInvite(payload: Payload, privateKey: KeyObject): string {
  const parsed = PayloadSchema.safeParse(payload);
  if (!parsed.success) throw inviteError.cannotMake(`these cannot be in it: ${wrong(parsed.error)}`);
  const bytes = Buffer.from(JSON.stringify(parsed.data));
  if (bytes.length > MAX_PAYLOAD_BYTES) throw inviteError.cannotMake(`it would have more than ${MAX_PAYLOAD_BYTES} bytes`);
  return inviteLink(sealEnvelope(bytes, privateKey));
}

/**
 * Reads an invite from a text and checks all that can be checked without asking anybody. Undefined when the text is something else.
 * @throws EngineError `invite-cut-off`, `invite-newer`, `invite-tampered`, `invite-not-one`, `invite-expired`, `invite-clock`
 */
export function readInvite(text: string, nowMs: number): Invite | undefined {
  const found = findToken(text);
  if (found.kind === 'none') return undefined;
  if (found.kind === 'newer') throw inviteError.newer();
  if (found.kind === 'broken-link') throw inviteError.tampered();
  const envelope = openEnvelope(found.bytes);
  if (envelope === 'newer') throw inviteError.newer();
  if (envelope === 'cut' || (found.cut && typeof envelope === 'string')) throw inviteError.cutOff();
  if (typeof envelope === 'string' || envelope.payload.length > MAX_PAYLOAD_BYTES) throw inviteError.tampered();
  const key = signerOf(envelope);
  if (!key) throw inviteError.tampered();
  const payload = parsePayload(envelope.payload);
  const details = detailsOf(payload, pinOf(key));
  checkTimes(details, nowMs);
  const access =
    payload.c === undefined
      ? ({ kind: 'secret', secret: payload.s ?? '' } as const)
      : ({ kind: 'once', code: payload.c } as const);
  return { details, access };
}

function parsePayload(bytes: Buffer): Payload {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw inviteError.invalid('it is not JSON');
  }
  const parsed = PayloadSchema.safeParse(value);
  if (!parsed.success) {
    // Signed, and with more in it than this version knows: the maker is ahead.
    if (parsed.error.issues.some((issue) => issue.code === 'unrecognized_keys')) throw inviteError.newer();
    throw inviteError.invalid(wrong(parsed.error));
  }
  if (!hasOneAccess(parsed.data)) throw inviteError.invalid('it needs either a secret or a code');
  return parsed.data;
}

function checkTimes({ madeAtMs, expiresAtMs }: InviteDetails, nowMs: number): void {
  if (madeAtMs > nowMs + CLOCK_TOLERANCE_MS) throw inviteError.fromTheFuture(timeText(madeAtMs), timeText(nowMs));
  if (expiresAtMs !== null && expiresAtMs <= nowMs) throw inviteError.expired(timeText(expiresAtMs), timeText(nowMs));
}

/** `2026-11-24 10:20 UTC`. */
export function timeText(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

const NAMES: Readonly<Record<string, string>> = {
  i: 'id',
  o: "operator's name",
  u: 'service URI',
  s: 'secret',
  c: 'code',
  t: 'terms',
  n: 'note',
  m: 'time it was made',
  e: 'time it expires',
};

function wrong(error: z.ZodError): string {
  const places = error.issues.map(({ path }) => [NAMES[String(path[0])] ?? 'contents', ...path.slice(1)].join(' '));
  return [...new Set(places)].join(', ');
}
