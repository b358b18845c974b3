import { describe, expect, test } from 'vitest';
import {
  addressText,
  hashSignedBy,
  messageSignedBy,
  orchestratorRequestMessage,
  personalDigest,
  recoverHashSigner,
  toAddress,
  ZERO_ADDRESS,
} from '../../../engine/wire/eth-signature.ts';
import { keccak256, resultSignatureBytes, segmentSignatureBytes } from '../../../engine/wire/signatures.ts';
import { addressOf, signHash, signMessage } from '../../support/sign.ts';
import { extraVectors, unhex, vectors } from '../../support/vectors.ts';

const hex = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString('hex')}`;
const utf8 = (text: unknown) => new TextEncoder().encode(String(text));

describe('signatures, by the reference’s vectors', () => {
  test.each(vectors(/^keys$/))('$name: addresses of keys', ({ inputs, outputs }) => {
    expect(addressText(addressOf(unhex(inputs.senderPrivateKey)))).toBe(outputs.senderAddress);
    expect(addressText(addressOf(unhex(inputs.recipientPrivateKey)))).toBe(outputs.recipientAddress);
  });

  test.each(vectors(/^sig_verify_/))('$name', ({ inputs, outputs }) => {
    expect(hashSignedBy(unhex(inputs.address), unhex(inputs.message32), unhex(inputs.signature))).toBe(outputs.verifies);
  });

  test.each(vectors(/^get_orchestrator_request_/))('$name', ({ inputs, outputs }) => {
    const key = unhex(inputs.privateKey);
    const message = orchestratorRequestMessage(addressOf(key));
    expect(Buffer.from(message).toString()).toBe(inputs.signedText);
    expect(hex(personalDigest(keccak256(message)))).toBe(outputs.eip191Digest);
    expect(hex(signMessage(key, message))).toBe(outputs.signature);
    expect(messageSignedBy(addressOf(key), message, unhex(outputs.signature))).toBe(true);
  });

  test.each(vectors(/^ping_pong$/))('$name', ({ inputs, outputs }) => {
    const key = unhex(inputs.orchestratorPrivateKey);
    expect(messageSignedBy(addressOf(key), unhex(inputs.value), unhex(outputs.pongSignature))).toBe(true);
    expect(hex(signMessage(key, unhex(inputs.value)))).toBe(outputs.pongSignature);
  });

  test.each(vectors(/^transcode_result_signature$/))('$name', ({ inputs, outputs }) => {
    const key = unhex(inputs.orchestratorPrivateKey);
    const message = resultSignatureBytes((inputs.segmentsUtf8 as string[]).map(utf8));
    expect(hex(personalDigest(keccak256(message)))).toBe(outputs.eip191Digest);
    expect(hex(signMessage(key, message))).toBe(outputs.signature);
    expect(messageSignedBy(addressOf(key), message, unhex(outputs.signature))).toBe(true);
  });

  test.each(vectors(/^seg_flatten_sign_/))('$name', ({ inputs, outputs }) => {
    const message = segmentSignatureBytes({
      manifestId: String(inputs.manifestId),
      seq: BigInt(inputs.seq as number),
      hash: keccak256(utf8(inputs.segmentDataUtf8)),
      profileNames: inputs.profileNames as string[],
    });
    expect(hex(message)).toBe(outputs.flatten);
    expect(hex(keccak256(message))).toBe(outputs.keccakOfFlatten);
    expect(hex(personalDigest(keccak256(message)))).toBe(outputs.eip191Digest);
    if (outputs.signature === undefined) return;
    const key = unhex(inputs.privateKey);
    expect(hex(signMessage(key, message))).toBe(outputs.signature);
    expect(messageSignedBy(addressOf(key), message, unhex(outputs.signature))).toBe(true);
  });

  test.each(extraVectors('signature'))('$id: $description', ({ input, expected }) => {
    const key = unhex(input.privateKey);
    const hash = unhex(expected.signedBytes32);
    expect(hex(personalDigest(hash))).toBe(`0x${expected.eip191Digest}`);
    expect(hex(signHash(key, hash))).toBe(`0x${expected.signature}`);
    expect(hashSignedBy(addressOf(key), hash, unhex(expected.signature))).toBe(true);
    expect(hashSignedBy(toAddress(unhex('01')), hash, unhex(expected.signature))).toBe(false);
  });
});

describe('signatures that are none', () => {
  const hash = new Uint8Array(32).fill(7);
  const good = signHash(new Uint8Array(32).fill(1), hash);

  test('are recovered to nobody', () => {
    for (const bad of [new Uint8Array(0), good.subarray(0, 64), Uint8Array.of(...good, 0), new Uint8Array(65).fill(255)]) {
      expect(recoverHashSigner(hash, bad)).toBeUndefined();
    }
    expect(recoverHashSigner(hash, good)).toEqual(addressOf(new Uint8Array(32).fill(1)));
  });

  test('an address of any length is made 20 bytes', () => {
    expect(toAddress(new Uint8Array(0))).toEqual(ZERO_ADDRESS);
    expect(toAddress(Uint8Array.of(1, 2))[19]).toBe(2);
    expect(toAddress(new Uint8Array(25).map((_, index) => index))[0]).toBe(5);
  });
});
