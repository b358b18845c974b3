import { describe, expect, test } from 'vitest';
import type { EngineSnapshot } from '../../../../engine/api/snapshot.ts';
import { type NoticeFacts, type NoticeMemory, noticesOf } from '../../../../main/notifications/notices.ts';
import { notificationsDe } from '../../../../main/text/notifications-de.ts';
import { notificationsEn } from '../../../../main/text/notifications-en.ts';
import { type Scenario, snapshotOf } from '../../../support/fake-engine-data.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const NOTHING: NoticeMemory = { firstWorkAtMs: null, updateVersion: null, trayKnown: false };
const WORKED: NoticeMemory = { firstWorkAtMs: NOW, updateVersion: null, trayKnown: false };

function facts(scenario: Scenario, parts: Partial<EngineSnapshot> = {}, others: Partial<NoticeFacts> = {}): NoticeFacts {
  return {
    snapshot: { ...snapshotOf(scenario, NOW), ...parts },
    engine: { kind: 'running', pid: 1, sinceMs: NOW },
    update: { kind: 'none', checkedAtMs: null },
    ...others,
  };
}

describe('notices', () => {
  test('a standing error is one, with the next step; a warning is none', () => {
    const problem = {
      key: 'gpu-lost:1',
      code: 'gpu-lost',
      title: 'A GPU is gone',
      text: 'long',
      nextStep: 'Restart.',
      sinceMs: NOW,
    } as const;
    const problems = [
      { ...problem, severity: 'error' },
      { ...problem, key: 'other', severity: 'warning' },
    ] as const;
    expect(noticesOf(facts('siphon', { problems }), WORKED, notificationsEn)).toEqual([
      { key: 'problem:gpu-lost:1', kind: 'problem', title: 'Siphon needs you: A GPU is gone', body: 'Restart.', page: 'home' },
    ]);
  });

  test('while the person pauses Siphon, its problems disturb nobody', () => {
    const run = { state: 'paused', reason: 'user', sinceMs: NOW, inFlight: 0 } as const;
    expect(noticesOf(facts('problems'), WORKED, notificationsEn)).not.toEqual([]);
    expect(noticesOf(facts('problems', { run }), WORKED, notificationsEn)).toEqual([]);
  });

  test('an engine that gave up is urgent', () => {
    const engine = { kind: 'safe-mode', reason: 'It crashed.', nextStep: 'Start it again.', lastLines: [] } as const;
    expect(noticesOf({ ...facts('siphon'), snapshot: null, engine }, WORKED, notificationsEn)).toMatchObject([
      { key: 'engine', kind: 'problem', body: 'It crashed. Start it again.', urgent: true },
    ]);
  });

  test('the first segment for a real orchestrator is told once', () => {
    const kinds = (value: NoticeFacts, memory: NoticeMemory) => noticesOf(value, memory, notificationsEn).map(({ kind }) => kind);
    expect(kinds(facts('siphon'), NOTHING)).toEqual(['firstEarning']);
    expect(kinds(facts('siphon'), WORKED)).toEqual([]);
    expect(kinds(facts('siphon', { segments: [] }), NOTHING)).toEqual([]);
  });

  test('neither practice nor what was done before the connection counts as first work', () => {
    expect(noticesOf(facts('practice'), NOTHING, notificationsEn)).toEqual([]);
    const { link } = snapshotOf('siphon', NOW);
    if (!link) throw new Error('the scenario has a link');
    expect(noticesOf(facts('siphon', { link: { ...link, sinceMs: NOW + 60_000 } }), NOTHING, notificationsEn)).toEqual([]);
  });

  test('an update that is ready is told once a version, one that was taken back is a problem', () => {
    const ready = facts('siphon', {}, { update: { kind: 'ready', version: '1.2.0', notes: '' } });
    expect(noticesOf(ready, WORKED, notificationsDe)).toMatchObject([{ kind: 'updateReady', title: 'Siphon 1.2.0 ist bereit' }]);
    expect(noticesOf(ready, { ...WORKED, updateVersion: '1.2.0' }, notificationsDe)).toEqual([]);
    expect(noticesOf(ready, { ...WORKED, updateVersion: '1.1.0' }, notificationsDe)).toHaveLength(1);
    const back = facts('siphon', {}, { update: { kind: 'rolled-back', from: '1.2.0', to: '1.1.0', reason: '' } });
    expect(noticesOf(back, WORKED, notificationsEn)).toMatchObject([{ kind: 'problem', key: 'rolled-back:1.2.0' }]);
  });
});
