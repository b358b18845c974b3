import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { AuthTokens, tokenBytes } from '../../../engine/orchestrator/auth-token.ts';
import { AuthTokenSchema } from '../../../engine/wire/gen/net/lp_rpc_pb.js';
import { extraVectors, unhex, vectors } from '../../support/vectors.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('auth tokens', () => {
  test.each(vectors(/^auth_token_/))('$name, by the reference’s vectors', ({ inputs, outputs }) => {
    const sessionId = String(inputs.sessionId);
    const expiration = BigInt(inputs.expiration as number);
    const token = tokenBytes(unhex(inputs.secret), sessionId, expiration);
    expect(`0x${hex(token)}`).toBe(outputs.token);
    const message = create(AuthTokenSchema, { token, sessionId, expiration });
    expect(`0x${hex(toBinary(AuthTokenSchema, message))}`).toBe(outputs.protobuf);
  });

  test.each(extraVectors('auth-token').filter(({ expected }) => expected.token !== undefined))(
    '$id: $description',
    ({ input, expected }) => {
      const token = tokenBytes(unhex(input.secret), String(input.sessionId), BigInt(String(input.expiration)));
      expect(hex(token)).toBe(expected.token);
    },
  );

  test('are good for half an hour to the second, and only where they were made', () => {
    let nowMs = 1_700_000_000_400;
    const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
    const [ours, others] = [new AuthTokens(clock), new AuthTokens(clock)];
    const token = ours.issue();
    expect(token.sessionId).toMatch(/^[0-9a-f]{8}$/);
    expect(token.expiration).toBe(1_700_001_800n);
    expect(ours.judge(token)).toBe('valid');
    expect(others.judge(token)).toBe('invalid');
    expect(ours.judge({ ...token, sessionId: '00000000' })).toBe('invalid');
    expect(ours.judge({ ...token, expiration: token.expiration + 1n })).toBe('invalid');
    expect(ours.judge({ ...token, token: new Uint8Array(0) })).toBe('invalid');
    nowMs = 1_700_001_800_999;
    expect(ours.judge(token)).toBe('valid');
    nowMs = 1_700_001_801_000;
    expect(ours.judge(token)).toBe('expired');
    expect(ours.isOurs(token)).toBe(true);
  });
});
