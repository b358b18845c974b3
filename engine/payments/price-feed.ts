import { divide, multiply, type Rational, rational } from './rational.ts';

/** What currencies are worth. On-chain, Chainlink stands behind it. */
export interface PriceFeed {
  /** Wei that one unit of a currency (upper case) is worth now; undefined while not known. */
  weiPer(currency: string): Rational | undefined;
}

/** No exchange rates: only prices in wei and ETH are worth anything. */
export const NO_FEED: PriceFeed = { weiPer: () => undefined };

const WEI_PER_ETH = rational(10n ** 18n);

/**
 * What a Chainlink feed says of a currency: `ETH / USD` = 3000 makes one USD 10^18 / 3000 wei, `USD / ETH` the other way round.
 * Undefined when the feed is not about ETH and that currency (go-livepeer `core/autoconvertedprice.go`).
 */
export function weiPerFromFeed(description: string, rate: Rational, currency: string): Rational | undefined {
  const [left, right, more] = description.split('/').map((part) => part.trim().toUpperCase());
  if (more !== undefined || rate.num <= 0n) return undefined;
  if (left === 'ETH' && right === currency.toUpperCase()) return divide(WEI_PER_ETH, rate);
  if (right === 'ETH' && left === currency.toUpperCase()) return multiply(WEI_PER_ETH, rate);
  return undefined;
}
