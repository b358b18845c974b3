import { describe, expect, test } from 'vitest';
import type { PoolListing } from '../../../engine/api/invite.ts';
import { etherText, parseEther, parsePercent, shortPin, sortPools } from '../../../renderer/model/join.ts';

describe('amounts', () => {
  test.each([
    ['0', '0'],
    ['1', '0.000000000000000001'],
    ['5000000000000000', '0.005'],
    ['1000000000000000000', '1'],
    ['123456789012345678901', '123.456789012345678901'],
  ])('%s wei is %s ETH, exactly, and back', (wei, ether) => {
    expect(etherText(wei)).toBe(ether);
    expect(parseEther(ether)).toBe(wei);
  });

  test('a comma stands before decimals too', () => {
    expect(parseEther('0,01')).toBe('10000000000000000');
    expect(etherText('10000000000000000', ',')).toBe('0,01');
  });

  test.each(['', '-1', '1e18', '1.0.0', '0.0000000000000000001', 'x', '1 000'])('%j is no amount', (text) => {
    expect(parseEther(text)).toBeUndefined();
  });

  test('shares are exact to a millionth', () => {
    expect(['0', '7.5', '0,0001', '100', '12 %'].map(parsePercent)).toEqual([0, 75_000, 1, 1_000_000, 120_000]);
    expect(['', '100.0001', '-1', '1.23456', 'x'].map(parsePercent)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

test('a pin is short enough to compare by eye', () => {
  expect(shortPin(`${'0123456789abcdef'.repeat(4)}`)).toBe('0123 4567 89ab cdef … cdef');
});

test('pools by latency: the nearest first, the unmeasured next, those not reached last', () => {
  const pool = (name: string): PoolListing => ({ entry: { name, join: name }, target: null, error: null });
  const latencies = new Map([
    ['far', { ok: true, medianMs: 80 }],
    ['gone', { ok: false, error: { code: 'orchestrator-unreachable', message: '' } }],
    ['near', { ok: true, medianMs: 8 }],
  ] as const);
  const pools = ['far', 'gone', 'near', 'new'].map(pool);
  expect(sortPools(pools, 'latency', latencies).map(({ entry }) => entry.name)).toEqual(['near', 'far', 'new', 'gone']);
  expect(sortPools(pools, 'name', latencies)).toBe(pools);
});
