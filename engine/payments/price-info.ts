import { create } from '@bufbuild/protobuf';
import { EngineError } from '../base/errors.ts';
import { type PriceInfo, PriceInfoSchema } from '../wire/gen/net/lp_rpc_pb.js';
import { add, floor, multiply, type Rational, rational, truncate } from './rational.ts';

const MAX_INT64 = 2n ** 63n - 1n;

/**
 * A price with the cost of redeeming tickets on top: base × (1 + 1/multiplier), cut to thousandths of a wei. `multiplier` is a
 * ticket's face value ÷ the cost of its redemption; 0 = redemption is free (go-livepeer `core/orchestrator.go`, PriceInfo).
 */
export function adjustPrice(base: Rational, multiplier: Rational): Rational {
  const free = base.num <= 0n || multiplier.num <= 0n;
  const overhead = free ? rational(1n) : add(rational(1n), rational(multiplier.den, multiplier.num));
  return rational(truncate(multiply(multiply(base, overhead), rational(1000n))), 1000n);
}

/** A price as it goes over the wire. A fraction too long for 64 bits is told as whole wei per pixel, rounded down. */
export function priceToInfo(price: Rational): PriceInfo {
  if (price.num <= MAX_INT64 && price.den <= MAX_INT64) {
    return create(PriceInfoSchema, { pricePerUnit: price.num, pixelsPerUnit: price.den });
  }
  const whole = floor(price);
  return create(PriceInfoSchema, { pricePerUnit: whole > MAX_INT64 ? MAX_INT64 : whole, pixelsPerUnit: 1n });
}

/**
 * A price from the wire, in lowest terms; undefined when none was sent.
 * @throws EngineError `bad-request`; `details.wireText` is `pixels per unit is 0` (go-livepeer `common/util.go`, RatPriceInfo)
 */
export function priceFromInfo(info: PriceInfo | undefined): Rational | undefined {
  if (!info) return undefined;
  if (info.pixelsPerUnit === 0n) {
    throw new EngineError({
      code: 'bad-request',
      message: 'A price came without a number of pixels',
      details: { wireText: 'pixels per unit is 0' },
    });
  }
  return rational(info.pricePerUnit, info.pixelsPerUnit);
}
