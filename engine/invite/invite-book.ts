import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { InviteListing } from '../api/invite.ts';
import type { Clock } from '../base/clock.ts';
import { EngineError } from '../base/errors.ts';
import { writeFileAtomic } from '../config/atomic-file.ts';
import type { RedeemAnswer, RedeemRequest } from '../wire/redeem.ts';

/** Invites kept in the list at most. */
const MAX_INVITES = 500;

/** Used, revoked and expired invites are shown so long, milliseconds. */
const KEEP_MS = 90 * 24 * 3600_000;

/** An answer lost on the way may be asked for again with the same claim so long, milliseconds. */
const REPEAT_MS = 15 * 60_000;

const RecordSchema = z.strictObject({
  id: z.string(),
  label: z.string().nullable(),
  access: z.enum(['secret', 'once']),
  madeAtMs: z.number(),
  expiresAtMs: z.number().nullable(),
  /** SHA-256 of the code, hex: 128 random bits need no slower hash. */
  codeHash: z.string().optional(),
  revokedAtMs: z.number().optional(),
  used: z
    .strictObject({ atMs: z.number(), from: z.string(), claimHash: z.string(), payoutAddress: z.string().nullable() })
    .optional(),
});
type InviteRecord = z.infer<typeof RecordSchema>;

const FileSchema = z.strictObject({ version: z.literal(1), invites: z.array(RecordSchema).max(MAX_INVITES * 2) });

/** What a new entry is made from. */
export interface NewInvite {
  readonly label: string | null;
  readonly access: 'secret' | 'once';
  readonly expiresAtMs: number | null;
}

/** What an {@link InviteBook} needs. */
export interface InviteBookParameters {
  readonly file: string;
  readonly clock: Clock;
  /** The orchestrator's secret, which codes are exchanged for. */
  readonly secret: () => Promise<string>;
}

/**
 * The invites that this machine's orchestrator has given out, in a file of its own. Codes are in it as hashes only; one is marked used
 * on disk, flushed, before anybody is told the secret for it, so a crash at any moment leaves it either open or used up.
 */
export class InviteBook {
  readonly #parameters: InviteBookParameters;
  #queue: Promise<unknown> = Promise.resolve();
  #known: readonly InviteRecord[] | undefined;

  constructor(parameters: InviteBookParameters) {
    this.#parameters = parameters;
  }

  /** All of them, newest first. */
  list(): Promise<readonly InviteListing[]> {
    return this.#alone(async () => {
      const now = this.#now;
      return (await this.#load()).map((record) => listingOf(record, now)).reverse();
    });
  }

  /**
   * Enters a new one; the code comes back this once.
   * @throws EngineError `bad-request` when too many are open; `disk-full`, `data-dir-unwritable`
   */
  add({
    label,
    access,
    expiresAtMs,
  }: NewInvite): Promise<{ readonly id: string; readonly madeAtMs: number; readonly code?: string }> {
    return this.#alone(async () => {
      const known = await this.#load();
      const now = this.#now;
      const kept = known.filter((record) => stateOf(record, now) === 'open' || (closedAtMs(record) ?? now) > now - KEEP_MS);
      const open = kept.filter((record) => stateOf(record, now) === 'open');
      if (open.length >= MAX_INVITES) {
        throw new EngineError({
          code: 'bad-request',
          message: `There are ${MAX_INVITES} open invites already`,
          nextStep: 'Revoke some that nobody will use: siphon invite list',
        });
      }
      // Hex: an id is given to "siphon invite revoke", where one that began with "-" would be taken for an option.
      const id = randomBytes(6).toString('hex');
      const code = access === 'once' ? randomBytes(16).toString('base64url') : undefined;
      const madeAtMs = Math.floor(now / 1000) * 1000;
      const record = { id, label, access, madeAtMs, expiresAtMs, ...(code === undefined ? {} : { codeHash: hashOf(code) }) };
      const room = MAX_INVITES - open.length - 1;
      const closed = kept.filter((each) => !open.includes(each)).slice(-room || kept.length);
      await this.#save([...closed, ...open, record].sort((a, b) => a.madeAtMs - b.madeAtMs));
      return { id, madeAtMs, ...(code === undefined ? {} : { code }) };
    });
  }

  /**
   * Takes a one-time code back.
   * @throws EngineError `not-found`, `bad-request` for one that was used or carries the secret itself
   */
  revoke(id: string): Promise<void> {
    return this.#alone(async () => {
      const known = await this.#load();
      const record = known.find((each) => each.id === id);
      if (!record) {
        throw new EngineError({ code: 'not-found', message: `There is no invite "${id}"`, nextStep: 'See: siphon invite list' });
      }
      if (record.access === 'secret') {
        throw new EngineError({
          code: 'bad-request',
          message: 'This invite carries the secret itself, so it cannot be taken back alone',
          nextStep: 'Make one-time invites where that matters. To shut everybody out, change the orchestrator’s secret.',
        });
      }
      if (record.used) {
        throw new EngineError({
          code: 'bad-request',
          message: `This invite was used on ${new Date(record.used.atMs).toISOString()}; its user knows the secret now`,
          nextStep: 'To shut that transcoder out, change the orchestrator’s secret.',
        });
      }
      if (record.revokedAtMs !== undefined) return;
      await this.#replace(known, { ...record, revokedAtMs: this.#now });
    });
  }

  /** Exchanges a code for the secret, or looks whether it could be. */
  redeem({ id, code, act, claim, payoutAddress }: RedeemRequest, from: string): Promise<RedeemAnswer> {
    return this.#alone(async (): Promise<RedeemAnswer> => {
      const known = await this.#load();
      const record = known.find((each) => each.id === id);
      // As long for an unknown id as for a wrong code, and neither is told from the other.
      const right = equalHashes(hashOf(code), record?.codeHash ?? hashOf(''));
      if (!record || record.codeHash === undefined || !right) return { status: 'unknown' };
      const now = this.#now;
      const { used } = record;
      const repeated = used && now - used.atMs < REPEAT_MS && equalHashes(hashOf(claim), used.claimHash);
      if (act === 'redeem' && repeated) return { status: 'secret', secret: await this.#parameters.secret() };
      const state = stateOf(record, now);
      if (state !== 'open') return { status: state };
      if (act === 'check') return { status: 'open' };
      const secret = await this.#parameters.secret();
      await this.#replace(known, {
        ...record,
        used: { atMs: now, from, claimHash: hashOf(claim), payoutAddress: payoutAddress ?? null },
      });
      return { status: 'secret', secret };
    });
  }

  get #now(): number {
    return this.#parameters.clock.nowMs();
  }

  /** One after the other: two requests for one code must not both find it open. */
  #alone<T>(act: () => Promise<T>): Promise<T> {
    const run = this.#queue.then(act);
    this.#queue = run.catch(() => {});
    return run;
  }

  async #load(): Promise<readonly InviteRecord[]> {
    if (this.#known) return this.#known;
    const { file } = this.#parameters;
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw unreadable(file, error);
    }
    try {
      this.#known = FileSchema.parse(JSON.parse(text)).invites;
      return this.#known;
    } catch (error) {
      throw unreadable(file, error);
    }
  }

  #replace(known: readonly InviteRecord[], record: InviteRecord): Promise<void> {
    return this.#save(known.map((each) => (each.id === record.id ? record : each)));
  }

  async #save(invites: readonly InviteRecord[]): Promise<void> {
    await writeFileAtomic(this.#parameters.file, `${JSON.stringify({ version: 1, invites }, null, 2)}\n`, { mode: 0o600 });
    this.#known = invites;
  }
}

function stateOf({ used, revokedAtMs, expiresAtMs }: InviteRecord, nowMs: number): InviteListing['state'] {
  if (used) return 'used';
  if (revokedAtMs !== undefined) return 'revoked';
  return expiresAtMs !== null && expiresAtMs <= nowMs ? 'expired' : 'open';
}

function closedAtMs({ used, revokedAtMs, expiresAtMs }: InviteRecord): number | null {
  return used?.atMs ?? revokedAtMs ?? expiresAtMs;
}

function listingOf(record: InviteRecord, nowMs: number): InviteListing {
  const { id, label, access, madeAtMs, expiresAtMs, used } = record;
  return {
    id,
    label,
    access,
    madeAtMs,
    expiresAtMs,
    state: stateOf(record, nowMs),
    used: used ? { atMs: used.atMs, from: used.from, payoutAddress: used.payoutAddress } : null,
  };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function equalHashes(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function unreadable(file: string, cause: unknown): EngineError {
  return new EngineError({
    code: 'store-corrupt',
    message: `The list of invites in ${file} cannot be read`,
    nextStep: `Restore it from a backup, or delete it: then the one-time codes given out so far no longer work.`,
    cause,
  });
}
