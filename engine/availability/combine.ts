import type { AvailabilityRule, AvailabilityRuleView, AvailabilityView, OwnPause } from '../api/availability.ts';
import type { RunState } from '../api/snapshot.ts';
import type { DeviceFact } from './facts.ts';

/** A pause of the whole engine, as asked for. */
export interface WantedPause {
  readonly reason: NonNullable<RunState['reason']>;
  readonly text: string;
  /** What else asks for it, gravest first. */
  readonly also: readonly string[];
  /** When nothing asks for it any more, where that is known. */
  readonly resumeAtMs?: number;
  /** Only rules ask for it. */
  readonly automatic: boolean;
}

/** What all rules and the person together want. */
export interface Decision {
  readonly pause: WantedPause | null;
  readonly restingGpus: AvailabilityView['restingGpus'];
}

/** Rules that rest single cards. */
const BY_CARD: ReadonlySet<AvailabilityRule> = new Set(['heat', 'gpu-needed']);

/** Rules that no choice of the person can set aside: there is nothing to work on, or no power soon. */
export const BINDING: ReadonlySet<AvailabilityRule> = new Set(['suspend', 'gpu-off']);

/**
 * Decides what is done. The person's own pause is the shown reason where there is one; else the first active rule in the list's
 * order. A rule about cards rests those cards, and pauses the whole only when no device is left.
 */
export function combine(
  rules: readonly AvailabilityRuleView[],
  ownPause: OwnPause | null,
  devices: readonly DeviceFact[] | undefined,
): Decision {
  const active = rules.filter(({ state, overridden }) => state === 'active' && overridden !== true);
  const restingGpus = restingOf(active);
  const working = (devices ?? []).filter(({ enabled, usable }) => enabled && usable);
  const allRest = working.length > 0 && working.every(({ id }) => restingGpus.some(({ uuid }) => uuid === id));
  const pausing = active.filter(({ rule }) => allRest || !BY_CARD.has(rule));
  const [first] = pausing;
  if (ownPause === null && !first) return { pause: null, restingGpus };
  const resumeAtMs = endOf(ownPause, pausing);
  const shown =
    ownPause === null && first ? { reason: first.rule, text: first.text } : { reason: 'user' as const, text: ownWords(ownPause) };
  return {
    pause: {
      ...shown,
      also: pausing.slice(ownPause === null ? 1 : 0).map(({ text }) => text),
      ...(resumeAtMs === undefined ? {} : { resumeAtMs }),
      automatic: ownPause === null,
    },
    restingGpus,
  };
}

function restingOf(active: readonly AvailabilityRuleView[]): Decision['restingGpus'] {
  const resting = new Map<string, Decision['restingGpus'][number]>();
  for (const { rule, text, gpus } of active) {
    for (const uuid of BY_CARD.has(rule) ? (gpus ?? []) : []) if (!resting.has(uuid)) resting.set(uuid, { uuid, rule, text });
  }
  return [...resting.values()];
}

/** The moment from which nothing asks for the pause; undefined as soon as one end is not known. */
function endOf(ownPause: OwnPause | null, pausing: readonly AvailabilityRuleView[]): number | undefined {
  const ends = pausing.map(({ endsAtMs }) => endsAtMs);
  if (ownPause !== null) ends.push(ownPause.until.kind === 'time' ? ownPause.until.atMs : undefined);
  return ends.reduce<number | undefined>(
    (latest, end) => (latest === undefined || end === undefined ? undefined : Math.max(latest, end)),
    0,
  );
}

function ownWords(ownPause: OwnPause | null): string {
  if (ownPause?.until.kind === 'restart') return 'Paused by you, until Siphon is started again';
  return ownPause?.until.kind === 'resume' ? 'Paused by you, until you resume' : 'Paused by you';
}
