import { EngineError } from '../base/errors.ts';

/** An exact fraction in lowest terms; the denominator is positive. Money is never a float. */
export interface Rational {
  readonly num: bigint;
  readonly den: bigint;
}

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/** The fraction `num`/`den`, reduced. Throws `bad-request` for a denominator of zero. */
export function rational(num: bigint, den: bigint = 1n): Rational {
  if (den === 0n) throw new EngineError({ code: 'bad-request', message: 'A fraction cannot have the denominator 0' });
  const sign = den < 0n ? -1n : 1n;
  const common = gcd(num, den < 0n ? -den : den);
  return common === 0n ? { num: 0n, den: 1n } : { num: (sign * num) / common, den: (sign * den) / common };
}

export const ZERO: Rational = { num: 0n, den: 1n };

/** a + b. */
export const add = (a: Rational, b: Rational): Rational => rational(a.num * b.den + b.num * a.den, a.den * b.den);
/** a × b. */
export const multiply = (a: Rational, b: Rational): Rational => rational(a.num * b.num, a.den * b.den);
/** a ÷ b; throws `bad-request` when b is zero. */
export const divide = (a: Rational, b: Rational): Rational => rational(a.num * b.den, a.den * b.num);
/** Largest integer not above the fraction. */
export function floor({ num, den }: Rational): bigint {
  const quotient = num / den;
  return num < 0n && quotient * den !== num ? quotient - 1n : quotient;
}

/** Whole part, towards zero. */
export const truncate = ({ num, den }: Rational): bigint => num / den;

/** The exact value of a decimal text such as `0.5`, `12`, `1e12` or `2.5e-3`; undefined when it is none. */
export function parseDecimal(text: string): Rational | undefined {
  const match = /^([+-]?)(\d{1,60})(?:\.(\d{1,60}))?(?:e([+-]?\d{1,2}))?$/i.exec(text);
  if (!match) return undefined;
  const fraction = match[3] ?? '';
  const digits = BigInt(`${match[2]}${fraction}`) * (match[1] === '-' ? -1n : 1n);
  const exponent = Number(match[4] ?? 0) - fraction.length;
  return exponent >= 0 ? rational(digits * 10n ** BigInt(exponent)) : rational(digits, 10n ** BigInt(-exponent));
}

/** `7/9`, or `7` for a whole number. */
export const rationalText = ({ num, den }: Rational): string => (den === 1n ? `${num}` : `${num}/${den}`);
