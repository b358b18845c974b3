import type { FastifyInstance } from 'fastify';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { MAX_REDEEM_BYTES, REDEEM_PATH, type RedeemAnswer, type RedeemRequest, RedeemRequestSchema } from '../wire/redeem.ts';
import { sendText } from './http-text.ts';

/** Who knows which codes were given out. */
export interface InviteDesk {
  /** Exchanges a code, or looks whether it is good; a code is used up on disk before its answer is given. `from`: `host`. */
  redeem(request: RedeemRequest, from: string): Promise<RedeemAnswer>;
}

/** What the route is given. */
export interface InviteRouteParameters {
  readonly desk: InviteDesk;
  readonly clock: Clock;
  readonly log: Log;
}

/** Requests that one address, and all together, may make at once, and how many come back each second. */
const LIMITS = { own: { burst: 10, perSecond: 1 / 6 }, all: { burst: 60, perSecond: 2 } };

/** Addresses remembered; beyond it only the limit of all holds for new ones. */
const MAX_ADDRESSES = 1000;

const STATUS: Readonly<Record<RedeemAnswer['status'], number>> = {
  open: 200,
  secret: 200,
  used: 410,
  revoked: 410,
  expired: 410,
  unknown: 404,
  'too-often': 429,
};

/**
 * `POST /siphon/invite`: one-time codes of invites against the secret, over the orchestrator's own TLS, which is all that protects the
 * answer: the asker has pinned its key. Codes have 128 random bits; the limits keep guessers from costing anything.
 */
export function inviteRoute(instance: FastifyInstance, { desk, clock, log }: InviteRouteParameters): void {
  const limits = new RateLimits(clock);
  instance.post(REDEEM_PATH, { bodyLimit: MAX_REDEEM_BYTES }, async (request, reply) => {
    const from = request.socket.remoteAddress ?? 'unknown';
    reply.header('cache-control', 'no-store');
    if (!limits.take(from)) return reply.code(STATUS['too-often']).send({ status: 'too-often' } satisfies RedeemAnswer);
    const parsed = RedeemRequestSchema.safeParse(request.body);
    if (!parsed.success) return sendText(reply, 400, 'invalid request');
    const answer = await desk.redeem(parsed.data, from);
    if (answer.status !== 'open') log.info({ id: parsed.data.id, from, status: answer.status }, 'an invite was shown');
    return reply.code(STATUS[answer.status]).send(answer);
  });
}

/** Token buckets by address, and one for all. */
class RateLimits {
  readonly #clock: Clock;
  readonly #all: Bucket;
  readonly #own = new Map<string, Bucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#all = new Bucket(LIMITS.all, clock.monotonicMs());
  }

  take(address: string): boolean {
    const now = this.#clock.monotonicMs();
    const own = this.#bucketOf(address, now);
    // The one's own first: an address that asks too often must not use up what is everybody's.
    return (own?.take(now) ?? true) && this.#all.take(now);
  }

  #bucketOf(address: string, now: number): Bucket | undefined {
    const known = this.#own.get(address);
    if (known) return known;
    if (this.#own.size >= MAX_ADDRESSES) for (const [key, bucket] of this.#own) if (bucket.isFull(now)) this.#own.delete(key);
    if (this.#own.size >= MAX_ADDRESSES) return undefined;
    const bucket = new Bucket(LIMITS.own, now);
    this.#own.set(address, bucket);
    return bucket;
  }
}

class Bucket {
  readonly #limit: { readonly burst: number; readonly perSecond: number };
  #left: number;
  #atMs: number;

  constructor(limit: { readonly burst: number; readonly perSecond: number }, nowMs: number) {
    this.#limit = limit;
    this.#left = limit.burst;
    this.#atMs = nowMs;
  }

  take(nowMs: number): boolean {
    this.#refill(nowMs);
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }

  isFull(nowMs: number): boolean {
    this.#refill(nowMs);
    return this.#left >= this.#limit.burst;
  }

  #refill(nowMs: number): void {
    this.#left = Math.min(this.#limit.burst, this.#left + ((nowMs - this.#atMs) / 1000) * this.#limit.perSecond);
    this.#atMs = nowMs;
  }
}
