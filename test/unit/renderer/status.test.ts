import { describe, expect, test } from 'vitest';
import type { EngineSnapshot } from '../../../engine/api/snapshot.ts';
import { hostOf, profileLabel, shortName } from '../../../renderer/model/names.ts';
import { describeStatus } from '../../../renderer/model/status.ts';
import { en } from '../../../renderer/text/en.ts';
import { createFormats } from '../../../renderer/text/formats.ts';
import { type Scenario, snapshotOf } from '../../support/fake-engine-data.ts';

const NOW = new Date(2026, 10, 24, 14, 0, 0).getTime();
const formats = createFormats('en-GB');

function status(scenario: Scenario, changes: Partial<EngineSnapshot> = {}) {
  const { sentence, detail, tone } = describeStatus({ ...snapshotOf(scenario, NOW), ...changes }, NOW, en, formats);
  return { tone, sentence: sentence.replaceAll('\u00a0', ' '), detail: detail?.replaceAll('\u00a0', ' ') };
}

describe('status sentence', () => {
  test('practice on the CPU names the stream, the device and the speed', () => {
    expect(status('practice')).toEqual({
      tone: 'working',
      sentence: 'Transcoding 1 practice stream on your CPU at 2.4× real time.',
      detail: undefined,
    });
  });

  test('several GPUs are counted, one is named', () => {
    expect(status('siphon').sentence).toBe('Transcoding 3 streams on 3 GPUs at 6.6× real time.');
    expect(status('problems').sentence).toBe('Transcoding 3 streams on your RTX 4090 at 6.6× real time.');
  });

  test('slower than real time says what that means', () => {
    const sessions = snapshotOf('practice', NOW).sessions.map((session) => ({ ...session, realtimeFactor: 0.8 }));
    expect(status('practice', { sessions })).toMatchObject({ tone: 'working', detail: en.status.tooSlow });
  });

  test('without a stream it waits for the orchestrator, and says since when it is connected', () => {
    expect(status('siphon', { sessions: [] })).toEqual({
      tone: 'waiting',
      sentence: 'Waiting for work from orchestrator.example:8935, connected for 3 min.',
      detail: undefined,
    });
  });

  test('a practice stream that waits says why', () => {
    const { practice } = snapshotOf('practice', NOW);
    if (!practice) throw new Error('the scenario practises');
    const waiting = { ...practice, waiting: 1, waitingReason: 'No transcoder has room.' };
    expect(status('practice', { sessions: [], practice: waiting })).toMatchObject({
      tone: 'waiting',
      detail: 'No transcoder has room.',
    });
  });

  test('a stream that ended is no work', () => {
    const sessions = snapshotOf('siphon', NOW).sessions.map((session) => ({ ...session, endedAtMs: NOW - 1 }));
    expect(status('siphon', { sessions }).tone).toBe('waiting');
  });

  test('a refused secret is a problem; its next step is said once, on the card', () => {
    expect(status('refused')).toEqual({
      tone: 'problem',
      sentence: 'Not connected: the orchestrator refused the secret.',
      detail: undefined,
    });
    expect(status('refused', { problems: [] }).detail).toContain('Ask its operator');
  });

  test('a connection that is tried again counts down', () => {
    const link = {
      serviceUri: 'https://orchestrator.example:8935',
      state: 'waiting' as const,
      sinceMs: NOW - 9000,
      attempt: 3,
      nextAttemptAtMs: NOW + 12_000,
    };
    expect(status('empty', { link })).toMatchObject({ tone: 'problem', detail: 'Next try in 12 s.' });
  });

  test('pausing says until when, or that it waits for the user, or the reason', () => {
    expect(status('paused').sentence).toBe('Paused until 15:00.');
    const run = { state: 'paused' as const, sinceMs: NOW, inFlight: 0 };
    expect(status('paused', { run: { ...run, reason: 'user' } }).sentence).toBe('Paused until you resume.');
    expect(status('paused', { run: { ...run, reason: 'heat', text: 'GPU 0 is at 88 °C.' } }).sentence).toBe(
      'Paused: GPU 0 is at 88 °C.',
    );
  });

  test('draining counts what is still under way', () => {
    const run = { state: 'draining' as const, sinceMs: NOW, inFlight: 2, reason: 'user' as const };
    expect(status('siphon', { run })).toMatchObject({ tone: 'draining', sentence: 'Finishing 2 segments, then pausing.' });
    expect(status('siphon', { run: { ...run, inFlight: 1, reason: 'shutdown' } }).sentence).toBe(
      'Finishing 1 segment, then stopping.',
    );
  });
});

describe('names', () => {
  test('a host comes with its port, and anything else as it is', () => {
    expect(hostOf('https://orchestrator.example:8935')).toBe('orchestrator.example:8935');
    expect(hostOf('not an address')).toBe('not an address');
  });

  test('preset names are short, others stay', () => {
    expect(profileLabel('P720p30fps16x9')).toBe('720p');
    expect(profileLabel('P720p60fps16x9')).toBe('720p60');
    expect(profileLabel('P144p30fps4x3')).toBe('144p 4:3');
    expect(profileLabel('my 720p')).toBe('my 720p');
  });

  test('the maker is left out of a card’s name', () => {
    expect(shortName('NVIDIA GeForce RTX 3060')).toBe('RTX 3060');
    expect(shortName('NVIDIA H100 80GB HBM3')).toBe('H100 80GB HBM3');
    expect(shortName('Quadro P400')).toBe('Quadro P400');
  });
});
