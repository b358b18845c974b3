import type { OrchestratorError, OrchestratorPrices, Reachability, WhyNoWorkItem } from '../api/orchestrator.ts';
import { addressText } from '../wire/eth-signature.ts';
import { versionAtLeast } from '../wire/version.ts';

/** The reference's release that this engine follows; gateways set their minimum (`-orchMinLivepeerVersion`) by its releases. */
const REFERENCE_VERSION = '0.9.1';

/** What the checklist is made from; all of it is in the orchestrator's status. */
export interface WhyNoWorkFacts {
  readonly onChain: boolean;
  readonly draining: boolean;
  /** On-chain only: whether it is in the active set this round; undefined = not known. */
  readonly active?: boolean;
  /** The most that gateways are known to pay, wei per pixel as [wei, pixels]; undefined = not known. */
  readonly gatewayMaxPrice?: { readonly wei: bigint; readonly pixels: bigint };
  readonly address: Uint8Array;
  readonly version: string;
  readonly prices: OrchestratorPrices;
  readonly reachability: Reachability;
  /** Transcoders that take new sessions, and those that don't. */
  readonly transcoders: { readonly ready: number; readonly draining: number; readonly capacity: number };
  readonly sessions: { readonly open: number; readonly max: number };
  /** Errors of the last minutes, last first. */
  readonly errors: readonly OrchestratorError[];
}

/**
 * Why no work comes, as a checklist from the outside in: each line says whether that is the reason, and what to do. `ok: null` means
 * that it plays no part here or cannot be told.
 */
export function whyNoWork(facts: WhyNoWorkFacts): readonly WhyNoWorkItem[] {
  return [activeSet(facts), reachable(facts), transcoders(facts), places(facts), price(facts), version(facts), failures(facts)];
}

function activeSet({ onChain, active, address }: WhyNoWorkFacts): WhyNoWorkItem {
  const item = { id: 'active-set', title: 'In the active set' };
  if (!onChain) {
    return {
      ...item,
      ok: null,
      text: 'This orchestrator is off-chain: public gateways do not find it, only gateways that are given its service URI.',
      nextStep: 'Give the service URI to a gateway of yours (go-livepeer: -orchAddr).',
    };
  }
  if (active === undefined) return { ...item, ok: null, text: `Whether ${addressText(address)} is active is not known yet.` };
  if (active) return { ...item, ok: true, text: `${addressText(address)} is in the active set this round.` };
  return {
    ...item,
    ok: false,
    text: `${addressText(address)} is not in the active set this round, so gateways do not choose it.`,
    nextStep: 'It takes enough stake for one of the 100 places, and starts with the round after activation.',
  };
}

function reachable({ reachability }: WhyNoWorkFacts): WhyNoWorkItem {
  const { state, text, nextStep } = reachability;
  const ok = state === 'reachable' ? true : state === 'unreachable' ? false : null;
  return {
    id: 'reachability',
    ok,
    title: 'Gateways reach the service URI',
    text,
    ...(nextStep === undefined ? {} : { nextStep }),
  };
}

function transcoders({ transcoders: { ready, draining, capacity }, draining: stopped }: WhyNoWorkFacts): WhyNoWorkItem {
  const item = { id: 'capabilities', title: 'A transcoder is there for the work' };
  if (stopped) {
    return { ...item, ok: false, text: 'The orchestrator takes no work now: it is draining.', nextStep: 'Resume it.' };
  }
  if (ready > 0) {
    return { ...item, ok: true, text: `${count(ready, 'transcoder')} for ${count(capacity, 'session')} at once.` };
  }
  return {
    ...item,
    ok: false,
    text:
      draining > 0 ? 'All connected transcoders are being drained.' : 'No transcoder is connected, so gateways are turned away.',
    nextStep: 'Connect a transcoder with this orchestrator’s address and secret, or turn on this machine’s own.',
  };
}

function places({ sessions: { open, max } }: WhyNoWorkFacts): WhyNoWorkItem {
  const item = { id: 'sessions', title: 'A session place is free' };
  if (open < max) return { ...item, ok: true, text: `${open} of ${count(max, 'session')} taken.` };
  if (max === 0) return { ...item, ok: null, text: 'There are no places without transcoders.' };
  return {
    ...item,
    ok: false,
    text: `All ${count(max, 'session')} are taken; further gateways are told OrchestratorCapped.`,
    nextStep: 'This is full use. For more, raise the session limit or connect more transcoders.',
  };
}

function price({ onChain, prices, gatewayMaxPrice }: WhyNoWorkFacts): WhyNoWorkItem {
  const item = { id: 'price', title: 'The price is what gateways accept' };
  const { text, price } = prices.base;
  if (!onChain) return { ...item, ok: null, text: `Off-chain nothing is paid; the price of ${text} is not asked.` };
  if (!price) {
    return {
      ...item,
      ok: false,
      text: `${text} cannot be converted to wei now, so no price can be offered.`,
      nextStep: 'Write the price in wei, or wait for the exchange rate.',
    };
  }
  if (!gatewayMaxPrice) return { ...item, ok: null, text: `${text}. What gateways pay at most is not known here.` };
  const tooMuch = BigInt(price.wei) * gatewayMaxPrice.pixels > gatewayMaxPrice.wei * BigInt(price.pixels);
  if (!tooMuch) return { ...item, ok: true, text: `${text} is within what gateways pay.` };
  return { ...item, ok: false, text: `${text} is more than gateways pay.`, nextStep: 'Lower the price.' };
}

function version({ version }: WhyNoWorkFacts): WhyNoWorkItem {
  const item = { id: 'version', title: 'The protocol version is new enough' };
  if (versionAtLeast(REFERENCE_VERSION, version)) {
    return { ...item, ok: true, text: `Gateways are told ${version}, which meets any minimum up to it.` };
  }
  const text = `Gateways are told "${version}"; those that set a minimum pass over this orchestrator.`;
  return { ...item, ok: false, text, nextStep: 'Update Siphon.' };
}

function failures({ errors }: WhyNoWorkFacts): WhyNoWorkItem {
  const item = { id: 'failures', title: 'Nothing failed lately' };
  const worst = errors[0];
  if (!worst) return { ...item, ok: true, text: 'No failure in the last 10 minutes.' };
  const total = errors.reduce((sum, { count: times }) => sum + times, 0);
  return {
    ...item,
    ok: false,
    text: `${count(total, 'failure')} in the last 10 minutes; the last: ${worst.text}.`,
    nextStep: 'Gateways leave an orchestrator that fails. See the list of errors for each one’s cause.',
  };
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
