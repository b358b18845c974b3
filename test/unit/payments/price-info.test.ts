import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { adjustPrice, priceFromInfo, priceToInfo } from '../../../engine/payments/price-info.ts';
import { floor, multiply, type Rational, rational, rationalText } from '../../../engine/payments/rational.ts';
import { PriceInfoSchema } from '../../../engine/wire/gen/net/lp_rpc_pb.js';
import { extraVectors, vectors } from '../../support/vectors.ts';

function fraction(text: unknown): Rational {
  const [num = '0', den = '1'] = String(text).split('/');
  return rational(BigInt(num), BigInt(den));
}

describe('prices, by the reference’s vectors', () => {
  test.each(vectors(/^price_info_/))('$name', ({ inputs, outputs }) => {
    const info = create(PriceInfoSchema, {
      pricePerUnit: BigInt(inputs.pricePerUnit as number),
      pixelsPerUnit: BigInt(inputs.pixelsPerUnit as number),
    });
    expect(`0x${Buffer.from(toBinary(PriceInfoSchema, info)).toString('hex')}`).toBe(outputs.protobuf);
    if (outputs.error !== null) {
      expect(() => priceFromInfo(info)).toThrow(expect.objectContaining({ details: { wireText: outputs.error } }));
      return;
    }
    const price = priceFromInfo(info) ?? rational(0n);
    expect([`${price.num}`, `${price.den}`]).toEqual([outputs.num, outputs.denom]);
    expect(`${floor(price)}`).toBe(outputs.priceToInt64);
    expect(rationalText(adjustPrice(price, rational(0n)))).toBe(outputs.fixedToPrice);
  });

  test.each(vectors(/^price_(auto|no)_adjust_/))('$name', ({ inputs, outputs }) => {
    const base = fraction(inputs.basePrice);
    const adjusted = inputs.txCostMultiplier === undefined ? base : adjustPrice(base, fraction(inputs.txCostMultiplier));
    expect(priceToInfo(adjusted)).toMatchObject({
      pricePerUnit: BigInt(outputs.pricePerUnit as number),
      pixelsPerUnit: BigInt(outputs.pixelsPerUnit as number),
    });
  });

  test.each(extraVectors('price'))('$id: $description', ({ input, expected }) => {
    const base = fraction(input.basePricePerPixel);
    const adjusted = input.autoAdjustPrice ? adjustPrice(base, fraction(input.txCostMultiplier)) : base;
    expect(priceToInfo(adjusted)).toMatchObject({
      pricePerUnit: BigInt(String(expected.pricePerUnit)),
      pixelsPerUnit: BigInt(String(expected.pixelsPerUnit)),
    });
  });

  test.each(vectors(/^balance_debit_pixels$/))('$name', ({ inputs, outputs }) => {
    const price = rational(BigInt(inputs.pricePerUnit as number), BigInt(inputs.pixelsPerUnit as number));
    const cost = multiply(price, rational(BigInt(inputs.pixels as number)));
    expect(rationalText(rational(BigInt(String(inputs.credit)) * cost.den - cost.num, cost.den))).toBe(outputs.balance);
  });

  test('a fraction too long for the wire is told in whole wei', () => {
    const long = rational(10n ** 30n + 1n, 3n * 10n ** 25n);
    expect(priceToInfo(long)).toMatchObject({ pricePerUnit: 33_333n, pixelsPerUnit: 1n });
    expect(priceToInfo(rational(10n ** 30n)).pricePerUnit).toBe(2n ** 63n - 1n);
    expect(priceFromInfo(undefined)).toBeUndefined();
  });
});
