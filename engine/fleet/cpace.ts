import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { ristretto255 } from '@noble/curves/ed25519.js';

/**
 * CPace (draft-irtf-cfrg-cpace-21), group ristretto255, hash SHA-512, initiator and responder: both sides turn one short code into
 * one strong key. Who does not know the code learns nothing but whether one guess was right, and needs the other side for each.
 */

const DSI = Buffer.from('CPaceRistretto255');
const HASH_BLOCK_BYTES = 128;
const Point = ristretto255.Point;

/** What both sides know before: the code, what the run is bound to, and the number of the run. */
export interface CpaceInputs {
  readonly code: string;
  /** Channel identifier: what both must see alike, or their keys differ. */
  readonly channel: Uint8Array;
  /** Session id, new for every run. */
  readonly sessionId: Uint8Array;
}

/** One side's share, and what it says with it; both go to the other side in the open. */
export interface CpaceMessage {
  readonly share: Uint8Array;
  /** Bound to the key, not hidden. */
  readonly said: Uint8Array;
}

/** One side of a run: its own message, and the secret behind it. */
export interface CpaceSide {
  readonly message: CpaceMessage;
  readonly secret: bigint;
}

function withLength(data: Uint8Array): Buffer {
  const digits: number[] = [];
  let left = data.length;
  for (; left >= 0x80; left >>= 7) digits.push((left & 0x7f) | 0x80);
  return Buffer.concat([Buffer.of(...digits, left), data]);
}

function joined(...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat(parts.map(withLength));
}

function sha512(data: Uint8Array): Buffer {
  return createHash('sha512').update(data).digest();
}

/** The generator that belongs to the code (draft, section 7.1). */
export function cpaceGenerator({ code, channel, sessionId }: CpaceInputs): Uint8Array {
  return generator({ code, channel, sessionId }).toBytes();
}

function generator({ code, channel, sessionId }: CpaceInputs): InstanceType<typeof Point> {
  const password = Buffer.from(code, 'utf8');
  const padding = Math.max(0, HASH_BLOCK_BYTES - 1 - withLength(password).length - withLength(DSI).length);
  return Point.hashToCurve(sha512(joined(DSI, password, Buffer.alloc(padding), channel, sessionId)));
}

/** A fresh random scalar, below the group's order. */
export function randomScalar(): bigint {
  // 512 random bits: the remainder's bias is below 2⁻²⁵⁰.
  return BigInt(`0x${randomBytes(64).toString('hex')}`) % Point.Fn.ORDER;
}

/** Begins one side of a run. `secret` is for tests with known answers. */
export function beginCpace(inputs: CpaceInputs, said: Uint8Array, secret: bigint = randomScalar()): CpaceSide {
  return { message: { share: generator(inputs).multiply(secret).toBytes(), said }, secret };
}

/**
 * The key of a run, 64 bytes: the same on both sides exactly when code, channel, session id and both messages were the same.
 * @throws RangeError when the other side's share is no proper point; then the run must end
 */
export function cpaceKey(
  side: CpaceSide,
  theirs: Uint8Array,
  sessionId: Uint8Array,
  initiator: CpaceMessage,
  responder: CpaceMessage,
): Buffer {
  let point: InstanceType<typeof Point>;
  try {
    point = Point.fromBytes(theirs);
  } catch (cause) {
    throw new RangeError('the share is no point', { cause });
  }
  if (point.equals(Point.ZERO)) throw new RangeError('the share is the neutral point');
  const shared = point.multiply(side.secret).toBytes();
  const transcript = [initiator, responder].map(({ share, said }) => joined(share, said));
  return sha512(Buffer.concat([joined(Buffer.concat([DSI, Buffer.from('_ISK')]), sessionId, shared), ...transcript]));
}

/** What one side shows to prove that it has the key (draft, section 9.4): bound to its own message, so neither can be played back. */
export function confirmation(key: Uint8Array, sessionId: Uint8Array, own: CpaceMessage): Buffer {
  const macKey = sha512(Buffer.concat([Buffer.from('CPaceMac'), sessionId, key]));
  return createHmac('sha512', macKey).update(joined(own.share, own.said)).digest();
}

/** Compares in constant time. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
