import { type ChildProcess, execFile, fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { Disposables } from '../../engine/base/disposables.ts';
import type { PracticeResult } from '../../engine/practice/gateway.ts';
import { clipSource } from '../../engine/practice/media-source.ts';
import { type PracticeNetwork, startPracticeNetwork } from '../../engine/practice/network.ts';
import { PRESETS } from '../../engine/wire/presets.ts';
import { eventually } from '../support/fake-transcoder.ts';

const run = promisify(execFile);

/** Small, so that a busy machine keeps the protocol's deadlines. */
const PROFILES = ['P144p30fps16x9'].flatMap((name) => {
  const preset = PRESETS.get(name);
  return preset ? [preset, { ...preset, name: '90p', width: 160, height: 90, fps: 0, bitrate: 100_000 }] : [];
});

const SESSIONS = 3;
const SEGMENTS = 24;
const FRAMES_PER_SEGMENT = 60;

let owned = new Disposables();
afterEach(async () => {
  await owned[Symbol.asyncDispose]();
  owned = new Disposables();
});

/** One transcoder process and what it tells. */
class TranscoderProcess {
  readonly process: ChildProcess;
  /** Segments in its hands now, `session/seq`. */
  readonly working = new Set<string>();
  done = 0;
  registered = false;
  readonly exited: Promise<void>;

  constructor(net: PracticeNetwork) {
    this.process = fork(fileURLToPath(new URL('../support/transcoder-process.ts', import.meta.url)), {
      env: { ...process.env, ORCHESTRATOR: net.serviceUri, SECRET: net.secret },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.exited = new Promise((resolve) => this.process.once('exit', () => resolve()));
    this.process.on('message', (message) => this.#note(message as Message));
    owned.defer(async () => {
      this.process.kill('SIGKILL');
      await this.exited;
    });
  }

  #note(message: Message): void {
    if (message.kind === 'link') {
      this.registered = message.state === 'registered';
      return;
    }
    const key = `${message.sessionId}/${message.seq}`;
    if (message.state !== 'done' && message.state !== 'failed') {
      this.working.add(key);
      return;
    }
    this.working.delete(key);
    if (message.state === 'done') this.done += 1;
  }
}

type Message =
  | { readonly kind: 'link'; readonly state: string }
  | { readonly kind: 'segment'; readonly state: string; readonly sessionId: string; readonly seq: string };

/** Time stamps of all video frames of segments that are played one after the other, seconds, ascending. */
async function timeline(segments: readonly Uint8Array[]): Promise<number[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'siphon-network-'));
  try {
    const file = path.join(folder, 'all.ts');
    writeFileSync(file, Buffer.concat(segments));
    const { stdout } = await run('ffprobe', [
      ...['-v', 'error', '-select_streams', 'v', '-of', 'csv=p=0', '-show_entries', 'packet=pts_time', file],
    ]);
    const stamps = stdout.split('\n').map((line) => Number.parseFloat(line));
    return stamps.filter((stamp) => !Number.isNaN(stamp)).sort((a, b) => a - b);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('gateway, orchestrator and three transcoder processes', () => {
  test('one is killed in the middle of a segment: no segment is lost, and the pictures run on without a gap', async () => {
    const signal = new AbortController().signal;
    const source = await clipSource({ width: 320, height: 180, fps: 30, seconds: 8, segmentSeconds: 2 }, signal);
    const net = owned.use(
      await startPracticeNetwork({
        source,
        profiles: PROFILES,
        pace: 'flat-out',
        sessions: SESSIONS,
        limit: SEGMENTS,
      }),
    );
    const results: PracticeResult[] = [];
    net.onResult((result) => results.push(result));
    net.pause();
    const transcoders = [new TranscoderProcess(net), new TranscoderProcess(net), new TranscoderProcess(net)];
    await eventually(() => net.orchestrator.transcoders.length === 3, 'three registrations', 60_000);
    await net.resume();

    // The first that has finished something and is at work again.
    const busy = () => transcoders.find(({ working, done }) => done > 0 && working.size > 0);
    await eventually(() => busy() !== undefined, 'a transcoder in the middle of a segment', 60_000);
    const victim = busy();
    if (!victim) throw new Error('the segment ended meanwhile');
    const lost = [...victim.working];
    victim.process.kill('SIGKILL');
    await victim.exited;
    expect(lost.length).toBeGreaterThan(0);
    await net.finished;

    // Each segment came back, or was reported as failed; here nothing may have failed, as two others could take over.
    expect(results).toHaveLength(SEGMENTS);
    expect(net.status).toMatchObject({ submitted: SEGMENTS, succeeded: SEGMENTS, failed: 0 });
    expect(net.orchestrator.transcoders).toHaveLength(2);
    for (const survivor of transcoders.filter((other) => other !== victim)) expect(survivor.done).toBeGreaterThan(0);

    const sessions = new Set(results.map(({ sessionId }) => sessionId));
    expect(sessions.size).toBe(SESSIONS);
    for (const sessionId of sessions) {
      const own = results.filter((result) => result.sessionId === sessionId).sort((a, b) => a.seq - b.seq);
      expect(own.map(({ seq }) => seq)).toEqual(own.map((_, index) => index));
      for (const [index, { name }] of PROFILES.entries()) {
        const stamps = await timeline(own.map(({ renditions }) => renditions[index]?.data ?? new Uint8Array(0)));
        expect(stamps, name).toHaveLength(own.length * FRAMES_PER_SEGMENT);
        for (const [at, stamp] of stamps.entries()) {
          const next = stamps[at + 1];
          if (next !== undefined) expect(next - stamp, `${name}, after frame ${at}`).toBeCloseTo(1 / 30, 2);
        }
      }
    }
  }, 180_000);
});
