import type { Estimate, EstimateRow } from '../../engine/api/estimate.ts';
import type { Hardware } from '../../engine/api/hardware.ts';
import type { Formats } from '../text/formats.ts';

const WEI_PER_ETH = 10n ** 18n;
/** Significant digits of a sum of money in short. */
const DIGITS = 3;

/** Wei as ETH with three significant digits, rounded down: `0.0345`, `1,230`, `0`; never a float. */
export function ethText(wei: bigint, formats: Formats): string {
  const whole = wei / WEI_PER_ETH;
  const wholeDigits = whole === 0n ? 0 : String(whole).length;
  const fraction = String(wei % WEI_PER_ETH).padStart(18, '0');
  const leading = wholeDigits > 0 ? 0 : fraction.length - fraction.replace(/^0+/, '').length;
  const places = Math.max(0, leading + DIGITS - wholeDigits);
  const digits = fraction.slice(0, places).replace(/0+$/, '');
  return digits === '' ? formats.big(whole) : `${formats.big(whole)}${formats.point}${digits}`;
}

/** Days of the month that the table reckons with. */
const DAYS_PER_MONTH = 30n;

/** The numbers of one row's formula, as they are written. */
export interface Formula {
  readonly pixelsPerSecond: string;
  readonly hours: string;
  readonly price: string;
  readonly weiPerDay: string;
  readonly ethPerDay: string;
  readonly ethPerMonth: string;
}

/** The formula of a row with its numbers in it; null while one of them is not known. */
export function formulaOf(row: EstimateRow, estimate: Estimate, formats: Formats): Formula | null {
  if (row.weiPerDay === null || row.weiPerPixel === null || estimate.streams === null) return null;
  const wei = BigInt(row.weiPerDay);
  const { wei: amount, pixels } = row.weiPerPixel;
  return {
    pixelsPerSecond: formats.big(BigInt(estimate.pixelsPerSecond)),
    hours: formats.integer(estimate.hoursPerDay),
    price: pixels === '1' ? formats.big(BigInt(amount)) : `${formats.big(BigInt(amount))}/${formats.big(BigInt(pixels))}`,
    weiPerDay: formats.big(wei),
    ethPerDay: ethText(wei, formats),
    ethPerMonth: ethText(wei * DAYS_PER_MONTH, formats),
  };
}

/** What the machine's verdict means for earning; the words for each are in the catalogue. */
export type Prospect = 'gpu' | 'some-gpus' | 'no-gpu' | 'no-encoder' | 'driver' | 'busy' | 'trouble';

/** What this machine's hardware means for earning with video. */
export function prospectOf({ verdict, gpus }: Hardware): Prospect {
  if (verdict.kind === 'nvenc') return gpus.every(({ state }) => state === 'ok') ? 'gpu' : 'some-gpus';
  switch (verdict.error?.code) {
    case undefined:
    case 'gpu-none':
      return 'no-gpu';
    case 'nvenc-missing':
      return 'no-encoder';
    case 'gpu-driver-missing':
    case 'gpu-driver-mismatch':
    case 'gpu-driver-old':
      return 'driver';
    case 'nvenc-sessions-full':
      return 'busy';
    default:
      return 'trouble';
  }
}
