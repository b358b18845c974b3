import { describe, expect, test } from 'vitest';
import { type WhyNoWorkFacts, whyNoWork } from '../../../engine/orchestrator/why-no-work.ts';

const WELL: WhyNoWorkFacts = {
  onChain: true,
  draining: false,
  active: true,
  gatewayMaxPrice: { wei: 2_000n, pixels: 1n },
  address: new Uint8Array(20),
  version: '0.9.1',
  prices: { base: { text: '1000wei', price: { wei: '1000', pixels: '1' } }, perGateway: [], perCapability: [] },
  reachability: { state: 'reachable', text: 'It leads here.', checkedAtMs: 1 },
  transcoders: { ready: 2, draining: 0, capacity: 8 },
  sessions: { open: 3, max: 8 },
  errors: [],
};

function verdicts(changes: Partial<WhyNoWorkFacts>): Record<string, boolean | null> {
  return Object.fromEntries(whyNoWork({ ...WELL, ...changes }).map(({ id, ok }) => [id, ok]));
}

const ALL_WELL = {
  'active-set': true,
  reachability: true,
  capabilities: true,
  sessions: true,
  price: true,
  version: true,
  failures: true,
};

describe('why no work comes', () => {
  test('default: nothing is wrong', () => {
    expect(verdicts({})).toEqual(ALL_WELL);
  });

  const { base } = WELL.prices;
  const failed = [{ atMs: 1, text: 'A segment failed: ZeroSegments', count: 3 }];
  const cases: ReadonlyArray<readonly [string, Partial<WhyNoWorkFacts>, Record<string, boolean | null>]> = [
    ['off-chain, money and the active set play no part', { onChain: false }, { 'active-set': null, price: null }],
    ['out of the active set', { active: false }, { 'active-set': false }],
    ['too dear', { gatewayMaxPrice: { wei: 1_999n, pixels: 2n } }, { price: false }],
    ['no exchange rate', { prices: { ...WELL.prices, base: { ...base, price: null } } }, { price: false }],
    ['not reached', { reachability: { state: 'unreachable', text: 'No.', checkedAtMs: 1 } }, { reachability: false }],
    ['not tried yet', { reachability: { state: 'unknown', text: 'Not tried.', checkedAtMs: null } }, { reachability: null }],
    ['no transcoder', { transcoders: { ready: 0, draining: 0, capacity: 0 } }, { capabilities: false }],
    ['only drained ones', { transcoders: { ready: 0, draining: 1, capacity: 0 } }, { capabilities: false }],
    ['draining', { draining: true }, { capabilities: false }],
    ['full', { sessions: { open: 8, max: 8 } }, { sessions: false }],
    ['an unversioned build', { version: 'undefined' }, { version: false }],
    ['failures', { errors: failed }, { failures: false }],
  ];
  test.each(cases)('%s', (_title, changes, expected) => {
    expect(verdicts(changes)).toEqual({ ...ALL_WELL, ...expected });
  });

  test('every line that is wrong says what to do', () => {
    for (const [, changes] of cases) {
      const wrong = whyNoWork({ ...WELL, ...changes }).filter(({ ok, id }) => ok === false && id !== 'reachability');
      for (const { nextStep, text } of wrong) {
        expect(text).not.toBe('');
        expect(nextStep).toBeTruthy();
      }
    }
  });

  test('the last failure is named with how many there were', () => {
    const line = whyNoWork({ ...WELL, errors: failed }).find(({ id }) => id === 'failures');
    expect(line?.text).toBe('3 failures in the last 10 minutes; the last: A segment failed: ZeroSegments.');
  });
});
