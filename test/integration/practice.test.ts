import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Disposables } from '../../engine/base/disposables.ts';
import type { PracticeResult } from '../../engine/practice/gateway.ts';
import { clipSource } from '../../engine/practice/media-source.ts';
import { type PracticeNetwork, type PracticeParameters, startPracticeNetwork } from '../../engine/practice/network.ts';
import type { PracticeSource } from '../../engine/practice/practice-source.ts';
import { videoCodecOf } from '../../engine/practice/stream-codec.ts';
import { eventually, FakeTranscoder, type FakeTranscoderParameters } from '../support/fake-transcoder.ts';

/** A small clip of four segments, painted once; painting the full-size one takes seconds. */
let clip: PracticeSource;
beforeAll(async () => {
  clip = await clipSource({ width: 320, height: 180, fps: 30, seconds: 8, segmentSeconds: 2 }, new AbortController().signal);
});

let owned = new Disposables();
afterEach(async () => {
  await owned[Symbol.asyncDispose]();
  owned = new Disposables();
});

async function network(parameters: PracticeParameters = {}): Promise<{ net: PracticeNetwork; results: PracticeResult[] }> {
  const net = owned.use(
    await startPracticeNetwork(parameters.input === undefined ? { source: clip, ...parameters } : parameters),
  );
  const results: PracticeResult[] = [];
  net.onResult((result) => results.push(result));
  return { net, results };
}

function join(net: PracticeNetwork, parameters: Partial<FakeTranscoderParameters> = {}): FakeTranscoder {
  return owned.use(new FakeTranscoder({ serviceUri: net.serviceUri, secret: net.secret, capacity: 4, ...parameters }));
}

function tempFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'siphon-practice-'));
  owned.defer(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Video packets' pts range of an MPEG-TS file, seconds. */
function ptsRange(file: string): { first: number; last: number; frames: number } {
  const text = execFileSync('ffprobe', [
    '-v',
    'error',
    '-select_streams',
    'v',
    '-show_entries',
    'packet=pts_time',
    '-of',
    'csv=p=0',
    file,
  ]);
  const stamps = text
    .toString()
    .split('\n')
    .map((line) => Number.parseFloat(line))
    .filter((stamp) => !Number.isNaN(stamp))
    .sort((a, b) => a - b);
  return { first: stamps[0] ?? Number.NaN, last: stamps.at(-1) ?? Number.NaN, frames: stamps.length };
}

describe('the practice network', () => {
  test('feeds a clip without end, each segment following the one before to the frame', async () => {
    const { net, results } = await network({ pace: 'flat-out', limit: 9 });
    const fake = join(net);
    await net.finished;
    expect(net.status).toMatchObject({ submitted: 9, succeeded: 9, failed: 0, pace: 'flat-out', sessions: 1 });
    expect(net.status.source).toBe('generated clip 320×180, 30 fps');
    expect(results.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    const folder = tempFolder();
    const ranges = fake.downloads.map((data, index) => {
      const file = path.join(folder, `${index}.ts`);
      writeFileSync(file, data);
      return ptsRange(file);
    });
    // The clip has four segments: 3→4 and 7→8 cross the seam where it starts over.
    for (const [index, range] of ranges.entries()) {
      expect(range.frames).toBe(60);
      const next = ranges[index + 1];
      if (next) expect(next.first - range.last, `gap after segment ${index}`).toBeCloseTo(1 / 30, 3);
    }
  });

  test('plays many sessions at once and keeps previews of source and renditions for the page', async () => {
    const { net } = await network({ pace: 'flat-out', sessions: 3, limit: 12 });
    join(net);
    await net.finished;
    const streams = net.previews.list();
    expect(streams).toHaveLength(3);
    for (const stream of streams) {
      expect(stream.tracks.map(({ name }) => name)).toEqual(['source', 'P240p30fps16x9', 'P360p30fps16x9']);
      for (const track of stream.tracks) {
        const playlist = net.servePreview(`/${track.playlist}`);
        const names = String(playlist?.body).match(/^[^#\n].*\.ts$/gm) ?? [];
        expect(names.length).toBeGreaterThan(0);
        const first = net.servePreview(new URL(names[0] ?? '', `http://host/${track.playlist}`).pathname);
        expect(Buffer.from(first?.body ?? '')[0]).toBe(0x47);
      }
    }
  });

  test('waits for a transcoder, and goes on when one comes back', async () => {
    const { net } = await network({ pace: 'flat-out', limit: 6 });
    await eventually(() => net.status.waiting === 1, 'the stream to wait', 30_000);
    const first = join(net);
    await eventually(() => net.status.succeeded >= 2, 'segments');
    first.kill();
    const second = join(net);
    await net.finished;
    expect(net.status).toMatchObject({ succeeded: 6, failed: 0 });
    expect(first.tasks.length + second.tasks.length).toBeGreaterThanOrEqual(6);
  });

  test('drained, it feeds in nothing and nothing fails; afterwards it goes on', async () => {
    const { net } = await network({ pace: 'flat-out', sessions: 2 });
    const fake = join(net);
    await eventually(() => net.status.succeeded >= 2, 'segments', 30_000);
    await net.drain(AbortSignal.timeout(10_000));
    expect(net.inFlight).toBe(0);
    const { succeeded } = net.status;
    const given = fake.tasks.length;
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(fake.tasks).toHaveLength(given);
    await net.resume();
    await eventually(() => net.status.succeeded > succeeded + 2, 'more segments');
    expect(net.status.failed).toBe(0);
  });

  test('a wrong secret keeps transcoders out', async () => {
    const { net } = await network();
    const stranger = join(net, { secret: 'guess' });
    expect((await stranger.ended)?.rawMessage).toBe('invalid secret');
  });

  test('plays the user’s own file', async () => {
    const file = path.join(tempFolder(), 'mine.mp4');
    execFileSync('ffmpeg', [
      ...['-v', 'error', '-f', 'lavfi', '-i', 'testsrc=size=320x240:rate=25:duration=4', '-g', '50'],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', file],
    ]);
    const { net } = await network({ pace: 'flat-out', limit: 3, input: file });
    const fake = join(net);
    await net.finished;
    expect(net.status).toMatchObject({ source: 'mine.mp4', succeeded: 3 });
    expect(fake.downloads.map((data) => videoCodecOf(data))).toEqual(['h264', 'h264', 'h264']);
  });

  test('a file that is no video is refused with its name', async () => {
    const file = path.join(tempFolder(), 'notes.txt');
    writeFileSync(file, 'no video at all'.repeat(1_000));
    const { net } = await network({ input: file });
    await expect(net.finished).rejects.toMatchObject({ name: 'EngineError' });
  });

  test('stops in the middle of everything, quickly', async () => {
    const { net } = await network({ sessions: 5, pace: 'flat-out' });
    const fake = join(net, { react: () => 'ignore', capacity: 10 });
    await eventually(() => fake.tasks.length >= 5, 'tasks', 30_000);
    const started = performance.now();
    await net[Symbol.asyncDispose]();
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(await fake.ended).toBeUndefined();
  });

  test('stops while the clip is still being painted', async () => {
    const net = owned.use(await startPracticeNetwork());
    await net[Symbol.asyncDispose]();
    await expect(net.finished).rejects.toMatchObject({ code: 'aborted' });
  });
});
