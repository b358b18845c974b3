import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../../engine/api/errors.ts';
import type { Hardware } from '../../../engine/api/hardware.ts';
import { ethText, formulaOf, prospectOf } from '../../../renderer/model/estimate.ts';
import { createFormats } from '../../../renderer/text/formats.ts';
import { THREE_GPUS } from '../../support/fake-engine-data.ts';
import { fakeEstimate, withTable } from '../../support/fake-estimate.ts';

const formats = createFormats('en-GB');
const ETH = 10n ** 18n;

describe('wei as ETH', () => {
  test.each([
    [0n, '0'],
    [1n, '0.000000000000000001'],
    [34_508_021_760_000_000n, '0.0345'],
    [ETH, '1'],
    [(ETH * 12_345n) / 10_000n, '1.23'],
    [ETH * 1234n + ETH / 2n, '1,234'],
    [ETH - 1n, '0.999'],
    // Far beyond what a double holds.
    [10n ** 40n, '10,000,000,000,000,000,000,000'],
  ])('%s wei is %s ETH', (wei, text) => expect(ethText(wei, formats)).toBe(text));

  test('the point is the language’s own', () => {
    expect(ethText(34_508_021_760_000_000n, createFormats('de'))).toBe('0,0345');
  });
});

describe('the formula of a row', () => {
  test('holds every number that the sum was made of', () => {
    const estimate = fakeEstimate(true);
    const [row] = estimate.rows;
    if (!row) throw new Error('there is a reference row');
    expect(formulaOf(row, estimate, formats)).toEqual({
      pixelsPerSecond: '49,924,800',
      hours: '24',
      price: '1,000',
      weiPerDay: '51,762,032,640,000,000',
      ethPerDay: '0.0517',
      ethPerMonth: '1.55',
    });
  });

  test('a fraction of a wei stays a fraction, and what is not known gives no formula', () => {
    const estimate = withTable(fakeEstimate(true), {
      hoursPerDay: 8,
      rows: [
        { id: 'a', name: 'a', price: '0.5wei' },
        { id: 'b', name: 'b', price: '1USD/1e12pixels' },
      ],
    });
    const [half, dollars] = estimate.rows;
    if (!half || !dollars) throw new Error('there are two rows');
    expect(formulaOf(half, estimate, formats)).toMatchObject({ price: '1/2', hours: '8' });
    expect(formulaOf(dollars, estimate, formats)).toBeNull();
    expect(formulaOf(half, { ...estimate, streams: null }, formats)).toBeNull();
  });
});

describe('what the verdict means for earning', () => {
  const hardware = (kind: 'nvenc' | 'cpu', code?: ErrorCode, gpus: Hardware['gpus'] = THREE_GPUS): Hardware => ({
    detectedAtMs: 0,
    verdict: { kind, title: '', text: '', ...(code ? { error: { code, message: '' } } : {}) },
    gpus,
    cpu: { model: '', cores: 1, memoryBytes: 0 },
    nvenc: null,
  });

  test.each([
    ['nvenc', undefined, 'gpu'],
    ['cpu', 'gpu-none', 'no-gpu'],
    ['cpu', 'nvenc-missing', 'no-encoder'],
    ['cpu', 'gpu-driver-old', 'driver'],
    ['cpu', 'gpu-driver-missing', 'driver'],
    ['cpu', 'nvenc-sessions-full', 'busy'],
    ['cpu', 'gpu-lost', 'trouble'],
  ] as const)('%s, %s: %s', (kind, code, prospect) => expect(prospectOf(hardware(kind, code))).toBe(prospect));

  test('one lost card among working ones is told apart', () => {
    const gpus = THREE_GPUS.map((gpu, index) => (index === 1 ? { ...gpu, state: 'lost' as const } : gpu));
    expect(prospectOf(hardware('nvenc', undefined, gpus))).toBe('some-gpus');
  });
});
