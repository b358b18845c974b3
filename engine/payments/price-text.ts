import { EngineError } from '../base/errors.ts';
import { parseDecimal, type Rational, rational } from './rational.ts';

/** A price as written: so much of a currency for so many pixels. */
export interface WrittenPrice {
  readonly text: string;
  readonly amount: Rational;
  /** Upper case; `WEI` and `ETH` need no exchange rate. */
  readonly currency: string;
  readonly pixels: bigint;
}

const FORM =
  /^(\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*([A-Za-z][A-Za-z0-9]*)?\s*(?:\/\s*(\d+(?:\.\d+)?(?:e[+-]?\d+)?)?\s*(?:pixels?|px)?)?$/i;

/**
 * Reads a price such as `0.02USD/1e12pixels`, `1200wei`, `0.5 ETH / 1e15` or `1200`: no currency is wei, no pixels is one pixel
 * (go-livepeer `cmd/livepeer/starter`, `-pricePerUnit` and `-pixelsPerUnit` in one).
 * @throws EngineError `bad-request`
 */
export function parsePrice(text: string): WrittenPrice {
  const match = FORM.exec(text.trim());
  const amount = match && parseDecimal(match[1] ?? '');
  const pixels = match && parseDecimal(match[3] ?? '1');
  if (!amount || !pixels) throw refuse(text, 'write it as 0.02USD/1e12pixels or 1200wei');
  if (pixels.den !== 1n || pixels.num <= 0n) throw refuse(text, 'the number of pixels must be a whole number above 0');
  return { text: text.trim(), amount, currency: (match[2] ?? 'wei').toUpperCase(), pixels: pixels.num };
}

/** Wei per pixel; undefined while the currency's rate is not known. `weiPer` tells how many wei one unit of a currency is worth. */
export function weiPerPixel(
  { amount, currency, pixels }: WrittenPrice,
  weiPer: (currency: string) => Rational | undefined,
): Rational | undefined {
  const rate = currency === 'WEI' ? rational(1n) : currency === 'ETH' ? rational(10n ** 18n) : weiPer(currency);
  return rate && rational(amount.num * rate.num, amount.den * rate.den * pixels);
}

function refuse(text: string, why: string): EngineError {
  return new EngineError({
    code: 'bad-request',
    message: `"${text.slice(0, 80)}" is not a price: ${why}.`,
    nextStep: 'Examples: 0.02USD/1e12pixels, 1200wei, 0.0000012ETH/1e9pixels.',
  });
}
