import { describe, expect, test } from 'vitest';
import { beginCpace, confirmation, cpaceGenerator, cpaceKey, randomScalar, sameBytes } from '../../../engine/fleet/cpace.ts';

const hex = (text: string): Uint8Array => Buffer.from(text, 'hex');
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
/** The draft writes scalars little-endian. */
const scalar = (little: string): bigint => BigInt(`0x${Buffer.from(little, 'hex').reverse().toString('hex')}`);

/** Known answers of draft-irtf-cfrg-cpace-21, appendix "CPace using group ristretto255 and hash SHA-512". */
const INPUTS = {
  code: 'Password',
  channel: Buffer.from('\nAinitiator\nBresponder'),
  sessionId: hex('7e4b4791d6a8ef019b936c79fb7f2c57'),
};
const YA = 'da3d23700a9e5699258aef94dc060dfda5ebb61f02a5ea77fad53f4ff0976d08';
const YB = 'd2316b454718c35362d83d69df6320f38578ed5984651435e2949762d900b80d';

describe('CPace', () => {
  test('gives the draft’s generator, shares and key', () => {
    expect(text(cpaceGenerator(INPUTS))).toBe('5e25411ca1ad7c9debfd0b33ad987a95cefef2d3f15dcc8bd26415a5dfe2e15a');
    const a = beginCpace(INPUTS, Buffer.from('ADa'), scalar(YA));
    const b = beginCpace(INPUTS, Buffer.from('ADb'), scalar(YB));
    expect(text(a.message.share)).toBe('383a85dd236978f17f8c8545b50dabc52a39fcdab2cf8bc531ce040ff77ca82d');
    expect(text(b.message.share)).toBe('a6206309c0e8e5f579295e35997ac4300ab3fecec3c17f7b604f3e698fa1383c');
    const key =
      'e91ccb2c0f5e0d0993a33956e3be59754f3f2b07db57631f5394452ea2e7b4354674eb1f5686c078462bf83bec72e8743df440108e638f3526d9b90e85be096f';
    expect(text(cpaceKey(a, b.message.share, INPUTS.sessionId, a.message, b.message))).toBe(key);
    expect(text(cpaceKey(b, a.message.share, INPUTS.sessionId, a.message, b.message))).toBe(key);
  });

  test.each([
    ['no point', '2b3c6b8c4f3800e7aef6864025b4ed79bd599117e427c41bd47d93d654b4a51c'],
    ['the neutral point', '00'.repeat(32)],
    ['too short', '00'.repeat(31)],
  ])('error: a share that is %s ends the run', (_name, share) => {
    const side = beginCpace(INPUTS, Buffer.from(''));
    const theirs = { share: hex(share), said: Buffer.from('') };
    expect(() => cpaceKey(side, theirs.share, INPUTS.sessionId, side.message, theirs)).toThrow(RangeError);
  });

  test.each([
    ['another code', { ...INPUTS, code: 'password' }],
    ['another channel, as with a machine in between', { ...INPUTS, channel: Buffer.from('other') }],
    ['another session', { ...INPUTS, sessionId: hex('00'.repeat(16)) }],
  ])('with %s the keys differ', (_name, other) => {
    const a = beginCpace(INPUTS, Buffer.from('a'));
    const b = beginCpace(other, Buffer.from('b'));
    const ours = cpaceKey(a, b.message.share, INPUTS.sessionId, a.message, b.message);
    const theirs = cpaceKey(b, a.message.share, other.sessionId, a.message, b.message);
    expect(sameBytes(ours, theirs)).toBe(false);
  });

  test('what was said beside the shares cannot be changed on the way', () => {
    const a = beginCpace(INPUTS, Buffer.from('read-only'));
    const b = beginCpace(INPUTS, Buffer.from('b'));
    const ours = cpaceKey(a, b.message.share, INPUTS.sessionId, a.message, b.message);
    const seen = { ...a.message, said: Buffer.from('full') };
    expect(sameBytes(ours, cpaceKey(b, a.message.share, INPUTS.sessionId, seen, b.message))).toBe(false);
  });

  test('one side’s proof is not the other’s, so it cannot be played back', () => {
    const [a, b] = [beginCpace(INPUTS, Buffer.from('a')), beginCpace(INPUTS, Buffer.from('b'))];
    const key = cpaceKey(a, b.message.share, INPUTS.sessionId, a.message, b.message);
    const proofs = [a, b].map((side) => text(confirmation(key, INPUTS.sessionId, side.message)));
    expect(proofs[0]).not.toBe(proofs[1]);
  });

  test('scalars are fresh', () => {
    expect(randomScalar()).not.toBe(randomScalar());
  });
});
