import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import type { Clock } from '../base/clock.ts';
import { type AuthToken, AuthTokenSchema } from '../wire/gen/net/lp_rpc_pb.js';

/** Seconds a token is good for (go-livepeer `core/orchestrator.go`); gateways count on this number. */
const VALID_SECONDS = 1800n;

/** Whether a token is one of ours and still good. */
export type TokenVerdict = 'valid' | 'invalid' | 'expired';

/** Big-endian bytes without leading zeros; zero has none. Negative numbers count by their magnitude, as Go's big integers do. */
function minimalBytes(value: bigint): Buffer {
  const magnitude = value < 0n ? -value : value;
  if (magnitude === 0n) return Buffer.alloc(0);
  const hex = magnitude.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
}

/** The token's bytes: HMAC-SHA256 over session id and expiration in Unix seconds (go-livepeer `core/orchestrator.go`, authToken). */
export function tokenBytes(key: Uint8Array, sessionId: string, expiration: bigint): Uint8Array {
  return createHmac('sha256', key).update(sessionId, 'utf8').update(minimalBytes(expiration)).digest();
}

/** Issues and judges the tokens that make a session. The key lives as long as the process: a restart invalidates all, as in the reference. */
export class AuthTokens {
  readonly #key: Uint8Array;
  readonly #clock: Clock;

  constructor(clock: Clock, key: Uint8Array = randomBytes(32)) {
    this.#clock = clock;
    this.#key = key;
  }

  /** A token for a new session: 8 hex digits. */
  issue(): AuthToken {
    const sessionId = randomBytes(4).toString('hex');
    const expiration = BigInt(Math.floor(this.#clock.nowMs() / 1000)) + VALID_SECONDS;
    return create(AuthTokenSchema, { sessionId, expiration, token: tokenBytes(this.#key, sessionId, expiration) });
  }

  /** First whether it is ours, then whether its time is over. */
  judge(token: AuthToken): TokenVerdict {
    if (!this.isOurs(token)) return 'invalid';
    return BigInt(Math.floor(this.#clock.nowMs() / 1000)) > token.expiration ? 'expired' : 'valid';
  }

  /** Whether this process issued it, however long ago. */
  isOurs({ sessionId, expiration, token }: AuthToken): boolean {
    const expected = tokenBytes(this.#key, sessionId, expiration);
    return token.length === expected.length && timingSafeEqual(token, expected);
  }
}
