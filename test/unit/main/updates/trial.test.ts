import { describe, expect, test } from 'vitest';
import {
  healthy,
  installing,
  MOST_STARTS,
  NO_TRIAL,
  notRestorable,
  started,
  type Trial,
  TrialSchema,
  undecided,
  unhealthy,
} from '../../../../main/updates/trial.ts';

const ON_TRIAL = installing(NO_TRIAL, '1.0.0', '1.1.0');

/** The version on trial after a number of its starts. */
function afterStarts(count: number): Trial {
  let trial = ON_TRIAL;
  for (let start = 0; start < count; start += 1) trial = started(trial, '1.1.0').trial;
  return trial;
}

describe('the trial of a new version', () => {
  test('nothing on trial asks for nothing', () => {
    expect(started(NO_TRIAL, '1.0.0')).toEqual({ trial: NO_TRIAL, action: 'none' });
    expect(healthy(NO_TRIAL).action).toBe('none');
    expect(unhealthy(NO_TRIAL, 'x').action).toBe('none');
    expect(undecided(NO_TRIAL)).toEqual(NO_TRIAL);
  });

  test('a new version is watched, and kept once it was healthy', () => {
    const first = started(ON_TRIAL, '1.1.0');
    expect(first.action).toBe('watch');
    expect(healthy(first.trial).trial).toEqual(NO_TRIAL);
  });

  test('an unhealthy start is tried again, the last allowed one goes back', () => {
    const first = unhealthy(afterStarts(1), 'no engine');
    expect(first.action).toBe('restart');
    const last = unhealthy(afterStarts(MOST_STARTS), 'no engine');
    expect(last.action).toBe('restore');
    expect(last.trial.state).toEqual({ kind: 'restoring', from: '1.1.0', to: '1.0.0', reason: 'no engine' });
  });

  test('a version that ends before it can be watched goes back at the start after the last allowed one', () => {
    const step = started(afterStarts(MOST_STARTS), '1.1.0');
    expect(step.action).toBe('restore');
    expect(step.trial.state).toMatchObject({ kind: 'restoring', from: '1.1.0', to: '1.0.0' });
  });

  test('a start that the person ended does not count', () => {
    const trial = undecided(afterStarts(1));
    expect(trial.state).toMatchObject({ kind: 'trial', starts: 0 });
  });

  test('an installation that was cut off before the switch leaves the old version as it was', () => {
    expect(started(ON_TRIAL, '1.0.0')).toEqual({ trial: NO_TRIAL, action: 'none' });
  });

  test('a restoration that was cut off before the switch is finished at the next start', () => {
    const { trial } = unhealthy(afterStarts(MOST_STARTS), 'no engine');
    expect(started(trial, '1.1.0')).toEqual({ trial, action: 'restore' });
  });

  test('the version before is told, at every start until the next update, and refuses the one that failed', () => {
    const { trial } = unhealthy(afterStarts(MOST_STARTS), 'no engine');
    const back = started(trial, '1.0.0');
    expect(back.action).toBe('told');
    expect(back.trial).toEqual({
      state: { kind: 'rolled-back', from: '1.1.0', to: '1.0.0', reason: 'no engine' },
      refused: ['1.1.0'],
    });
    expect(started(back.trial, '1.0.0')).toEqual({ trial: back.trial, action: 'told' });
    const next = installing(back.trial, '1.0.0', '1.2.0');
    expect(started(next, '1.2.0')).toMatchObject({ action: 'watch', trial: { refused: ['1.1.0'] } });
  });

  test('a refused version that is installed all the same is refused no more', () => {
    const back: Trial = { ...NO_TRIAL, refused: ['1.1.0'] };
    expect(installing(back, '1.0.0', '1.1.0').refused).toEqual([]);
  });

  test('without a previous version the new one stays', () => {
    const { trial } = unhealthy(afterStarts(MOST_STARTS), 'no engine');
    expect(started(notRestorable(trial), '1.1.0').action).toBe('none');
  });

  test('another version, installed by hand, ends every trial', () => {
    const failed = unhealthy(afterStarts(MOST_STARTS), 'no engine').trial;
    for (const trial of [ON_TRIAL, failed, started(failed, '1.0.0').trial]) expect(started(trial, '2.0.0').action).toBe('none');
  });

  test('every state survives the disk, however long its reason and however many versions failed', () => {
    let trial: Trial = NO_TRIAL;
    for (let minor = 1; minor < 30; minor += 1) {
      trial = installing(trial, '1.0.0', `1.${minor}.0`);
      for (let start = 0; start < MOST_STARTS; start += 1) trial = started(trial, `1.${minor}.0`).trial;
      trial = started(unhealthy(trial, 'x'.repeat(5000)).trial, '1.0.0').trial;
      expect(TrialSchema.parse(JSON.parse(JSON.stringify(trial)))).toEqual(trial);
    }
    expect(trial.refused.at(-1)).toBe('1.29.0');
  });
});
