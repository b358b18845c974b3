import type {
  OrchestratorView,
  RationalPrice,
  ReachabilityState,
  SetPrices,
  WhyNoWorkItem,
} from '../../engine/api/orchestrator.ts';
import type { EngineSnapshot } from '../../engine/api/snapshot.ts';
import type { Catalogue } from '../text/en.ts';
import type { Formats } from '../text/formats.ts';
import type { Tone } from './status.ts';

/** Whether this engine has an orchestrator of its own to show: one that runs, or the practice network's. */
export function showsOrchestrator({ orchestrator }: Pick<EngineSnapshot, 'orchestrator'>): boolean {
  return orchestrator !== null;
}

/** What a state of reachability means for the person watching. */
export function reachTone(state: ReachabilityState): Tone {
  switch (state) {
    case 'reachable':
      return 'working';
    case 'local-only':
      return 'waiting';
    case 'unreachable':
      return 'problem';
    default:
      return 'connecting';
  }
}

/** The checklist with what is wrong first, then what cannot be told, then what is well; otherwise in the engine's order. */
export function sortedReasons(items: readonly WhyNoWorkItem[]): readonly WhyNoWorkItem[] {
  const gravity = ({ ok }: WhyNoWorkItem) => (ok === false ? 0 : ok === null ? 1 : 2);
  return items
    .map((item, index) => ({ item, index }))
    .sort((a, b) => gravity(a.item) - gravity(b.item) || a.index - b.index)
    .map(({ item }) => item);
}

/** Whether the checklist is wanted: no gateway's stream is here. */
export function isIdle({ sessionCount }: Pick<OrchestratorView, 'sessionCount'>): boolean {
  return sessionCount === 0;
}

/** An exact price in words: whole wei for each pixel where it is whole, otherwise rounded to three places and said so. */
export function priceInWords(price: RationalPrice | null, text: Catalogue, formats: Formats): string {
  if (price === null) return text.orchestrator.priceUnknown;
  const [wei, pixels] = [BigInt(price.wei), BigInt(price.pixels)];
  if (pixels <= 0n) return text.orchestrator.priceUnknown;
  if (wei === 0n) return text.orchestrator.free;
  if (wei % pixels === 0n) return text.orchestrator.weiPerPixel(formats.big(wei / pixels));
  const thousandths = (wei * 1000n + pixels / 2n) / pixels;
  if (thousandths === 0n) return text.orchestrator.lessThan(text.orchestrator.weiPerPixel('0.001'));
  const rest = String(thousandths % 1000n)
    .padStart(3, '0')
    .replace(/0+$/, '');
  const whole = formats.big(thousandths / 1000n);
  return text.orchestrator.about(text.orchestrator.weiPerPixel(rest === '' ? whole : `${whole}${formats.point}${rest}`));
}

/** One row of the editor's table. */
export interface PriceRow {
  /** Stable while it is edited. */
  readonly key: number;
  readonly gateway: string;
  readonly price: string;
}

/** What the editor holds. */
export interface PriceForm {
  readonly base: string;
  readonly rows: readonly PriceRow[];
}

/** The editor's contents for the prices there are. */
export function priceForm(prices: OrchestratorView['prices']): PriceForm {
  return { base: prices.base.text, rows: prices.perGateway.map(({ gateway, text }, key) => ({ key, gateway, price: text })) };
}

/** What is wrong with a row, and with the whole: by row key, `base`, or nothing. */
export type PriceFaults = ReadonlyMap<number | 'base', 'price' | 'gateway' | 'twice'>;

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

/** Looks the editor's contents over before they are sent. Rows that are empty altogether count as absent. */
export function priceFaults({ base, rows }: PriceForm): PriceFaults {
  const faults = new Map<number | 'base', 'price' | 'gateway' | 'twice'>();
  if (base.trim() === '') faults.set('base', 'price');
  const seen = new Set<string>();
  for (const { key, gateway, price } of rows) {
    const address = gateway.trim().toLowerCase();
    if (address === '' && price.trim() === '') continue;
    if (!ADDRESS.test(address)) faults.set(key, 'gateway');
    else if (price.trim() === '') faults.set(key, 'price');
    else if (seen.has(address)) faults.set(key, 'twice');
    seen.add(address);
  }
  return faults;
}

/** The editor's contents as the engine takes them. */
export function pricesToSend({ base, rows }: PriceForm): SetPrices {
  return {
    base: base.trim(),
    perGateway: rows
      .filter(({ gateway, price }) => gateway.trim() !== '' || price.trim() !== '')
      .map(({ gateway, price }) => ({ gateway: gateway.trim(), price: price.trim() })),
  };
}
