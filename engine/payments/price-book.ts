import type { OrchestratorPrices, PriceEntry, SetPrices } from '../api/orchestrator.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { EngineError } from '../base/errors.ts';
import { addressText } from '../wire/eth-signature.ts';
import type { Capabilities, PriceInfo } from '../wire/gen/net/lp_rpc_pb.js';
import { NO_FEED, type PriceFeed } from './price-feed.ts';
import { adjustPrice, priceToInfo } from './price-info.ts';
import { parsePrice, type WrittenPrice, weiPerPixel } from './price-text.ts';
import { add, floor, type Rational, rational, ZERO } from './rational.ts';

/** A session's own price unused for so long is forgotten, milliseconds (go-livepeer `core/accounting.go`). */
const SESSION_PRICE_MS = 20 * 60_000;

/** Sessions' own prices kept at most. */
const MAX_SESSION_PRICES = 20_000;

/** The price of one model of one capability, for everybody or for one gateway. */
export interface CapabilityPrice {
  readonly capability: number;
  readonly model: string;
  /** Absent = for everybody. */
  readonly gateway?: string;
  readonly price: string;
}

export interface PriceBookParameters extends SetPrices {
  readonly perCapability?: readonly CapabilityPrice[];
  /** Exchange rates; absent = only wei and ETH. */
  readonly feed?: PriceFeed;
  /**
   * Puts the cost of redeeming tickets on top: face value ÷ redemption cost for a gateway. Absent = prices go out as they are
   * (`-autoAdjustPrice=false`).
   */
  readonly autoAdjust?: (gateway: Uint8Array) => Rational;
  readonly clock?: Clock;
}

/** For whom a price is asked. */
export interface PriceQuery {
  readonly gateway: Uint8Array;
  readonly sessionId?: string;
  readonly capabilities?: Capabilities;
}

interface Table {
  readonly base: WrittenPrice;
  readonly perGateway: ReadonlyMap<string, WrittenPrice>;
  readonly perCapability: ReadonlyMap<string, { readonly entry: CapabilityPrice; readonly price: WrittenPrice }>;
}

/**
 * What this orchestrator asks for, as exact fractions. The table may be changed at any time: new sessions are offered the new
 * prices, a session whose price was fixed keeps it (go-livepeer `core/orchestrator.go`, GetBasePrice and priceInfo).
 */
export class PriceBook {
  readonly #feed: PriceFeed;
  readonly #autoAdjust: ((gateway: Uint8Array) => Rational) | undefined;
  readonly #clock: Clock;
  readonly #sessions = new Map<string, { readonly price: Rational; usedMs: number }>();
  #table: Table;

  /** @throws EngineError `bad-request` for a text that is no price */
  constructor({ feed = NO_FEED, autoAdjust, clock = systemClock, ...prices }: PriceBookParameters) {
    this.#feed = feed;
    this.#autoAdjust = autoAdjust;
    this.#clock = clock;
    this.#table = readTable(prices);
  }

  /** New prices; what is left out of `perGateway` or `perCapability` as a whole stays. Nothing changes when one of them is wrong. */
  set(prices: SetPrices & Pick<PriceBookParameters, 'perCapability'>): void {
    const { perGateway, perCapability, ...base } = readTable(prices);
    this.#table = {
      ...base,
      perGateway: prices.perGateway ? perGateway : this.#table.perGateway,
      perCapability: prices.perCapability ? perCapability : this.#table.perCapability,
    };
  }

  /** The prices as people see them. */
  get entries(): OrchestratorPrices {
    const { base, perGateway, perCapability } = this.#table;
    const entry = (price: WrittenPrice): PriceEntry => {
      const wei = this.#wei(price);
      return { text: price.text, price: wei ? { wei: `${wei.num}`, pixels: `${wei.den}` } : null };
    };
    return {
      base: entry(base),
      perGateway: [...perGateway].map(([gateway, price]) => ({ gateway, ...entry(price) })),
      perCapability: [...perCapability.values()].map(({ entry: { capability, model, gateway }, price }) => ({
        capability: `${capability} ${model}${gateway === undefined ? '' : ` for ${gateway}`}`,
        ...entry(price),
      })),
    };
  }

  /** The price of the list for a gateway, not adjusted. */
  listPrice(gateway: Uint8Array, capabilities?: Capabilities): Rational {
    const key = addressText(gateway).toLowerCase();
    if (capabilities) {
      const sum = this.#modelPrices(key, capabilities);
      if (sum.num !== 0n) return sum;
    }
    return this.#known(this.#table.perGateway.get(key) ?? this.#table.base);
  }

  /**
   * What a gateway is offered: its session's own price if that was fixed, else the list's, adjusted.
   * @throws EngineError `not-ready` while the exchange rate is not known
   */
  quote({ gateway, sessionId, capabilities }: PriceQuery): PriceInfo {
    const fixed = sessionId === undefined ? undefined : this.fixedPrice(gateway, sessionId);
    if (fixed) return priceToInfo(fixed);
    const price = this.listPrice(gateway, capabilities);
    return priceToInfo(this.#autoAdjust ? adjustPrice(price, this.#autoAdjust(gateway)) : price);
  }

  /** Prices per capability and model for a gateway that asks in general: whole wei, rounded down, not adjusted. */
  capabilityPrices(gateway: Uint8Array): readonly PriceInfo[] {
    const key = addressText(gateway).toLowerCase();
    const models = new Map<string, CapabilityPrice>();
    for (const { entry } of this.#table.perCapability.values()) models.set(modelKey(entry), entry);
    return [...models.values()].flatMap(({ capability, model }) => {
      const price = this.#modelPrice(key, capability, model);
      if (!price) return [];
      return [{ ...priceToInfo(rational(floor(price))), capability, constraint: model }];
    });
  }

  /** Fixes the price of a session, once: what the gateway paid first is what it goes on paying. */
  fix(gateway: Uint8Array, sessionId: string, price: Rational): void {
    const key = sessionKey(gateway, sessionId);
    if (this.#sessions.has(key)) return;
    this.#forgetOld();
    this.#sessions.set(key, { price, usedMs: this.#clock.monotonicMs() });
  }

  /** The price a session has of its own. */
  fixedPrice(gateway: Uint8Array, sessionId: string): Rational | undefined {
    const entry = this.#sessions.get(sessionKey(gateway, sessionId));
    if (entry) entry.usedMs = this.#clock.monotonicMs();
    return entry?.price;
  }

  #forgetOld(): void {
    const before = this.#clock.monotonicMs() - SESSION_PRICE_MS;
    for (const [key, { usedMs }] of this.#sessions) {
      if (usedMs < before || this.#sessions.size >= MAX_SESSION_PRICES) this.#sessions.delete(key);
    }
  }

  #modelPrices(gateway: string, { capacities, constraints }: Capabilities): Rational {
    let sum = ZERO;
    for (const number of Object.keys(capacities).map(Number)) {
      for (const model of Object.keys(constraints?.PerCapability[number]?.models ?? {})) {
        sum = add(sum, this.#modelPrice(gateway, number, model) ?? ZERO);
      }
    }
    return sum;
  }

  #modelPrice(gateway: string, capability: number, model: string): Rational | undefined {
    const { perCapability } = this.#table;
    const found =
      perCapability.get(`${modelKey({ capability, model })} ${gateway}`) ?? perCapability.get(modelKey({ capability, model }));
    return found && this.#known(found.price);
  }

  #wei(price: WrittenPrice): Rational | undefined {
    return weiPerPixel(price, (currency) => this.#feed.weiPer(currency));
  }

  #known(price: WrittenPrice): Rational {
    const wei = this.#wei(price);
    if (wei) return wei;
    throw new EngineError({
      code: 'not-ready',
      message: `The exchange rate of ${price.currency} is not known, so ${price.text} is worth nothing yet`,
      nextStep: 'Wait for the price feed, or write the price in wei or ETH.',
    });
  }
}

function modelKey({ capability, model }: { readonly capability: number; readonly model: string }): string {
  return `${capability} ${model}`;
}

function sessionKey(gateway: Uint8Array, sessionId: string): string {
  return `${addressText(gateway)} ${sessionId}`;
}

function readTable({ base, perGateway = [], perCapability = [] }: SetPrices & Pick<PriceBookParameters, 'perCapability'>): Table {
  return {
    base: parsePrice(base),
    perGateway: new Map(perGateway.map(({ gateway, price }) => [gateway.toLowerCase(), parsePrice(price)])),
    perCapability: new Map(
      perCapability.map((entry) => [
        entry.gateway === undefined ? modelKey(entry) : `${modelKey(entry)} ${entry.gateway.toLowerCase()}`,
        { entry, price: parsePrice(entry.price) },
      ]),
    ),
  };
}
