import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import type { EngineSnapshot, RunState } from '../../engine/api/snapshot.ts';
import { Disposables } from '../../engine/base/disposables.ts';
import { type Engine, startEngine } from '../../engine/host/engine.ts';
import { openSettings, type Settings } from '../../engine/host/settings.ts';
import type { PracticeResult } from '../../engine/practice/gateway.ts';
import { clipSource } from '../../engine/practice/media-source.ts';
import { type PracticeNetwork, startPracticeNetwork } from '../../engine/practice/network.ts';
import { PRESETS } from '../../engine/wire/presets.ts';

const run = promisify(execFile);

/** Small, so that a busy machine keeps the protocol's deadlines. */
const PROFILES = ['P144p30fps16x9'].flatMap((name) => PRESETS.get(name) ?? []);

let owned = new Disposables();
afterEach(async () => {
  await owned[Symbol.asyncDispose]();
  owned = new Disposables();
});

/** An engine on a fresh data folder, with these settings in its file. */
async function engineWith(given: Readonly<Record<string, unknown>>): Promise<{ engine: Engine; settings: Settings }> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'siphon-settings-'));
  owned.defer(() => rmSync(dataDir, { recursive: true, force: true }));
  const settings = openSettings({ dataDir, env: {} });
  await settings.change(
    Object.entries({
      'api.port': 0,
      capacity: 2,
      'ownOrchestrator.host': '127.0.0.1',
      'ownOrchestrator.port': 0,
      ...given,
    }).map(([key, value]) => ({ path: key, value })),
  );
  const engine = await startEngine({ config: await settings.effective(), paths: settings.paths, settings, print: 'none' });
  owned.defer(() => engine.stop('shutdown', 'the test ends'));
  await engine.started;
  return { engine, settings };
}

/** A practice network as somebody else's orchestrator: real time, so that there is always a segment on its way. */
async function elsewhere(): Promise<{ net: PracticeNetwork; results: PracticeResult[] }> {
  const source = await clipSource(
    { width: 320, height: 180, fps: 30, seconds: 4, segmentSeconds: 1 },
    new AbortController().signal,
  );
  const net = owned.use(await startPracticeNetwork({ source, profiles: PROFILES, sessions: 2 }));
  const results: PracticeResult[] = [];
  net.onResult((result) => results.push(result));
  return { net, results };
}

/** A video that two sessions of transcode in real time on any machine. */
async function smallVideo(): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'siphon-video-'));
  owned.defer(() => rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'small.mp4');
  await run('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', 'testsrc=size=320x180:rate=30:duration=8'],
    ...['-pix_fmt', 'yuv420p', '-g', '30', file],
  ]);
  return file;
}

async function until(what: string, holds: () => boolean, ms = 30_000): Promise<void> {
  for (const end = Date.now() + ms; !holds(); await sleep(30)) if (Date.now() > end) throw new Error(`not in time: ${what}`);
}

const doneIn = ({ segments }: EngineSnapshot) => segments.filter(({ state }) => state === 'done').length;
const failedIn = ({ segments }: EngineSnapshot) => segments.filter(({ state }) => state === 'failed');

describe('changing what a running engine does', () => {
  test('practice becomes a siphon in mid-stream: nothing running is lost, and the new orchestrator gives work', async () => {
    const { net, results } = await elsewhere();
    const { engine, settings } = await engineWith({
      deploymentType: 'practice',
      'practice.sessions': 2,
      'practice.input': await smallVideo(),
    });
    await until('practice segments', () => doneIn(engine.api.snapshot()) >= 4);
    const states: RunState['state'][] = [];
    const ended = new AbortController();
    const watched = (async () => {
      for await (const event of engine.api.watch(ended.signal))
        if (event.kind === 'update' && event.update.run && states.at(-1) !== event.update.run.state)
          states.push(event.update.run.state);
    })();

    await settings.saveOrchestratorSecret(net.secret);
    const result = await engine.api.configure({
      changes: [
        { path: 'deploymentType', value: 'siphon' },
        { path: 'orchestrator.serviceUri', value: net.serviceUri },
      ],
    });
    expect(result).toMatchObject({ changed: ['deploymentType', 'orchestrator.serviceUri'], rolesChanged: true });
    const after = engine.api.snapshot();
    expect(after).toMatchObject({ practice: null, orchestrator: null, choices: { deploymentType: 'siphon' } });
    await until('results from the other orchestrator', () => results.length >= 4);
    ended.abort();
    await watched;

    expect(states).toContain('draining');
    expect(engine.api.snapshot().link).toMatchObject({ state: 'registered', serviceUri: net.serviceUri });
    expect(failedIn(engine.api.snapshot())).toEqual([]);
    expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(engine.api.snapshot().run.state).toBe('running');
  });

  test('a siphon becomes solo in mid-stream: its running segments are answered, then its own orchestrator listens', async () => {
    const { net, results } = await elsewhere();
    const { engine, settings } = await engineWith({ deploymentType: 'practice' });
    await settings.saveOrchestratorSecret(net.secret);
    await engine.api.configure({
      changes: [
        { path: 'deploymentType', value: 'siphon' },
        { path: 'orchestrator.serviceUri', value: net.serviceUri },
      ],
    });
    await until('work', () => results.length >= 4);
    const result = await engine.api.configure({ changes: [{ path: 'deploymentType', value: 'solo' }] });
    expect(result.error).toBeUndefined();

    expect(failedIn(engine.api.snapshot())).toEqual([]);
    expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
    await until('the own orchestrator', () => engine.api.snapshot().orchestrator?.reachability.state === 'local-only');
    const { orchestrator, link, problems } = engine.api.snapshot();
    expect(link).toBeNull();
    expect(orchestrator).toMatchObject({ secretSet: true, editable: true, onChain: false, transcoders: [{ local: true }] });
    expect(problems.map(({ key }) => key)).toContain('off-chain');
    expect((await settings.ownSecret()).length).toBeGreaterThan(20);
  });

  test('settings that cannot be run are told, and the engine goes on with the ones before', async () => {
    const { engine } = await engineWith({ deploymentType: 'solo' });
    const result = await engine.api.configure({ changes: [{ path: 'deploymentType', value: 'siphon' }] });
    expect(result.error).toMatchObject({ code: 'config-invalid', message: 'No orchestrator is chosen yet.' });
    const { choices, problems, run, orchestrator } = engine.api.snapshot();
    expect(choices.deploymentType).toBe('solo');
    expect(run.state).toBe('running');
    expect(orchestrator).not.toBeNull();
    expect(problems.map(({ key }) => key)).toContain('settings-refused');
    await engine.api.configure({ changes: [{ path: 'deploymentType', value: 'solo' }] });
    expect(engine.api.snapshot().problems.map(({ key }) => key)).not.toContain('settings-refused');
  });

  test('a port that is taken brings the old roles back', async () => {
    const { net, results } = await elsewhere();
    const { engine, settings } = await engineWith({ deploymentType: 'practice' });
    await settings.saveOrchestratorSecret(net.secret);
    const siphon = [
      { path: 'deploymentType', value: 'siphon' },
      { path: 'orchestrator.serviceUri', value: net.serviceUri },
    ];
    await engine.api.configure({ changes: siphon });
    const result = await engine.api.configure({
      changes: [
        { path: 'deploymentType', value: 'solo' },
        { path: 'ownOrchestrator.port', value: Number(new URL(net.serviceUri).port) },
      ],
    });
    expect(result.error).toMatchObject({ code: 'port-in-use' });
    const before = results.length;
    await until('work goes on', () => results.length > before);
    expect(engine.api.snapshot()).toMatchObject({ run: { state: 'running' }, choices: { deploymentType: 'siphon' } });
  });

  test('paused stays paused: the new roles start with the resume', async () => {
    const { engine } = await engineWith({ deploymentType: 'practice' });
    await engine.api.pause({});
    const result = await engine.api.configure({ changes: [{ path: 'deploymentType', value: 'solo' }] });
    expect(result).toMatchObject({ rolesChanged: true });
    expect(engine.api.snapshot()).toMatchObject({ run: { state: 'paused' }, orchestrator: null });
    await engine.api.resume();
    await until('the own orchestrator', () => engine.api.snapshot().orchestrator !== null);
  });

  test('the orchestrator half of an O-T split has no transcoder here, and gets one when it becomes solo', async () => {
    const { engine } = await engineWith({ deploymentType: 'ot-split', splitHalf: 'orchestrator' });
    await until('the orchestrator', () => engine.api.snapshot().orchestrator?.reachability.checkedAtMs != null);
    const { orchestrator, capacity } = engine.api.snapshot();
    expect(capacity).toBeNull();
    expect(orchestrator?.transcoders).toEqual([]);
    expect(orchestrator?.whyNoWork.find(({ id }) => id === 'capabilities')).toMatchObject({ ok: false });
    await expect(engine.api.removeTranscoder({ id: 'nobody' })).rejects.toMatchObject({ code: 'not-found' });

    await engine.api.configure({ changes: [{ path: 'deploymentType', value: 'solo' }] });
    await until('its transcoder', () => engine.api.snapshot().orchestrator?.transcoders[0]?.local === true);
    expect(engine.api.snapshot().capacity?.sessions).toBe(2);
    await expect(engine.api.removeTranscoder({ id: 'local' })).rejects.toMatchObject({ code: 'bad-request' });

    await engine.api.configure({ changes: [{ path: 'deploymentType', value: 'pool-operator' }] });
    await until('no transcoder', () => engine.api.snapshot().orchestrator?.transcoders.length === 0);
    expect(engine.api.snapshot().capacity).toBeNull();
  });

  test('what roles do not depend on changes without exchanging them', async () => {
    const { engine, settings } = await engineWith({ deploymentType: 'solo' });
    const result = await engine.api.configure({
      changes: [
        { path: 'capacity', value: 1 },
        { path: 'practice.sessions', value: 4 },
        { path: 'api.port', value: 18_000 },
      ],
    });
    expect(result).toMatchObject({ rolesChanged: false, atNextStart: ['api.port'] });
    await until('capacity', () => engine.api.snapshot().capacity?.sessions === 1);
    await engine.api.setPrices({ base: '1200wei', perGateway: [{ gateway: `0x${'Aa'.repeat(20)}`, price: '900wei' }] });
    expect(engine.api.snapshot().orchestrator?.prices).toMatchObject({
      base: { text: '1200wei' },
      perGateway: [{ gateway: `0x${'aa'.repeat(20)}`, text: '900wei' }],
    });
    expect(engine.api.snapshot().orchestrator?.prices.base.price).toEqual({ wei: '1200', pixels: '1' });
    await expect(engine.api.setPrices({ base: 'much' })).rejects.toMatchObject({ code: 'bad-request' });
    expect((await settings.effective()).ownOrchestrator).toMatchObject({
      price: '1200wei',
      pricePerGateway: { [`0x${'aa'.repeat(20)}`]: '900wei' },
    });
  });
});
