import type { Problem } from '../api/errors.ts';

/** What the doctor's standing checks report under; see standing-checks.ts. */
export const DISK_KEY = 'disk-space';
export const CLOCK_KEY = 'clock';
/** The roles could not start at all; see engine.ts. */
export const START_KEY = 'start';
/** The local API gave way to another port; see engine.ts. */
export const API_PORT_KEY = 'port-in-use';
/** The file holds settings that cannot be run; see configurer.ts. */
export const SETTINGS_KEY = 'settings-refused';
/** Nobody reaches the own orchestrator; see own-orchestrator.ts. */
export const REACH_KEY = 'service-uri-unreachable';
/** The verdict on this machine's hardware; see hardware-service.ts. */
export const HARDWARE_KEY = 'hardware';

/** Everything Siphon can mend by itself when asked. */
export const FIX_IDS = ['look-again', 'check-again', 'shorten-history', 'keep-port', 'other-port', 'settings-in-use'] as const;
export type FixId = (typeof FIX_IDS)[number];

const LABELS: Readonly<Record<FixId, string>> = {
  'look-again': 'Look for GPUs again',
  'check-again': 'Check again',
  'shorten-history': 'Make room: forget the older half of the history',
  'keep-port': 'Use this port from now on',
  'other-port': 'Use another port',
  'settings-in-use': 'Go back to the settings in use',
};

/** What Siphon offers to do about a standing problem. */
export function fixesOf({ key, code }: Pick<Problem, 'key' | 'code'>): readonly FixId[] {
  if (key === HARDWARE_KEY) return ['look-again'];
  if (key === DISK_KEY) return ['shorten-history', 'check-again'];
  if (key === CLOCK_KEY || key === REACH_KEY) return ['check-again'];
  if (key === API_PORT_KEY) return ['keep-port'];
  if (key === START_KEY && code === 'port-in-use') return ['other-port'];
  if (key === SETTINGS_KEY) return ['settings-in-use'];
  return [];
}

/** Problems as clients see them: each with the fixes it has. */
export function withFixes(problems: readonly Problem[]): readonly Problem[] {
  return problems.map((problem) => {
    const ids = fixesOf(problem);
    return ids.length === 0 ? problem : { ...problem, fixes: ids.map((id) => ({ id, label: LABELS[id] })) };
  });
}
