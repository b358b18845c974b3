import { AVAILABILITY_RULES, type AvailabilityRule, type AvailabilityRuleView } from '../api/availability.ts';
import type { DeviceFact, Facts } from './facts.ts';
import { scheduleState } from './schedule.ts';

/** What one rule makes of the facts. */
export type RuleOutcome = Omit<AvailabilityRuleView, 'rule' | 'sinceMs' | 'overridden'>;

const OFF = (text: string): RuleOutcome => ({ state: 'off', text });
const SATISFIED = (text: string): RuleOutcome => ({ state: 'satisfied', text });
const UNKNOWN = (text: string): RuleOutcome => ({ state: 'unknown', text });

/** All rules, each a pure function of the facts. */
const RULES: Readonly<Record<AvailabilityRule, (facts: Facts) => RuleOutcome>> = {
  suspend: ({ presence }) =>
    presence?.suspending ? { state: 'active', text: 'The computer goes to sleep.' } : SATISFIED('The computer stays awake.'),

  'gpu-off': ({ devices }) => {
    if (devices === undefined) return OFF('No GPU is needed for this work.');
    if (devices.some(({ enabled, usable }) => enabled && usable)) return SATISFIED('There is a device to work on.');
    const off = devices.filter(({ enabled }) => !enabled);
    const broken = devices.find(({ enabled, usable, why }) => enabled && !usable && why !== undefined);
    if (broken) return { state: 'active', text: `No device can work. ${broken.name}: ${broken.why}` };
    const [only] = off;
    if (!only) return { state: 'active', text: 'No device of this machine can work.' };
    return {
      state: 'active',
      text: off.length === 1 ? `${only.name} is switched off.` : 'All GPUs are switched off.',
      values: { count: off.length, name: only.name },
    };
  },

  heat: (facts) => {
    const { pauseAbove, resumeBelow } = facts.settings.temperature;
    if (pauseAbove === null) return OFF('No temperature limit is set.');
    const cards = workingCards(facts);
    if (cards.length === 0) return UNKNOWN('No GPU works here, and the temperature of the processor is not read.');
    const hot = cards.filter(({ id }) => facts.hot.has(id));
    const [first] = hot;
    if (first) {
      const celsius = facts.temperatures.get(first.id) ?? pauseAbove;
      return {
        state: 'active',
        text: `${first.name} is at ${celsius} °C; it works again below ${resumeBelow} °C.`,
        gpus: hot.map(({ id }) => id),
        values: { name: first.name, celsius, pauseAbove, resumeBelow },
      };
    }
    const known = cards.flatMap(({ id }) => facts.temperatures.get(id) ?? []);
    if (known.length === 0) return UNKNOWN('The driver does not tell the temperature of the GPUs.');
    const hottest = Math.max(...known);
    return {
      ...SATISFIED(`The hottest GPU is at ${hottest} °C; above ${pauseAbove} °C it rests.`),
      values: { celsius: hottest, pauseAbove, resumeBelow },
    };
  },

  'gpu-needed': (facts) => {
    if (!facts.settings.gpuNeeded.enabled) return OFF('Siphon works while other programs use the GPU, too.');
    const cards = workingCards(facts);
    if (cards.length === 0) return UNKNOWN('No GPU works here, so none can be needed elsewhere.');
    const needed = facts.needed.filter(({ uuid }) => cards.some(({ id }) => id === uuid));
    const [first] = needed;
    if (first) {
      const name = cards.find(({ id }) => id === first.uuid)?.name ?? 'the GPU';
      const who =
        first.program === undefined ? 'Another program' : `${first.program}${first.graphics ? ' (a game or 3D program)' : ''}`;
      const share = first.percent === null ? '' : ` (${Math.round(first.percent)} % of it)`;
      return {
        state: 'active',
        text: `${who} uses ${name}${share}.${first.uncertain === undefined ? '' : ` ${first.uncertain}`}`,
        gpus: needed.map(({ uuid }) => uuid),
        values: {
          name,
          ...(first.program === undefined ? {} : { program: first.program }),
          ...(first.percent === null ? {} : { percent: Math.round(first.percent) }),
        },
      };
    }
    if (facts.useUnknown !== undefined) return UNKNOWN(facts.useUnknown);
    return SATISFIED('No other program needs a GPU.');
  },

  schedule: ({ settings, nowMs }) => {
    if (settings.schedule === null) return OFF('No schedule is set: Siphon works at any time.');
    const { open, changesAtMs } = scheduleState(settings.schedule, nowMs);
    const ends = changesAtMs === undefined ? {} : { endsAtMs: changesAtMs };
    if (open) return { ...SATISFIED('The schedule is open.'), ...ends };
    return { state: 'active', text: 'The schedule is closed.', ...ends };
  },

  battery: ({ settings, presence, ownBattery }) => {
    if (settings.onBattery === 'work') return OFF('Siphon works on battery, too.');
    const onBattery = presence?.onBattery ?? (ownBattery === undefined ? null : ownBattery === 'battery');
    if (onBattery === null) return UNKNOWN('Whether the computer runs on battery is not known here.');
    if (onBattery) return { state: 'active', text: 'The computer runs on battery.' };
    return SATISFIED(ownBattery === 'none' ? 'The computer has no battery.' : 'The computer runs on mains power.');
  },

  'not-idle': ({ settings, presence }) => {
    const { enabled, minutes } = settings.onlyWhenIdle;
    if (!enabled) return OFF('Siphon works while the computer is used, too.');
    const idle = presence?.idleSeconds ?? null;
    if (presence?.locked) return SATISFIED('The screen is locked.');
    if (idle === null) return UNKNOWN('Whether somebody uses the computer is not known here.');
    if (idle >= minutes * 60) return SATISFIED(`Nobody has used the computer for ${minutes} minutes.`);
    return {
      state: 'active',
      text: `The computer is in use; Siphon works after ${minutes} quiet ${minutes === 1 ? 'minute' : 'minutes'}.`,
      values: { minutes },
    };
  },
};

/** Looks at every rule, in the order in which one of several is shown. */
export function lookAtRules(facts: Facts): ReadonlyMap<AvailabilityRule, RuleOutcome> {
  return new Map(AVAILABILITY_RULES.map((rule) => [rule, RULES[rule](facts)]));
}

/** The GPUs that would work were it not for the rules. */
function workingCards({ devices = [] }: Facts): DeviceFact[] {
  return devices.filter(({ kind, enabled, usable }) => kind === 'gpu' && enabled && usable);
}
