import type { OrchestratorView, Reachability, SetPrices } from '../api/orchestrator.ts';
import { ORCHESTRATOR_VIEW_MS } from '../api/orchestrator.ts';
import { isTimeout } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { EngineError } from '../base/errors.ts';
import type { Config } from '../config/schema.ts';
import type { Health } from '../health/health.ts';
import type { ComposedOrchestrator } from './compose.ts';
import { REACH_KEY } from './fixes.ts';
import { LOCAL_ID, orchestratorView } from './orchestrator-view.ts';
import { checkReachability } from './reachability.ts';

/** Between two tries to reach the service URI by itself, milliseconds. */
const CHECK_EVERY_MS = 10 * 60_000;

const OFF_CHAIN_KEY = 'off-chain';

const NEVER_TRIED: Reachability = { state: 'unknown', text: 'Not tried yet.', checkedAtMs: null };

/** What an {@link OrchestratorWatch} needs. */
export interface OrchestratorWatchParameters {
  readonly orchestrator: ComposedOrchestrator;
  readonly health: Health;
  readonly clock: Clock;
  readonly onView: (view: OrchestratorView) => void;
}

/**
 * Watches an orchestrator of this process for the page: one view at most every {@link ORCHESTRATOR_VIEW_MS}, only when it
 * changed; whether its service URI is reached; and what the commands of the API do to it.
 */
export class OrchestratorWatch implements Disposable {
  readonly #parameters: OrchestratorWatchParameters;
  readonly #end = new AbortController();
  readonly #timers: NodeJS.Timeout[] = [];
  #reachability = NEVER_TRIED;
  #checking: Promise<void> | undefined;
  #shown = '';

  constructor(parameters: OrchestratorWatchParameters) {
    this.#parameters = parameters;
  }

  /** Begins, once; call when the orchestrator listens. */
  start(): void {
    if (this.#timers.length > 0) return;
    const { health, orchestrator } = this.#parameters;
    this.#show();
    this.#timers.push(setInterval(() => this.#show(), ORCHESTRATOR_VIEW_MS).unref());
    if (!orchestrator.own) return;
    health.set({
      key: OFF_CHAIN_KEY,
      code: 'off-chain',
      severity: 'info',
      title: 'This orchestrator is off-chain',
      text: 'Without a chain it earns nothing and public gateways do not find it: it is for practice, tests and private networks.',
      nextStep:
        'Point a gateway of your own at its service URI. Production orchestrators come with the wallet, in a later version.',
    });
    void this.check();
    this.#timers.push(setInterval(() => void this.check(), CHECK_EVERY_MS).unref());
  }

  /** Tries now to reach the service URI; a try under way is waited for. */
  check(): Promise<void> {
    this.#checking ??= this.#check().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  /** @throws EngineError `not-found` */
  drainTranscoder(id: string): void {
    if (!this.#own().transcoders.drain(id)) throw noTranscoder(id);
    this.#show();
  }

  /** @throws EngineError `not-found`, `bad-request` for this process's own transcoder */
  removeTranscoder(id: string): void {
    const own = this.#own();
    if (id === LOCAL_ID) {
      throw new EngineError({
        code: 'bad-request',
        message: 'This transcoder is part of the orchestrator itself',
        nextStep: 'To orchestrate without it, set deploymentType to "ot-split" and splitHalf to "orchestrator".',
      });
    }
    if (!own.transcoders.remove(id, 'removed by the operator')) throw noTranscoder(id);
    this.#show();
  }

  /**
   * The orchestrator itself, where it is this machine's own.
   * @throws EngineError `bad-request` for the practice network's
   */
  get own(): NonNullable<ComposedOrchestrator['own']> {
    return this.#own();
  }

  /**
   * Asks for other prices, of new sessions.
   * @throws EngineError `bad-request` for a text that is no price; nothing changes then
   */
  setPrices(prices: SetPrices): void {
    this.#own().setPrices(prices);
    this.#show();
  }

  /** Takes up the configuration as it is now, as far as no role has to be made anew. */
  refresh(config: Config): void {
    if (this.#parameters.orchestrator.own) this.setPrices(configuredPrices(config));
  }

  [Symbol.dispose](): void {
    this.#end.abort(new EngineError({ code: 'aborted', message: 'The orchestrator ends' }));
    for (const timer of this.#timers) clearInterval(timer);
    this.#parameters.health.clear(OFF_CHAIN_KEY);
    this.#parameters.health.clear(REACH_KEY);
  }

  #own(): NonNullable<ComposedOrchestrator['own']> {
    const { own } = this.#parameters.orchestrator;
    if (own) return own;
    throw new EngineError({
      code: 'bad-request',
      message: 'The orchestrator of the practice network is only to look at',
      nextStep: 'To run an orchestrator of your own, set deploymentType to "solo".',
    });
  }

  async #check(): Promise<void> {
    const { orchestrator, clock, health } = this.#parameters;
    const { own, local } = orchestrator;
    if (!own) {
      this.#own();
      return;
    }
    this.#reachability = { ...this.#reachability, state: 'checking' };
    this.#show();
    const { serviceUri } = orchestrator.status();
    try {
      this.#reachability = await checkReachability({ serviceUri, local, nowMs: () => clock.nowMs(), signal: this.#end.signal });
    } catch (error) {
      if (this.#end.signal.aborted || isTimeout(error)) return;
      throw error;
    }
    const { state, text, nextStep } = this.#reachability;
    if (state === 'unreachable') {
      health.set({
        key: REACH_KEY,
        code: 'service-uri-unreachable',
        severity: 'warning',
        title: 'The orchestrator is not reached at its service URI',
        text,
        nextStep: nextStep ?? 'Check the service URI.',
      });
    } else health.clear(REACH_KEY);
    this.#show();
  }

  #show(): void {
    if (this.#end.signal.aborted) return;
    const { orchestrator, onView } = this.#parameters;
    const { own, listening, secretSet, status } = orchestrator;
    const view = orchestratorView(status(), {
      listening,
      secretSet,
      editable: own !== null,
      reachability: this.#reachability,
      whyNoWork: own?.whyNoWork(this.#reachability) ?? [],
    });
    const text = JSON.stringify(view);
    if (text === this.#shown) return;
    this.#shown = text;
    onView(view);
  }
}

/** What the own orchestrator asks for, as configured. */
export function configuredPrices({ ownOrchestrator: { price, pricePerGateway } }: Config): SetPrices {
  return { base: price, perGateway: Object.entries(pricePerGateway).map(([gateway, text]) => ({ gateway, price: text })) };
}

/** The settings that `setPrices` writes. */
export function priceSettings({
  base,
  perGateway,
}: SetPrices): ReadonlyArray<{ readonly path: string; readonly value: unknown }> {
  const table = perGateway && Object.fromEntries(perGateway.map(({ gateway, price }) => [gateway.toLowerCase(), price]));
  return [
    { path: 'ownOrchestrator.price', value: base },
    ...(table === undefined ? [] : [{ path: 'ownOrchestrator.pricePerGateway', value: table }]),
  ];
}

function noTranscoder(id: string): EngineError {
  return new EngineError({
    code: 'not-found',
    message: `There is no transcoder "${id}"`,
    nextStep: 'It may have left. See: siphon orchestrator transcoders',
  });
}
