import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { NOTHING_KNOWN } from '../../../engine/api/availability.ts';
import { EMPTY_TOTALS, type EngineSnapshot, type WatchEvent } from '../../../engine/api/snapshot.ts';
import { EngineError } from '../../../engine/base/errors.ts';
import { follow } from '../../../engine/cli/follow.ts';
import { Output } from '../../../engine/cli/output.ts';
import { Progress } from '../../../engine/cli/progress.ts';
import { statusSentence, statusText } from '../../../engine/cli/status-text.ts';
import type { Terminal } from '../../../engine/cli/terminal.ts';
import { emptyEstimate } from '../../../engine/host/estimate.ts';
import { SETUP_DONE } from '../../../engine/host/setup.ts';
import { failedSegment, segment } from '../store/records.ts';

const NOW = 1_764_000_000_000;
const SNAPSHOT: EngineSnapshot = {
  seq: 1,
  engine: { version: '0.1.0', startedAtMs: NOW - 60_000, pid: 1, dataDir: '/data', node: '24', ffmpeg: '8', platform: 'linux' },
  choices: { nodeMode: 'video', deploymentType: 'siphon', scale: 'one-gpu' },
  run: { state: 'running', sinceMs: 0, inFlight: 0 },
  link: null,
  hardware: null,
  capacity: null,
  sessions: [],
  segments: [segment('old')],
  today: EMPTY_TOTALS,
  sinceStart: EMPTY_TOTALS,
  problems: [],
  practice: null,
  previews: [],
  orchestrator: null,
  remote: null,
  fleet: [],
  availability: NOTHING_KNOWN,
  yesterday: EMPTY_TOTALS,
  setup: SETUP_DONE,
  estimate: emptyEstimate(),
};
const LINK = { serviceUri: 'https://o:8935', sinceMs: 0, attempt: 0 } as const;

function terminal(tty = false): { terminal: Terminal; out: () => string; err: () => string } {
  const stdout = Object.assign(new PassThrough(), { isTTY: tty });
  const stderr = Object.assign(new PassThrough(), { isTTY: tty, columns: 60 });
  const text = (stream: PassThrough) => (): string => String(stream.read() ?? '');
  return { terminal: { stdout, stderr, stdin: process.stdin, env: {} }, out: text(stdout), err: text(stderr) };
}

async function told(events: WatchEvent[], json: boolean): Promise<string[]> {
  const { terminal: outside, out } = terminal();
  await follow(
    (async function* () {
      yield* events;
    })(),
    new Output(outside, { json, quiet: false }),
  );
  return out().trimEnd().split('\n');
}

const PROBLEM = {
  key: 'k',
  code: 'disk-full',
  severity: 'error',
  title: 'The disk is full',
  text: '5 wait.',
  nextStep: 'Free space.',
  sinceMs: 0,
} as const;
const EVENTS: WatchEvent[] = [
  { kind: 'snapshot', snapshot: SNAPSHOT },
  {
    kind: 'update',
    update: { seq: 2, link: { ...LINK, state: 'registered' }, segments: [segment('a', { state: 'uploading' })] },
  },
  { kind: 'update', update: { seq: 3, segments: [segment('a'), failedSegment('b')], problems: [PROBLEM] } },
  { kind: 'update', update: { seq: 4, problems: [{ ...PROBLEM, text: '6 wait.' }] } },
  // A watcher that fell behind gets a new snapshot: what was told is not told again, what was missed is.
  {
    kind: 'snapshot',
    snapshot: {
      ...SNAPSHOT,
      seq: 9,
      link: { ...LINK, state: 'registered' },
      segments: [segment('c'), segment('a'), failedSegment('b')],
    },
  },
];

describe('following an engine', () => {
  test('tells a person each change once, in words, and leaves out what the history brought', async () => {
    expect(await told(EVENTS, false)).toEqual([
      'Running, with no orchestrator to work for yet.',
      'Waiting for work from https://o:8935.',
      'error: The disk is full. 5 wait. Free space.',
      'done    manifest-1 #7  436 ms  4.6× real time  h264_nvenc  → 720p, 240p',
      'failed  manifest-1 #8  the segment could not be downloaded: 404',
      'ended: k',
      'done    manifest-1 #7  436 ms  4.6× real time  h264_nvenc  → 720p, 240p',
    ]);
  });

  test('tells a program one JSON object a line', async () => {
    const events = (await told(EVENTS, true)).map((line) => JSON.parse(line) as { event: string; id?: string });
    expect(events.map(({ event, id }) => (id === undefined ? event : `${event} ${id}`))).toEqual([
      'status',
      'status',
      'problem',
      'segment a',
      'segment b',
      'problem',
      'problem-ended',
      'segment c',
    ]);
    expect(events.find(({ id }) => id === 'b')).toMatchObject({ state: 'failed', error: { code: 'download-failed' } });
  });
});

test('the state is one sentence for every state there is', () => {
  const link = (state: 'registered' | 'refused' | 'connecting' | 'waiting' | 'closed') => ({
    ...SNAPSHOT,
    link: { ...LINK, state, nextAttemptAtMs: NOW + 5000 },
  });
  const run = (state: 'starting' | 'draining' | 'paused' | 'stopped') => ({
    ...SNAPSHOT,
    run: { state, sinceMs: 0, inFlight: 2, text: 'by you', resumeAtMs: NOW + 60_000 },
  });
  expect(
    [
      link('registered'),
      link('refused'),
      link('connecting'),
      link('waiting'),
      link('closed'),
      run('starting'),
      run('draining'),
      run('paused'),
      run('stopped'),
    ].map((snapshot) => statusSentence(snapshot, NOW)),
  ).toEqual([
    'Waiting for work from https://o:8935.',
    'Refused by https://o:8935: no reason given',
    'Connecting to https://o:8935 …',
    'Cannot reach https://o:8935 (no answer), next try in 5.0 s.',
    'Not connected to https://o:8935.',
    'Starting; by you.',
    'Finishing 2 running segments, taking no new ones (by you).',
    'Paused (by you), until 1 min from now.',
    'Stopped (by you).',
  ]);
  expect(statusText({ ...SNAPSHOT, problems: [PROBLEM] }, NOW)).toContain(
    'Problems:\n  error: The disk is full. 5 wait.\n    Free space.',
  );
});

describe('output', () => {
  test('with --json an error is JSON on stdout and words on stderr', () => {
    const { terminal: outside, out, err } = terminal();
    new Output(outside, { json: true, quiet: true }).error(
      new EngineError({ code: 'disk-full', message: 'no\u001b[31m room', nextStep: 'Free some.' }),
    );
    expect(JSON.parse(out())).toEqual({
      event: 'error',
      error: { code: 'disk-full', message: 'no\u001b[31m room', nextStep: 'Free some.' },
    });
    expect(err()).toBe('error: no [31m room\nFree some.\n');
  });

  test('colours appear on a terminal only, and never with NO_COLOR', () => {
    const { terminal: tty } = terminal(true);
    expect(new Output(tty, { json: false, quiet: false }).onStdout('red', 'x')).toBe('\u001b[31mx\u001b[39m');
    expect(new Output({ ...tty, env: { NO_COLOR: '1' } }, { json: false, quiet: false }).onStdout('red', 'x')).toBe('x');
    expect(new Output(terminal().terminal, { json: false, quiet: false }).onStdout('red', 'x')).toBe('x');
  });

  test('a progress bar is drawn on a terminal only, fits it, and is taken away', () => {
    const tty = terminal(true);
    const bar = new Progress(tty.terminal, 'clip.mp4', true);
    bar.update(50, 100, 'a note that is so long that it does not fit on this narrow terminal at all');
    const drawn = tty.err();
    expect(drawn).toContain('█'.repeat(12));
    expect(drawn.replace('\r\u001b[2K', '').length).toBeLessThan(60);
    bar[Symbol.dispose]();
    expect(tty.err()).toBe('\r\u001b[2K');
    const pipe = terminal(false);
    using silent = new Progress(pipe.terminal, 'x', true);
    silent.update(1, 2);
    expect(pipe.err()).toBe('');
  });
});
