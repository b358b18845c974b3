import { z } from 'zod';

/** Starts that a new version gets to bring a healthy engine up. */
export const MOST_STARTS = 2;

/** Versions that failed here and are not offered again, newest last; more are forgotten. */
const MOST_REFUSED = 10;

const Version = z.string().max(64);

/** How the last update went, as it is kept on disk. */
export const TrialSchema = z.strictObject({
  state: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none') }),
    /** `to` was put in place of `from`; it has not been healthy yet. */
    z.strictObject({ kind: z.literal('trial'), from: Version, to: Version, starts: z.number().int().min(0) }),
    /** `from` failed: `to` is being put back. */
    z.strictObject({ kind: z.literal('restoring'), from: Version, to: Version, reason: z.string().max(500) }),
    z.strictObject({ kind: z.literal('rolled-back'), from: Version, to: Version, reason: z.string().max(500) }),
  ]),
  /** Versions that did not come up healthy on this machine. */
  refused: z.array(Version).max(MOST_REFUSED).default([]),
});
export type Trial = z.output<typeof TrialSchema>;

/** Nothing on trial. */
export const NO_TRIAL: Trial = { state: { kind: 'none' }, refused: [] };

/** What the caller must do after the new state is on disk. */
export type TrialAction =
  /** Nothing to do; leftovers of an earlier update may go. */
  | 'none'
  /** Tell {@link healthy} or {@link unhealthy} how this start went. */
  | 'watch'
  /** Put the previous version back and start it. */
  | 'restore'
  /** Start this version once more. */
  | 'restart'
  /** Show that the previous version is back. */
  | 'told';

/** A step of the trial: what to keep, then what to do. */
export interface TrialStep {
  readonly trial: Trial;
  readonly action: TrialAction;
}

/** A new version is about to be put in place. Kept before the files change, so that no start of it goes uncounted. */
export function installing(trial: Trial, from: string, to: string): Trial {
  return { state: { kind: 'trial', from, to, starts: 0 }, refused: trial.refused.filter((version) => version !== to) };
}

/** The app of version `own` starts. */
export function started(trial: Trial, own: string): TrialStep {
  const { state, refused } = trial;
  if (state.kind === 'trial' && state.to === own) {
    if (state.starts >= MOST_STARTS) return restoring(trial, state, 'It ended before its engine was running.');
    return { trial: { state: { ...state, starts: state.starts + 1 }, refused }, action: 'watch' };
  }
  // The files never changed (it was cut off before), or somebody installed yet another version.
  if (state.kind === 'trial') return { trial: { state: { kind: 'none' }, refused }, action: 'none' };
  if (state.kind === 'restoring' && state.from === own) return { trial, action: 'restore' };
  if (state.kind === 'restoring' && state.to === own) {
    const { from, to, reason } = state;
    const kept = [...refused.filter((version) => version !== from), from].slice(-MOST_REFUSED);
    return { trial: { state: { kind: 'rolled-back', from, to, reason }, refused: kept }, action: 'told' };
  }
  if (state.kind === 'rolled-back' && state.to === own) return { trial, action: 'told' };
  return { trial: { state: { kind: 'none' }, refused }, action: 'none' };
}

/** The engine of the version on trial is running. */
export function healthy(trial: Trial): TrialStep {
  if (trial.state.kind !== 'trial') return { trial, action: 'none' };
  return { trial: { state: { kind: 'none' }, refused: trial.refused }, action: 'none' };
}

/** The engine of the version on trial did not come up. */
export function unhealthy(trial: Trial, reason: string): TrialStep {
  const { state } = trial;
  if (state.kind !== 'trial') return { trial, action: 'none' };
  return state.starts >= MOST_STARTS ? restoring(trial, state, reason) : { trial, action: 'restart' };
}

/** The person ended the app before it was known how the start went: that start doesn't count. */
export function undecided(trial: Trial): Trial {
  const { state, refused } = trial;
  return state.kind === 'trial' ? { state: { ...state, starts: Math.max(0, state.starts - 1) }, refused } : trial;
}

/** There is nothing to put back: the new version stays, whatever it is like. */
export function notRestorable(trial: Trial): Trial {
  return { state: { kind: 'none' }, refused: trial.refused };
}

function restoring(trial: Trial, { from, to }: { readonly from: string; readonly to: string }, reason: string): TrialStep {
  const text = reason.slice(0, 500);
  return { trial: { state: { kind: 'restoring', from: to, to: from, reason: text }, refused: trial.refused }, action: 'restore' };
}
