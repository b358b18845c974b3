import { describe, expect, test } from 'vitest';
import { DesktopSettingsSchema } from '../../../../engine/api/desktop.ts';
import type { Notice, NotificationSettings } from '../../../../main/notifications/notices.ts';
import { AGAIN_MS, NotificationPolicy, REST_MS, STAND_MS } from '../../../../main/notifications/notification-policy.ts';

const NOON = new Date(2026, 10, 24, 12).getTime();
const DEFAULTS = DesktopSettingsSchema.parse({}).notifications;

function problem(key: string): Notice {
  return { key, kind: 'problem', title: key, body: '', page: 'home' };
}

const UPDATE: Notice = { key: 'update:2', kind: 'updateReady', title: '', body: '', page: 'settings' };

/** Decides at a time after noon; gives the keys to show, and the wait that is asked for. */
function at(
  policy: NotificationPolicy,
  afterMs: number,
  notices: readonly Notice[],
  { settings = {}, attending = false }: { settings?: Partial<NotificationSettings>; attending?: boolean } = {},
) {
  const decision = policy.decide({ notices, settings: { ...DEFAULTS, ...settings }, attending, nowMs: NOON + afterMs });
  return {
    show: decision.show.map(({ key }) => key),
    done: decision.done.map(({ key }) => key),
    againAfterMs: decision.againAtMs === undefined ? undefined : decision.againAtMs - NOON,
  };
}

describe('notification policy', () => {
  test('a problem is told once it has stood, and never again while it stands', () => {
    const policy = new NotificationPolicy();
    expect(at(policy, 0, [problem('a')])).toEqual({ show: [], done: [], againAfterMs: STAND_MS });
    expect(at(policy, STAND_MS, [problem('a')])).toEqual({ show: ['a'], done: ['a'], againAfterMs: undefined });
    expect(at(policy, 100 * AGAIN_MS, [problem('a')]).show).toEqual([]);
  });

  test('a problem that ends by itself at once is never told', () => {
    const policy = new NotificationPolicy();
    at(policy, 0, [problem('a')]);
    expect(at(policy, STAND_MS - 1, []).againAfterMs).toBeUndefined();
    expect(at(policy, STAND_MS + 1, [problem('a')]).show).toEqual([]);
  });

  test('a problem that comes and goes is told at most once an hour', () => {
    const policy = new NotificationPolicy();
    let told = 0;
    for (let ms = 0; ms < 3 * AGAIN_MS; ms += 60_000) {
      told += at(policy, ms, [problem('a')]).show.length;
      told += at(policy, ms + STAND_MS, [problem('a')]).show.length;
      told += at(policy, ms + STAND_MS + 1, []).show.length;
    }
    expect(told).toBe(3);
  });

  test('problems that come one after the other are told together, at most every five minutes', () => {
    const policy = new NotificationPolicy();
    at(policy, 0, [problem('a')]);
    expect(at(policy, STAND_MS, [problem('a'), problem('b')]).show).toEqual(['a']);
    expect(at(policy, 2 * STAND_MS, [problem('a'), problem('b'), problem('c')])).toEqual({
      show: [],
      done: [],
      againAfterMs: STAND_MS + REST_MS,
    });
    expect(at(policy, STAND_MS + REST_MS, [problem('a'), problem('b'), problem('c')]).show).toEqual(['b', 'c']);
  });

  test('what is urgent waits for nothing', () => {
    const policy = new NotificationPolicy();
    at(policy, 0, [problem('a')]);
    at(policy, STAND_MS, [problem('a')]);
    expect(at(policy, STAND_MS + 1, [problem('a'), { ...problem('engine'), urgent: true }]).show).toEqual(['engine']);
  });

  test('in quiet hours nothing is shown; afterwards what still stands is', () => {
    const policy = new NotificationPolicy();
    const settings = { quietHours: { from: '11:00', to: '14:00' } };
    const TWO_HOURS = 2 * 3_600_000;
    const both = [problem('a'), UPDATE];
    at(policy, 0, both, { settings });
    expect(at(policy, STAND_MS, both, { settings })).toEqual({ show: [], done: [], againAfterMs: TWO_HOURS });
    expect(at(policy, TWO_HOURS, both, { settings }).show).toEqual(['a', 'update:2']);
  });

  test('a kind that is switched off is not shown; a problem that still stands is, once it is switched on', () => {
    const policy = new NotificationPolicy();
    const settings = { problem: false, updateReady: false };
    const both = [problem('a'), UPDATE];
    at(policy, 0, both, { settings });
    expect(at(policy, STAND_MS, both, { settings })).toEqual({ show: [], done: [], againAfterMs: undefined });
    expect(at(policy, 2 * STAND_MS, both).show).toEqual(['a']);
  });

  test('who has the window in front sees it there', () => {
    const policy = new NotificationPolicy();
    expect(at(policy, 0, [UPDATE], { attending: true })).toEqual({ show: [], done: ['update:2'], againAfterMs: undefined });
    expect(at(policy, 1_000, [UPDATE]).show).toEqual([]);
  });

  test('a problem is told although the clock is set back while it stands', () => {
    const policy = new NotificationPolicy();
    at(policy, 0, [problem('a')]);
    const back = -48 * 3_600_000;
    expect(at(policy, back, [problem('a')]).againAfterMs).toBe(back + STAND_MS);
    expect(at(policy, back + STAND_MS, [problem('a')]).show).toEqual(['a']);
  });

  test('a clock that is set back by days silences nothing', () => {
    const policy = new NotificationPolicy();
    at(policy, 0, [problem('a')]);
    at(policy, STAND_MS, [problem('a')]);
    const back = -48 * 3_600_000;
    at(policy, back, []);
    at(policy, back + 1, [problem('a')]);
    expect(at(policy, back + 1 + STAND_MS, [problem('a')]).show).toEqual(['a']);
  });
});
