import { describe, expect, test } from 'vitest';
import type { EngineProcessState } from '../../../../engine/api/desktop.ts';
import type { EngineSnapshot, RunState } from '../../../../engine/api/snapshot.ts';
import { trayDe } from '../../../../main/text/tray-de.ts';
import { trayEn } from '../../../../main/text/tray-en.ts';
import { trayMenu, trayTooltip } from '../../../../main/tray/tray-menu.ts';
import { type TrayFacts, trayStateOf } from '../../../../main/tray/tray-state.ts';
import { trayStatus } from '../../../../main/tray/tray-status.ts';
import { type Scenario, snapshotOf } from '../../../support/fake-engine-data.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const RUNNING: EngineProcessState = { kind: 'running', pid: 4711, sinceMs: NOW };

function facts(snapshot: EngineSnapshot | null, engine: EngineProcessState = RUNNING, ending = false): TrayFacts {
  return { snapshot, engine, ending };
}

/** A siphon that is connected and has no trouble, with other parts where a test needs them. */
function siphon(parts: Partial<EngineSnapshot> = {}, scenario: Scenario = 'siphon'): EngineSnapshot {
  return { ...snapshotOf(scenario, NOW), problems: [], ...parts };
}

function run(state: RunState['state'], parts: Partial<RunState> = {}): RunState {
  return { state, sinceMs: NOW, inFlight: 0, ...parts };
}

function idsOf(value: TrayFacts): readonly string[] {
  return trayMenu(value, trayEn).map((line) => (line.kind === 'separator' ? '-' : line.id));
}

describe('the state of the icon', () => {
  test('follows the work: earning with a live stream, idle without, practice for practice', () => {
    expect(trayStateOf(facts(siphon()))).toBe('earning');
    expect(trayStateOf(facts(siphon({ sessions: [] })))).toBe('idle');
    expect(trayStateOf(facts(siphon({}, 'practice')))).toBe('practice');
  });

  test('an orchestrator that gives its streams to others is earning', () => {
    const split = siphon({}, 'split');
    expect(split.sessions.filter(({ endedAtMs }) => endedAtMs === undefined)).toEqual([]);
    expect(trayStateOf(facts(split))).toBe('earning');
  });

  test('is starting until the engine tells anything', () => {
    expect(trayStateOf(facts(null, { kind: 'starting', attempt: 1 }))).toBe('starting');
    expect(trayStateOf(facts(null))).toBe('starting');
    expect(trayStateOf(facts(siphon({ run: run('starting') })))).toBe('starting');
  });

  test('a crashed engine, a broken connection and an error are problems, a warning is none', () => {
    const problem = { key: 'k', code: 'gpu-lost', title: 'A GPU is gone', text: '', nextStep: '', sinceMs: NOW } as const;
    const link = { serviceUri: 'https://o.example:8935', sinceMs: NOW, attempt: 3 };
    expect(trayStateOf(facts(null, { kind: 'waiting', attempt: 1, retryAtMs: NOW, reason: '' }))).toBe('problem');
    expect(trayStateOf(facts(siphon({ link: { ...link, state: 'refused' } })))).toBe('problem');
    expect(trayStateOf(facts(siphon({ problems: [{ ...problem, severity: 'error' }] })))).toBe('problem');
    expect(trayStateOf(facts(siphon({ problems: [{ ...problem, severity: 'warning' }] })))).toBe('earning');
  });

  test('a pause hides problems, since it needs nobody, but not the error that stopped the work', () => {
    const { problems } = snapshotOf('problems', NOW);
    expect(trayStateOf(facts(siphon({ problems, run: run('paused', { reason: 'user' }) })))).toBe('paused');
    expect(trayStateOf(facts(siphon({ run: run('stopped', { reason: 'error' }) })))).toBe('problem');
    expect(trayStateOf(facts(siphon(), { kind: 'draining', deadlineMs: NOW, inFlight: 2 }))).toBe('paused');
  });
});

describe('the status line', () => {
  test('says how long a pause lasts, and who asked for it', () => {
    const own = (until: EngineSnapshot['availability']['ownPause']) => ({ ...siphon().availability, ownPause: until });
    const paused = (parts: Partial<RunState>, availability = own(null)) =>
      trayStatus(facts(siphon({ run: run('paused', parts), availability })), trayEn);
    const atMs = new Date(2026, 10, 24, 14, 30).getTime();
    expect(paused({ reason: 'user', resumeAtMs: atMs })).toBe('Paused until 02:30 PM');
    expect(paused({ reason: 'user' })).toBe('Paused until you resume');
    expect(paused({ reason: 'user' }, own({ sinceMs: NOW, until: { kind: 'restart' } }))).toBe(
      'Paused until Siphon starts again',
    );
    expect(paused({ reason: 'heat', text: 'GPU 0 is at 90 °C' })).toBe('Paused: a GPU is too hot');
  });

  test('counts what is still finished before the end', () => {
    expect(trayStatus(facts(siphon(), { kind: 'draining', deadlineMs: NOW, inFlight: 1 }), trayEn)).toBe(
      'Ending: finishing 1 segment first',
    );
    expect(trayStatus(facts(siphon({ run: run('draining', { inFlight: 3 }) })), trayEn)).toBe('Finishing 3 segments…');
  });

  test('names the problem', () => {
    const [problem] = snapshotOf('problems', NOW).problems.filter(({ severity }) => severity === 'error');
    expect(problem).toBeDefined();
    if (problem) expect(trayStatus(facts(siphon({ problems: [problem] })), trayEn)).toBe(`Needs you: ${problem.title}`);
  });

  test('without an orchestrator it says so instead of waiting for work', () => {
    expect(trayStatus(facts(siphon({ link: null, orchestrator: null, sessions: [] })), trayEn)).toBe('No orchestrator is set');
  });
});

describe('the menu', () => {
  test('has the state, the day, the temperatures, the pauses and the ways in and out', () => {
    const working = siphon();
    const gpus = working.hardware?.gpus ?? [];
    expect(gpus.length).toBeGreaterThan(0);
    expect(idsOf(facts(working))).toEqual([
      'status',
      'today',
      ...gpus.filter(({ sample }) => sample?.temperatureC != null).map(({ uuid }) => `temperature:${uuid}`),
      '-',
      'pause-hour',
      'pause-restart',
      '-',
      'open',
      'logs',
      '-',
      'quit',
    ]);
  });

  test('today is counted in segments and whole minutes of video', () => {
    const today = { ...siphon().today, segments: 1234, mediaMs: 2_468_000 };
    const label = (value: EngineSnapshot) =>
      trayMenu(facts(value), trayEn).flatMap((line) => (line.kind === 'text' && line.id === 'today' ? [line.label] : []));
    expect(label(siphon({ today }))).toEqual(['Today: 1,234 segments, 41 min of video']);
    expect(label(siphon({ today: { ...today, segments: 0 } }))).toEqual(['Today: no work yet']);
  });

  test('an unknown temperature is left out, never shown as zero; twins are told apart', () => {
    const { hardware } = siphon();
    const [gpu] = hardware?.gpus ?? [];
    if (!hardware || !gpu?.sample) throw new Error('the scenario has a GPU with a reading');
    const cards = [
      { ...gpu, uuid: 'GPU-a', index: 0, sample: { ...gpu.sample, temperatureC: 61.4 } },
      { ...gpu, uuid: 'GPU-b', index: 1, sample: { ...gpu.sample, temperatureC: null } },
    ];
    const labels = trayMenu(facts(siphon({ hardware: { ...hardware, gpus: cards } })), trayEn).flatMap((line) =>
      line.kind === 'text' && line.id.startsWith('temperature') ? [line.label] : [],
    );
    expect(labels).toEqual([`${gpu.name.replace(/^NVIDIA (GeForce )?/, '')} #0: 61 °C`]);
  });

  test('offers to resume an own pause, and to work through a rule that can be worked through', () => {
    const { availability } = siphon();
    const paused = (reason: RunState['reason'], own: boolean) =>
      idsOf(
        facts(
          siphon({
            run: run('paused', reason === undefined ? {} : { reason }),
            availability: { ...availability, ownPause: own ? { sinceMs: NOW, until: { kind: 'resume' } } : null },
          }),
        ),
      ).filter((id) => /pause|resume|work/.test(id));
    expect(paused('user', true)).toEqual(['resume']);
    expect(paused('schedule', false)).toEqual(['work-anyway']);
    expect(paused('heat', true)).toEqual(['resume', 'work-anyway']);
  });

  test('nothing can be resumed that no one can: the line is there, but off', () => {
    const lines = trayMenu(facts(siphon({ run: run('paused', { reason: 'gpu-off' }) })), trayEn);
    expect(lines).toContainEqual({ kind: 'action', id: 'resume', label: 'Resume', enabled: false });
  });

  test('pausing is off while no engine answers or Siphon ends; quitting stays possible', () => {
    const enabled = (value: TrayFacts) =>
      trayMenu(value, trayEn).flatMap((line) => (line.kind === 'action' && line.enabled ? [line.id] : []));
    expect(enabled(facts(null))).toEqual(['open', 'logs', 'quit']);
    expect(enabled(facts(siphon(), RUNNING, true))).toEqual(['open', 'logs', 'quit']);
  });
});

describe('the tooltip', () => {
  test('fits what Windows shows', () => {
    const title = 'A very long title of a problem '.repeat(10);
    const problem = { key: 'k', code: 'internal', severity: 'error', title, text: '', nextStep: '', sinceMs: NOW } as const;
    const tooltip = trayTooltip(facts(siphon({ problems: [problem] })), trayEn);
    expect(tooltip.length).toBe(127);
    expect(tooltip).toMatch(/^Siphon: Needs you: A very long.*…$/s);
  });

  test('is in German when the app is', () => {
    expect(trayTooltip(facts(siphon({ sessions: [], today: { ...siphon().today, segments: 0 } })), trayDe)).toBe(
      'Siphon: Wartet auf Arbeit',
    );
  });
});
