import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AvailabilityRule, AvailabilityRuleView, Presence } from '../../engine/api/availability.ts';
import type { EngineSnapshot } from '../../engine/api/snapshot.ts';
import { parseSmiTable } from '../../engine/gpu/smi-table.ts';
import { openSettings } from '../../engine/host/settings.ts';
import { connectTo, type EngineClient } from '../support/engine-client.ts';
import { startEngineProcess } from '../support/engine-process.ts';
import { FakeSmi, isRunning, recorded } from '../unit/gpu/fake-smi.ts';

const run = promisify(execFile);

let video = '';
let folder = '';

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'siphon-living-'));
  video = path.join(folder, 'small.mp4');
  await run('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', 'testsrc=size=320x180:rate=30:duration=8'],
    ...['-pix_fmt', 'yuv420p', '-g', '30', video],
  ]);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A real engine that practises with a small video, with its client. */
async function practising(settings: Readonly<Record<string, unknown>> = {}) {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'siphon-living-engine-'));
  await openSettings({ dataDir, env: {} }).change(
    Object.entries({ deploymentType: 'practice', 'practice.input': video, ...settings }).map(([key, value]) => ({
      path: key,
      value,
    })),
  );
  const engine = await startEngineProcess({ dataDir });
  const client = connectTo(engine);
  return {
    dataDir,
    engine,
    client,
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]();
      await engine[Symbol.asyncDispose]();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

const rule = (snapshot: EngineSnapshot, name: AvailabilityRule): AvailabilityRuleView | undefined =>
  snapshot.availability.rules.find((each) => each.rule === name);

const onMains: Presence = { onBattery: false, idleSeconds: 0, locked: false, suspending: false };

const set = (client: EngineClient, settingPath: string, value: unknown) =>
  client.api.configure.mutate({ changes: [{ path: settingPath, value: JSON.stringify(value) }] });

/** `HH:MM` some minutes from now, and the weekday on which it is. */
function clockIn(minutes: number): string {
  const at = new Date(Date.now() + minutes * 60_000);
  return `${String(at.getHours()).padStart(2, '0')}:${String(at.getMinutes()).padStart(2, '0')}`;
}
const EVERY_DAY = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

describe('an engine that works only when it may', () => {
  test('pauses when the schedule closes, after finishing what runs, says when it goes on, and goes on when it opens', async () => {
    await using rig = await practising();
    const { client } = rig;
    await client.until(({ segments }) => segments.filter(({ state }) => state === 'done').length >= 2);

    await set(client, 'availability.schedule', [{ days: EVERY_DAY, from: clockIn(120), to: clockIn(180) }]);
    const paused = await client.until(({ run: { state } }) => state === 'paused');
    expect(paused.run).toMatchObject({ reason: 'schedule', automatic: true, inFlight: 0 });
    const inTwoHours = new Date(Date.now() + 120 * 60_000).setSeconds(0, 0);
    expect(Math.abs((paused.run.resumeAtMs ?? 0) - inTwoHours)).toBeLessThanOrEqual(60_000);
    expect(paused.segments.filter(({ state }) => state === 'failed')).toEqual([]);

    await set(client, 'availability.schedule', [{ days: EVERY_DAY, from: clockIn(-60), to: clockIn(60) }]);
    const before = paused.segments.length;
    const open = await client.until(({ run: { state }, segments }) => state === 'running' && segments.length > before);
    expect(rule(open, 'schedule')).toMatchObject({ state: 'satisfied' });
  });

  test('pauses on battery as the desktop shell reports it, and a person may work anyway until the mains are back', async () => {
    await using rig = await practising();
    const { client } = rig;
    await client.until(({ run: { state } }) => state === 'running');
    await client.api.reportPresence.mutate({ ...onMains, onBattery: true });
    const paused = await client.until(({ run: { state } }) => state === 'paused');
    expect(paused.run).toMatchObject({ reason: 'battery', automatic: true, text: 'The computer runs on battery.' });

    // Ending one's own pause, of which there is none, does not override a rule.
    await client.api.resume.mutate();
    expect((await client.api.snapshot.query()).run.state).toBe('paused');

    await client.api.overrideAvailability.mutate({});
    const anyway = await client.until(({ run: { state } }) => state === 'running');
    expect(rule(anyway, 'battery')).toMatchObject({ state: 'active', overridden: true });

    // Once it has cleared, it counts again.
    await client.api.reportPresence.mutate(onMains);
    await client.until((snapshot) => rule(snapshot, 'battery')?.state === 'satisfied');
    await client.api.reportPresence.mutate({ ...onMains, onBattery: true });
    await client.until(({ run: { state, reason } }) => state === 'paused' && reason === 'battery');
  });

  test('a person’s own pause is ended by no rule, is shown first, and outlives a restart unless it was until then', async () => {
    await using rig = await practising();
    const { client, dataDir, engine } = rig;
    await client.until(({ run: { state } }) => state === 'running');
    await client.api.pause.mutate({});
    await client.api.reportPresence.mutate({ ...onMains, onBattery: true });
    const both = await client.until(({ run: { also } }) => also !== undefined);
    expect(both.run).toMatchObject({ state: 'paused', reason: 'user', also: ['The computer runs on battery.'] });
    expect(both.run.automatic).toBeUndefined();
    await client.api.reportPresence.mutate(onMains);
    const own = await client.until(({ run: { also } }) => also === undefined);
    expect(own.run).toMatchObject({ state: 'paused', reason: 'user' });

    await engine[Symbol.asyncDispose]();
    await using again = await startEngineProcess({ dataDir });
    using second = connectTo(again);
    const kept = await second.until(({ run: { state } }) => state !== 'starting');
    expect(kept.run).toMatchObject({ state: 'paused', reason: 'user' });
    expect(kept.availability.ownPause?.until).toEqual({ kind: 'resume' });

    await second.api.pause.mutate({ until: 'restart' });
    expect((await second.api.snapshot.query()).availability.ownPause?.until).toEqual({ kind: 'restart' });
    await again[Symbol.asyncDispose]();
    await using third = await startEngineProcess({ dataDir });
    using last = connectTo(third);
    await last.until(({ run: { state } }) => state === 'running');
  });

  test('a timed pause ends by itself, also one that came while the engine was starting', async () => {
    await using rig = await practising();
    const { client } = rig;
    const first = await client.api.snapshot.query();
    await client.api.pause.mutate({ forMs: 600_000 });
    if (first.run.state === 'starting') {
      const { run: state } = await client.api.snapshot.query();
      expect(state.reason).toBe('user');
    }
    const paused = await client.until(({ run: { state } }) => state === 'paused');
    expect(paused.run.resumeAtMs).toBeGreaterThan(Date.now() + 500_000);
    expect(paused.segments).toEqual([]);
    await client.api.pause.mutate({ forMs: 700 });
    await client.until(({ run: { state } }) => state === 'running');
  });
});

describe('a device that is switched off', () => {
  test('finishes its segments, its worker process ends, the engine says why it pauses, and it is back without a restart', async () => {
    await using rig = await practising();
    const { client } = rig;
    const working = await client.until(
      ({ availability, segments }) =>
        availability.devices.some(({ id, state }) => id === 'cpu' && state === 'working') &&
        segments.some(({ state }) => state === 'done'),
    );
    const cpu = working.availability.devices.find(({ id }) => id === 'cpu');
    const pid = cpu?.workerPid ?? 0;
    expect(isRunning(pid)).toBe(true);

    const { atNextStart } = await set(client, 'cpu.enabled', false);
    expect(atNextStart).toEqual([]);
    const off = await client.until(({ availability }) =>
      availability.devices.some(({ state, workerPid }) => state === 'off' && workerPid === null),
    );
    expect(off.run).toMatchObject({ state: 'paused', reason: 'gpu-off', automatic: true });
    expect(off.run.text).toContain('is switched off');
    expect(isRunning(pid)).toBe(false);
    expect(off.capacity?.sessions).toBe(0);
    expect(off.segments.filter(({ state }) => state === 'failed')).toEqual([]);

    await set(client, 'cpu.enabled', true);
    const before = off.segments.length;
    const on = await client.until(({ run: { state }, segments }) => state === 'running' && segments.length > before);
    const next = on.availability.devices.find(({ id }) => id === 'cpu')?.workerPid ?? 0;
    expect(next).not.toBe(pid);
    expect(isRunning(next)).toBe(true);
  });

  test('at the start costs no worker at all; its session limit counts while it runs', async () => {
    await using rig = await practising({ 'cpu.enabled': false });
    const { client } = rig;
    const off = await client.until(({ run: { state } }) => state === 'paused');
    expect(off.run.reason).toBe('gpu-off');
    expect(off.availability.devices).toMatchObject([{ id: 'cpu', state: 'off', workerPid: null }]);
    await set(client, 'cpu.enabled', true);
    await client.until(({ run: { state } }) => state === 'running');
    await set(client, 'capacity', 8);
    await client.until(({ capacity }) => capacity?.sessions === 8);
    await set(client, 'cpu.sessions', 3);
    await client.until(({ capacity }) => capacity?.sessions === 3);
  });
});

describe('the command line', () => {
  test('names the reason of a pause and what else asks for it, sets a rule aside, and switches a device off and on', async () => {
    await using rig = await practising();
    const { client, dataDir } = rig;
    const siphon = async (...args: string[]) => {
      const all = ['engine/cli/main.ts', '--data-dir', dataDir, ...args];
      return (await run(process.execPath, all)).stdout;
    };
    await client.until(({ run: { state } }) => state === 'running');
    await client.api.reportPresence.mutate({ ...onMains, onBattery: true });
    expect(await siphon('pause', '--until-restart')).toBe('Paused until Siphon is started again.\n');
    expect(await siphon('status')).toMatch(
      /^Paused \(Paused by you, until Siphon is started again\)\.\n {2}also: The computer runs on battery\.\n/,
    );
    // The report is repeated, as the desktop shell does: it counts for a minute only.
    await client.api.reportPresence.mutate({ ...onMains, onBattery: true });
    expect(await siphon('resume')).toContain('Paused (The computer runs on battery).\n  It goes on by itself');
    await client.api.reportPresence.mutate({ ...onMains, onBattery: true });
    expect(await siphon('resume', '--anyway')).toContain('You chose to work anyway until this is over.');
    await client.api.reportPresence.mutate(onMains);

    expect(await siphon('gpus', 'off', 'cpu')).toBe('The processor is switched off\n');
    await client.until(({ availability }) =>
      availability.devices.some(({ workerPid, state }) => state === 'off' && workerPid === null),
    );
    expect(await siphon('status')).toContain(' is switched off).');
    expect(await siphon('gpus', 'limit', 'cpu', '2')).toBe('The processor: 2 streams at once\n');
    await siphon('gpus', 'on', 'cpu');
    const on = await client.until(
      ({ run: { state }, availability }) => state === 'running' && availability.devices[0]?.state === 'working',
    );
    expect(on.availability.devices[0]).toMatchObject({ id: 'cpu', sessions: 2, enabled: true });
  });
});

describe.skipIf(process.platform === 'win32')('cards that are switched off (a stand-in for the driver’s tool)', () => {
  test('are not opened, are tried when switched on, and say why they cannot work; the engine lives on', async () => {
    const table = recorded('multi-gpu_linux_580.csv');
    const cards = parseSmiTable(table).gpus.map(({ uuid, driverVersion }) => ({ uuid, driverVersion }));
    await using fake = await FakeSmi.create({ table });
    const dataDir = mkdtempSync(path.join(tmpdir(), 'siphon-living-cards-'));
    const settings = openSettings({ dataDir, env: {} });
    await settings.change([
      { path: 'deploymentType', value: 'practice' },
      { path: 'practice.input', value: video },
      ...cards.map(({ uuid }) => ({ path: `gpus.${uuid}.enabled`, value: false })),
    ]);
    try {
      await using engine = await startEngineProcess({ dataDir, env: fake.env });
      using client = connectTo(engine);
      // Nobody knows yet that these cards cannot encode, so the processor is not filled in their stead.
      const off = await client.until(({ run: { state } }) => state === 'paused');
      expect(off.run).toMatchObject({ reason: 'gpu-off', text: 'All GPUs are switched off.' });
      expect(off.hardware?.gpus.map(({ state, abilities }) => [state, abilities])).toEqual(cards.map(() => ['disabled', null]));
      expect(off.availability.devices.map(({ id, state }) => [id, state])).toEqual([
        ...cards.map(({ uuid }) => [uuid, 'off']),
        ['cpu', 'spare'],
      ]);
      expect(off.hardware?.nvenc).toBeNull();

      const [first] = cards;
      await set(client, `gpus.${first?.uuid}.enabled`, true);
      // It was really tried, and there is no driver behind the stand-in.
      const tried = await client.until(({ hardware }) => hardware?.gpus[0]?.abilities !== null);
      expect(tried.hardware?.gpus[0]?.abilities?.encode.h264.ok).toBe(false);
      expect(tried.hardware?.gpus.slice(1).every(({ abilities }) => abilities === null)).toBe(true);
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
});
