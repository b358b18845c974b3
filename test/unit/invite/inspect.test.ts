import { createPrivateKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readTarget, shownTarget } from '../../../engine/invite/inspect.ts';
import { makeInvite } from '../../../engine/invite/invite.ts';
import { createCertificate } from '../../../engine/wire/tls.ts';

const NOW = Date.UTC(2026, 10, 24);
const key = createPrivateKey(createCertificate('x').key);
const DAY = 24 * 3600;

function warningsOf(
  uris: readonly string[],
  more: { readonly e?: number; readonly s?: string; readonly c?: string } = {},
  current: string | null = null,
) {
  const text = makeInvite(
    {
      i: 'AbCdEf12',
      o: 'Ada',
      u: [...uris],
      t: { text: '', commissionPpm: null, minimumPayoutWei: null, currency: 'ETH' },
      m: NOW / 1000,
      ...(more.c === undefined && more.s === undefined ? { c: 'AAECAwQFBgcICQoLDA0ODw', e: NOW / 1000 + 7 * DAY } : {}),
      ...more,
    },
    key,
  );
  return shownTarget(readTarget(text, NOW), { nowMs: NOW, current }).warnings.map(({ id }) => id);
}

describe('what is worth knowing before accepting', () => {
  test.each([
    [['https://orch.example:8935'], []],
    [['https://127.0.0.1:8935'], ['this-machine']],
    [['https://localhost:8935', 'https://[::1]:8935'], ['this-machine']],
    [['https://192.168.1.4:8935'], ['private-network']],
    [['https://10.1.2.3'], ['private-network']],
    [['https://100.100.1.1'], ['private-network']],
    [['https://rig.local'], ['private-network']],
    [['https://[fd00::1]:8935'], ['private-network']],
    [['https://172.32.0.1'], []],
    [['https://192.168.1.4', 'https://orch.example'], []],
  ])('%j: %j', (uris, ids) => {
    expect(warningsOf(uris)).toEqual(ids);
  });

  test('an early end, no end with the secret in it, and the orchestrator that it works for already', () => {
    expect(warningsOf(['https://orch.example'], { c: 'AAECAwQFBgcICQoLDA0ODw', e: NOW / 1000 + 3600 })).toEqual(['expires-soon']);
    expect(warningsOf(['https://orch.example'], { s: 'secret' })).toEqual(['unlimited']);
    expect(warningsOf(['https://orch.example'], {}, 'https://orch.example')).toEqual(['same-orchestrator']);
  });
});

describe('a text that is no invite', () => {
  test.each([
    ['orch.example:8935', 'https://orch.example:8935'],
    [' <https://orch.example:8935/> ', 'https://orch.example:8935'],
    ['"192.0.2.1:8935"', 'https://192.0.2.1:8935'],
    ['[::1]:8935', 'https://[::1]:8935'],
    ['localhost:8935', 'https://localhost:8935'],
  ])('%j is the address %s', (text, serviceUri) => {
    expect(readTarget(text, NOW)).toEqual({ kind: 'address', serviceUri });
    expect(shownTarget(readTarget(text, NOW), { nowMs: NOW, current: null })).toMatchObject({
      kind: 'address',
      warnings: expect.arrayContaining([expect.objectContaining({ id: 'no-pin' })]),
    });
  });

  test.each(['hello', 'hello there', 'https://orch.example/path', 'http://orch.example', 'siphon://pair?x', ''])(
    'error: %j is neither',
    (text) => {
      expect(() => readTarget(text, NOW)).toThrow(/neither an invite nor the address/);
    },
  );
});
