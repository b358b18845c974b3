import { describe, expect, test } from 'vitest';
import { AVAILABILITY_RULES, type AvailabilityRule } from '../../../engine/api/availability.ts';
import { combine } from '../../../engine/availability/combine.ts';
import type { Facts } from '../../../engine/availability/facts.ts';
import { lookAtRules } from '../../../engine/availability/rules.ts';
import { factsWith, settingsWith } from './support.ts';

const outcome = (rule: AvailabilityRule, changes: Partial<Facts> = {}) => lookAtRules(factsWith(changes)).get(rule);
const decide = (changes: Partial<Facts>, more: { overridden?: AvailabilityRule[]; own?: Parameters<typeof combine>[1] } = {}) => {
  const facts = factsWith(changes);
  const rules = [...lookAtRules(facts)].map(([rule, each]) => ({
    rule,
    sinceMs: 0,
    ...each,
    ...(more.overridden?.includes(rule) ? { overridden: true } : {}),
  }));
  return combine(rules, more.own ?? null, facts.devices);
};
const presence = { onBattery: false, idleSeconds: 5, locked: false, suspending: false };
const cpuOnly: Facts['devices'] = [{ id: 'cpu', name: 'CPU', kind: 'cpu', enabled: true, usable: true }];

describe('each rule', () => {
  test('is satisfied or off on a machine where nothing speaks against working', () => {
    const states = [...lookAtRules(factsWith())].map(([rule, { state }]) => [rule, state]);
    expect(Object.fromEntries(states)).toEqual({
      suspend: 'satisfied',
      'gpu-off': 'satisfied',
      heat: 'satisfied',
      'gpu-needed': 'satisfied',
      schedule: 'off',
      battery: 'satisfied',
      'not-idle': 'off',
    });
    expect([...lookAtRules(factsWith()).keys()]).toEqual([...AVAILABILITY_RULES]);
  });

  test('about presence is unknown, and never active, when nothing is reported', () => {
    const unknown = {
      presence: undefined,
      ownBattery: undefined,
      settings: settingsWith({ onlyWhenIdle: { enabled: true, minutes: 5 } }),
    };
    expect(outcome('battery', unknown)).toMatchObject({ state: 'unknown' });
    expect(outcome('not-idle', unknown)).toMatchObject({ state: 'unknown' });
    expect(outcome('suspend', unknown)).toMatchObject({ state: 'satisfied' });
    expect(decide(unknown).pause).toBeNull();
  });

  test('battery believes the desktop shell first and the engine’s own reading without one', () => {
    expect(outcome('battery', { presence: { ...presence, onBattery: true }, ownBattery: 'mains' })?.state).toBe('active');
    expect(outcome('battery', { presence: { ...presence, onBattery: null }, ownBattery: 'battery' })?.state).toBe('active');
    expect(outcome('battery', { presence: undefined, ownBattery: 'none' })).toMatchObject({
      state: 'satisfied',
      text: 'The computer has no battery.',
    });
    expect(
      outcome('battery', { presence: { ...presence, onBattery: true }, settings: settingsWith({ onBattery: 'work' }) })?.state,
    ).toBe('off');
  });

  test('not-idle waits for the quiet minutes, and a locked screen counts at once', () => {
    const settings = settingsWith({ onlyWhenIdle: { enabled: true, minutes: 5 } });
    expect(outcome('not-idle', { settings, presence: { ...presence, idleSeconds: 299 } })?.state).toBe('active');
    expect(outcome('not-idle', { settings, presence: { ...presence, idleSeconds: 300 } })?.state).toBe('satisfied');
    expect(outcome('not-idle', { settings, presence: { ...presence, locked: true } })?.state).toBe('satisfied');
  });

  test('heat names the card and where it works again; without a working card it cannot tell', () => {
    expect(outcome('heat', { hot: new Set(['GPU-b']), temperatures: new Map([['GPU-b', 88]]) })).toMatchObject({
      state: 'active',
      text: 'RTX B is at 88 °C; it works again below 75 °C.',
      gpus: ['GPU-b'],
    });
    expect(outcome('heat', { devices: cpuOnly })?.state).toBe('unknown');
    expect(outcome('heat', { temperatures: new Map([['GPU-a', null]]) })?.state).toBe('unknown');
    expect(outcome('heat', { settings: settingsWith({ temperature: { pauseAbove: null, resumeBelow: 75 } }) })?.state).toBe(
      'off',
    );
  });

  test('gpu-off is active only when no device is left to work on', () => {
    const off = { id: 'GPU-a', name: 'RTX A', kind: 'gpu', enabled: false, usable: false } as const;
    const lost = { ...off, enabled: true, why: 'The driver no longer lists it.' };
    expect(outcome('gpu-off', { devices: [off, ...cpuOnly] })?.state).toBe('satisfied');
    expect(outcome('gpu-off', { devices: [off] })).toMatchObject({ state: 'active', text: 'RTX A is switched off.' });
    expect(outcome('gpu-off', { devices: [off, lost] })?.text).toContain('The driver no longer lists it.');
    expect(outcome('gpu-off', { devices: undefined })?.state).toBe('off');
  });
});

describe('all rules together', () => {
  test('rest a single hot card and go on with the other one', () => {
    const { pause, restingGpus } = decide({ hot: new Set(['GPU-a']) });
    expect(pause).toBeNull();
    expect(restingGpus).toMatchObject([{ uuid: 'GPU-a', rule: 'heat' }]);
  });

  test('pause the whole when no card is left, whatever the cards rest for', () => {
    const { pause, restingGpus } = decide({ hot: new Set(['GPU-a']), needed: [{ uuid: 'GPU-b', percent: 90, program: 'game' }] });
    expect(pause).toMatchObject({ reason: 'heat', automatic: true });
    expect(pause?.also).toEqual(['game uses RTX B (90 % of it).']);
    expect(restingGpus.map(({ uuid, rule }) => [uuid, rule])).toEqual([
      ['GPU-a', 'heat'],
      ['GPU-b', 'gpu-needed'],
    ]);
  });

  test('show the gravest reason, keep the others, and tell an end only when every reason has one', () => {
    const settings = settingsWith({ schedule: [{ days: ['sun'], from: '01:00', to: '02:00' }] });
    const closed = decide({ settings });
    expect(closed.pause).toMatchObject({ reason: 'schedule', also: [] });
    expect(closed.pause?.resumeAtMs).toBeGreaterThan(factsWith().nowMs);
    const both = decide({ settings, presence: { ...presence, onBattery: true } });
    expect(both.pause).toMatchObject({ reason: 'schedule', also: ['The computer runs on battery.'] });
    expect(both.pause?.resumeAtMs).toBeUndefined();
  });

  test('put a person’s own pause first, and end at the later of both ends', () => {
    const settings = settingsWith({ schedule: [{ days: ['sun'], from: '01:00', to: '02:00' }] });
    const own = { sinceMs: 0, until: { kind: 'time' as const, atMs: factsWith().nowMs + 1000 } };
    const { pause } = decide({ settings }, { own });
    expect(pause).toMatchObject({ reason: 'user', automatic: false, also: ['The schedule is closed.'] });
    expect(pause?.resumeAtMs).toBe(decide({ settings }).pause?.resumeAtMs);
    expect(decide({}, { own: { sinceMs: 0, until: { kind: 'resume' } } }).pause?.resumeAtMs).toBeUndefined();
  });

  test('leave out what the person overrode', () => {
    expect(decide({ presence: { ...presence, onBattery: true } }, { overridden: ['battery'] }).pause).toBeNull();
    expect(decide({ hot: new Set(['GPU-a']) }, { overridden: ['heat'] }).restingGpus).toEqual([]);
  });
});
