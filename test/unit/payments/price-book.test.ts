import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { PriceBook } from '../../../engine/payments/price-book.ts';
import { type PriceFeed, weiPerFromFeed } from '../../../engine/payments/price-feed.ts';
import { parsePrice, weiPerPixel } from '../../../engine/payments/price-text.ts';
import { parseDecimal, type Rational, rational, rationalText } from '../../../engine/payments/rational.ts';
import { type Capabilities, CapabilitiesSchema } from '../../../engine/wire/gen/net/lp_rpc_pb.js';
import { unhex } from '../../support/vectors.ts';

const ALICE = unhex('0x2c7536E3605D9C16a7a3D7b1898e529396a65c23');
const BOB = unhex('0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1');
const ALICE_TEXT = '0x2C7536e3605d9c16A7A3d7b1898E529396a65C23';

/** A feed in which one ETH is worth 4,000 USD, until it is told otherwise. */
class TestFeed implements PriceFeed {
  usdPerEth: Rational | undefined = rational(4_000n);

  weiPer(currency: string): Rational | undefined {
    return this.usdPerEth && weiPerFromFeed('ETH / USD', this.usdPerEth, currency);
  }
}

function models(capability: number, names: readonly string[]): Capabilities {
  const constraint = { models: Object.fromEntries(names.map((name) => [name, {}])) };
  return create(CapabilitiesSchema, {
    capacities: { [capability]: 1 },
    constraints: { PerCapability: { [capability]: constraint } },
  });
}

describe('a price as written', () => {
  test.each([
    ['1200', '1200'],
    ['1200wei', '1200'],
    ['1200WEI/1pixel', '1200'],
    ['0.5wei', '1/2'],
    ['1eth/1e15pixels', '1000'],
    ['0.02USD/1e12pixels', '5'],
    ['0.02 usd / 1000000000000 pixels', '5'],
    ['0.3USD/1e12', '75'],
    ['1e3wei/10px', '100'],
    ['0', '0'],
  ])('%s is %s wei per pixel', (text, expected) => {
    const feed = new TestFeed();
    const price = weiPerPixel(parsePrice(text), (currency) => feed.weiPer(currency));
    expect(price && rationalText(price)).toBe(expected);
  });

  test.each(['', 'free', '-1', '1/0', '1/0.5pixels', '1USD/', '1 2', '1wei/1e12foo', 'NaN', '1e999', '$1', '1/1e-3'])(
    '%j is refused in words, or is the price of one pixel',
    (text) => {
      if (text === '1USD/') expect(parsePrice(text).pixels).toBe(1n);
      else expect(() => parsePrice(text)).toThrow(expect.objectContaining({ code: 'bad-request' }));
    },
  );

  test('a feed is read whichever way round it is, and for its own currency only', () => {
    expect(weiPerFromFeed('ETH / USD', rational(2_000n), 'usd')).toEqual(rational(5n * 10n ** 14n));
    expect(weiPerFromFeed('LPT / ETH', rational(1n, 500n), 'LPT')).toEqual(rational(2n * 10n ** 15n));
    expect(weiPerFromFeed('ETH / USD', rational(2_000n), 'EUR')).toBeUndefined();
    expect(weiPerFromFeed('BTC / USD', rational(2_000n), 'USD')).toBeUndefined();
    expect(weiPerFromFeed('ETH / USD', rational(0n), 'USD')).toBeUndefined();
  });

  test('decimals are exact', () => {
    expect(parseDecimal('0.1')).toEqual({ num: 1n, den: 10n });
    expect(parseDecimal('2.5e-3')).toEqual({ num: 1n, den: 400n });
    expect(parseDecimal('1e18')).toEqual({ num: 10n ** 18n, den: 1n });
    expect(parseDecimal('x')).toBeUndefined();
  });
});

describe('the price book', () => {
  test('a gateway’s own price wins over the base price, whatever the case of its address', () => {
    const book = new PriceBook({ base: '1000wei', perGateway: [{ gateway: ALICE_TEXT, price: '7wei/3pixels' }] });
    expect(book.quote({ gateway: ALICE })).toMatchObject({ pricePerUnit: 7n, pixelsPerUnit: 3n });
    expect(book.quote({ gateway: BOB })).toMatchObject({ pricePerUnit: 1000n, pixelsPerUnit: 1n });
  });

  test('new prices hold for new sessions at once; a session whose price was fixed keeps it', () => {
    const book = new PriceBook({ base: '1000wei' });
    book.fix(ALICE, 'old', rational(1000n));
    book.set({ base: '2000wei', perGateway: [{ gateway: ALICE_TEXT, price: '3000wei' }] });
    book.fix(ALICE, 'old', rational(3000n));
    expect(book.quote({ gateway: ALICE, sessionId: 'old' }).pricePerUnit).toBe(1000n);
    expect(book.quote({ gateway: BOB, sessionId: 'old' }).pricePerUnit).toBe(2000n);
    expect(book.quote({ gateway: ALICE, sessionId: 'new' }).pricePerUnit).toBe(3000n);
    expect(book.quote({ gateway: ALICE }).pricePerUnit).toBe(3000n);
  });

  test('a wrong price changes nothing, and a table that is left out stays', () => {
    const book = new PriceBook({ base: '1wei', perGateway: [{ gateway: ALICE_TEXT, price: '2wei' }] });
    expect(() => book.set({ base: '5wei', perGateway: [{ gateway: ALICE_TEXT, price: 'much' }] })).toThrow('not a price');
    expect(book.quote({ gateway: BOB }).pricePerUnit).toBe(1n);
    book.set({ base: '5wei' });
    expect([ALICE, BOB].map((gateway) => book.quote({ gateway }).pricePerUnit)).toEqual([2n, 5n]);
    book.set({ base: '5wei', perGateway: [] });
    expect(book.quote({ gateway: ALICE }).pricePerUnit).toBe(5n);
  });

  test('follows the exchange rate, and says so while there is none', () => {
    const feed = new TestFeed();
    const book = new PriceBook({ base: '0.02USD/1e12pixels', feed });
    expect(book.quote({ gateway: BOB })).toMatchObject({ pricePerUnit: 5n, pixelsPerUnit: 1n });
    feed.usdPerEth = rational(3_000n);
    expect(book.quote({ gateway: BOB })).toMatchObject({ pricePerUnit: 20n, pixelsPerUnit: 3n });
    expect(book.entries.base).toEqual({ text: '0.02USD/1e12pixels', price: { wei: '20', pixels: '3' } });
    feed.usdPerEth = undefined;
    expect(book.entries.base.price).toBeNull();
    expect(() => book.quote({ gateway: BOB })).toThrow(expect.objectContaining({ code: 'not-ready' }));
  });

  test('puts the cost of redemption on top, but not on a session’s own price', () => {
    const book = new PriceBook({ base: '1200wei', autoAdjust: () => rational(100n) });
    expect(book.quote({ gateway: BOB }).pricePerUnit).toBe(1212n);
    book.fix(BOB, 's', rational(1212n));
    expect(book.quote({ gateway: BOB, sessionId: 's' }).pricePerUnit).toBe(1212n);
  });

  test('asks for the sum of the models that have a price, else the plain price', () => {
    const perCapability = [
      { capability: 27, model: 'a', price: '10wei' },
      { capability: 27, model: 'b', price: '5wei' },
      { capability: 27, model: 'b', gateway: ALICE_TEXT, price: '1wei' },
    ];
    const book = new PriceBook({ base: '1000wei', perCapability });
    expect(book.quote({ gateway: BOB, capabilities: models(27, ['a', 'b']) }).pricePerUnit).toBe(15n);
    expect(book.quote({ gateway: ALICE, capabilities: models(27, ['a', 'b']) }).pricePerUnit).toBe(11n);
    expect(book.quote({ gateway: BOB, capabilities: models(27, ['c']) }).pricePerUnit).toBe(1000n);
    expect(book.quote({ gateway: BOB, capabilities: models(12, []) }).pricePerUnit).toBe(1000n);
    const listed = book
      .capabilityPrices(ALICE)
      .map(({ capability, constraint, pricePerUnit }) => [capability, constraint, pricePerUnit]);
    expect(listed).toEqual([
      [27, 'a', 10n],
      [27, 'b', 1n],
    ]);
  });

  test('forgets prices of sessions long unused', () => {
    let nowMs = 0;
    const book = new PriceBook({ base: '2wei', clock: { nowMs: () => nowMs, monotonicMs: () => nowMs } });
    book.fix(BOB, 'old', rational(1n));
    nowMs = 30 * 60_000;
    book.fix(BOB, 'other', rational(1n));
    expect(book.fixedPrice(BOB, 'old')).toBeUndefined();
    expect(book.fixedPrice(BOB, 'other')).toEqual(rational(1n));
  });
});
