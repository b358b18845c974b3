import type { PoolLatency, PoolListing } from '../../engine/api/invite.ts';

const ETHER_DECIMALS = 18;

/** First and last digits of a pin in groups: enough to compare by eye. */
export function shortPin(pin: string): string {
  return `${(pin.slice(0, 16).match(/.{4}/g) ?? []).join(' ')} … ${pin.slice(-4)}`;
}

/** Wei as ETH, exact: `5000000000000000` → `0.005`. `point` is the language's decimal sign. */
export function etherText(wei: string, point = '.'): string {
  const digits = wei.padStart(ETHER_DECIMALS + 1, '0');
  const part = digits.slice(-ETHER_DECIMALS).replace(/0+$/, '');
  return `${digits.slice(0, -ETHER_DECIMALS)}${part === '' ? '' : `${point}${part}`}`;
}

/** ETH as typed, to wei; undefined for what is no amount. Comma and point both stand before the decimals. */
export function parseEther(text: string): string | undefined {
  const [, whole, part = ''] = /^(\d{1,12})(?:[.,](\d{1,18}))?$/.exec(text.trim()) ?? [];
  if (whole === undefined) return undefined;
  return `${whole}${part.padEnd(ETHER_DECIMALS, '0')}`.replace(/^0+(?=\d)/, '');
}

/** Percent as typed, to millionths; undefined for what is no share. */
export function parsePercent(text: string): number | undefined {
  const [, whole, part = ''] = /^(\d{1,3})(?:[.,](\d{1,4}))?\s*%?$/.exec(text.trim()) ?? [];
  if (whole === undefined) return undefined;
  const ppm = Number(whole) * 10_000 + Number(part.padEnd(4, '0'));
  return ppm <= 1_000_000 ? ppm : undefined;
}

/** What latencies are kept by: an entry's own text. */
export type Latencies = ReadonlyMap<string, PoolLatency | 'measuring'>;

/** Pools by name, or the nearest first and those that were not reached last. */
export function sortPools(pools: readonly PoolListing[], by: 'name' | 'latency', latencies: Latencies): readonly PoolListing[] {
  if (by === 'name') return pools;
  const rank = ({ entry }: PoolListing): number => {
    const latency = latencies.get(entry.join);
    if (latency === undefined || latency === 'measuring') return Number.MAX_SAFE_INTEGER - 1;
    return latency.ok ? latency.medianMs : Number.MAX_SAFE_INTEGER;
  };
  return [...pools].sort((a, b) => rank(a) - rank(b));
}
