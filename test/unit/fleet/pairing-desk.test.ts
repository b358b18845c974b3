import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { PAIRING_ATTEMPTS, PAIRING_MS } from '../../../engine/api/fleet.ts';
import { normaliseCode } from '../../../engine/api/pairing-text.ts';
import { EngineError } from '../../../engine/base/errors.ts';
import { beginCpace, confirmation, cpaceKey, sameBytes } from '../../../engine/fleet/cpace.ts';
import { PairingDesk } from '../../../engine/fleet/pairing-desk.ts';
import { type Hello, helloSaid, offerSaid, pairingChannel } from '../../../engine/fleet/pairing-messages.ts';

const PIN = 'p'.repeat(43);

function desk() {
  let nowMs = 1_000_000;
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
  return {
    desk: new PairingDesk(clock),
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

/** One try, as the other machine makes it; `seenPin` is the key that its connection proved. */
function attempt(to: PairingDesk, kind: Hello['kind'], code: string, { seenPin = PIN, saidName = 'Laptop' } = {}) {
  const sessionId = randomBytes(16);
  const side = beginCpace({ code, channel: pairingChannel(seenPin), sessionId }, helloSaid({ kind, name: 'Laptop' }));
  const hello: Hello = { v: 1, kind, sessionId, name: saidName, share: Buffer.from(side.message.share) };
  const answer = to.answer(hello, PIN, 'Rig');
  const theirs = { share: answer.share, said: offerSaid({ name: 'Rig', rights: answer.rights }) };
  const key = cpaceKey(side, answer.share, sessionId, side.message, theirs);
  const done = answer.finish(confirmation(key, sessionId, side.message));
  return { ...done, isRig: sameBytes(done.proof, confirmation(key, sessionId, theirs)) };
}

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof EngineError && error.code === 'pairing-refused') return error.message;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('a pairing', () => {
  test.each([['link'], ['code']] as const)('by %s lets one machine in, proves itself to it, and is used up', (kind) => {
    const { desk: rig } = desk();
    const { linkCode, shortCode } = rig.open('read-only');
    const code = kind === 'link' ? linkCode : normaliseCode(shortCode.toLowerCase());
    expect(attempt(rig, kind, code)).toMatchObject({ name: 'Laptop', rights: 'read-only', isRig: true });
    expect(rig.state).toBeNull();
    expect(refusal(() => attempt(rig, kind, code))).toContain('takes no other one in');
  });

  test('has codes of 160 and of 40 bits, new each time', () => {
    const { desk: rig } = desk();
    const offers = Array.from({ length: 200 }, () => rig.open('full'));
    expect(new Set(offers.map(({ shortCode }) => shortCode)).size).toBe(200);
    for (const { linkCode, shortCode } of offers) {
      expect(Buffer.from(linkCode, 'base64url')).toHaveLength(20);
      expect(shortCode).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
    }
  });

  test('a machine in between, with a key of its own, is refused even when the code is right', () => {
    const { desk: rig } = desk();
    const { shortCode } = rig.open('full');
    expect(refusal(() => attempt(rig, 'code', normaliseCode(shortCode), { seenPin: 'm'.repeat(43) }))).toContain(
      'between the two machines',
    );
    expect(rig.state?.attemptsLeft).toBe(PAIRING_ATTEMPTS - 1);
  });

  test('a name that was changed on the way is refused', () => {
    const { desk: rig } = desk();
    const { linkCode } = rig.open('full');
    expect(refusal(() => attempt(rig, 'link', linkCode, { saidName: 'Somebody else' }))).toContain('The code is wrong');
  });

  test('the short code is none of a link, nor the other way round', () => {
    const { desk: rig } = desk();
    const { linkCode, shortCode } = rig.open('full');
    expect(refusal(() => attempt(rig, 'link', normaliseCode(shortCode)))).toContain('The code is wrong');
    expect(refusal(() => attempt(rig, 'code', linkCode))).toContain('The code is wrong');
  });

  test('ends after five tries; who only asks for the answer has used one', () => {
    const { desk: rig } = desk();
    const { shortCode } = rig.open('full');
    const sessionId = randomBytes(16);
    const share = Buffer.from(beginCpace({ code: 'x', channel: pairingChannel(PIN), sessionId }, Buffer.from('')).message.share);
    for (let tries = 0; tries < PAIRING_ATTEMPTS; tries += 1) {
      rig.answer({ v: 1, kind: 'code', sessionId, name: 'Probe', share }, PIN, 'Rig');
    }
    expect(rig.state?.attemptsLeft).toBe(0);
    expect(refusal(() => attempt(rig, 'code', normaliseCode(shortCode)))).toContain('Too many wrong codes');
  });

  test('ends after ten minutes, also for who began in time', () => {
    const { desk: rig, pass } = desk();
    const { linkCode } = rig.open('full');
    pass(PAIRING_MS - 1);
    expect(rig.state).not.toBeNull();
    pass(1);
    expect(refusal(() => attempt(rig, 'link', linkCode))).toContain('takes no other one in');
  });

  test('a new one ends the one before', () => {
    const { desk: rig } = desk();
    const { linkCode } = rig.open('full');
    rig.open('read-only');
    expect(refusal(() => attempt(rig, 'link', linkCode))).toContain('The code is wrong');
  });

  test('a share that is no point is told as a wrong code', () => {
    const { desk: rig } = desk();
    rig.open('full');
    const hello: Hello = { v: 1, kind: 'code', sessionId: randomBytes(16), name: 'Odd', share: Buffer.alloc(32) };
    const answer = rig.answer(hello, PIN, 'Rig');
    expect(refusal(() => answer.finish(Buffer.alloc(64)))).toContain('The code is wrong');
  });
});
