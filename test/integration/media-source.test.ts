import { readdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLog } from '../../engine/base/log.ts';
import { generateClip, probeFile, type SourceSegment, segmentFile, shiftTimestamps } from '../../engine/media/source.ts';
import { transcodeFile } from '../../engine/media/transcode-file.ts';
import { createTranscoder, type MediaTranscoder } from '../../engine/media/transcoder.ts';
import { Lab, profile, unevenness } from '../unit/media/support.ts';

let lab: Lab;
let transcoder: MediaTranscoder;
let clip: readonly SourceSegment[];

beforeAll(async () => {
  lab = new Lab();
  [transcoder, { segments: clip }] = await Promise.all([
    createTranscoder({ devices: [{ kind: 'cpu', id: 'cpu', name: 'CPU', cores: 2 }], log: silentLog }),
    generateClip({ width: 192, height: 108, fps: 15, seconds: 8, segmentSeconds: 2 }),
  ]);
});

afterAll(async () => {
  await transcoder?.[Symbol.asyncDispose]();
  lab?.[Symbol.dispose]();
});

describe('a generated clip', () => {
  test('is cut into segments of the length asked for', () => {
    expect(clip.map(({ seq, durationMs, width, height, fps }) => [seq, durationMs, width, height, fps])).toEqual(
      [0, 1, 2, 3].map((seq) => [seq, 2000, 192, 108, 15]),
    );
    lab.write('first.ts', clip[0]?.data ?? new Uint8Array());
    expect(lab.streams('first.ts').map((stream) => stream.codec_name)).toEqual(['h264', 'aac']);
  });

  test('loops without a jump in picture or sound, across the wrap of the 33-bit clock too', () => {
    const rounds = [0, 1, 2].flatMap((round) => clip.map((segment) => shiftTimestamps(segment, round * 8000)));
    lab.write('loop.ts', Buffer.concat(rounds.map(({ data }) => data)));
    const video = lab.times('loop.ts', 'v').map(({ pts }) => pts);
    expect(video).toHaveLength(360);
    expect(unevenness(video, 1 / 15)).toBeLessThan(0.0001);
    expect(
      unevenness(
        lab.times('loop.ts', 'a').map(({ pts }) => pts),
        1024 / 48_000,
      ),
    ).toBeLessThan(0.0001);
    const first = clip[0];
    const almost = 2 ** 33 / 90 - 10_500;
    lab.write('wrap.ts', first ? shiftTimestamps(first, almost).data : new Uint8Array());
    expect(
      unevenness(
        lab.times('wrap.ts', 'v').map(({ pts }) => pts),
        1 / 15,
      ),
    ).toBeLessThan(0.0001);
  });

  test('shifting leaves the original as it is', () => {
    const first = clip[0];
    if (!first) throw new Error('no clip');
    const before = Buffer.from(first.data);
    const moved = shiftTimestamps(first, 1000);
    expect(Buffer.from(first.data).equals(before)).toBe(true);
    expect(moved.data.length).toBe(before.length);
    expect(Buffer.from(shiftTimestamps(moved, -1000).data).equals(before)).toBe(true);
  });

  test('can be had in HEVC, without sound, at a broadcast frame rate', async () => {
    const { segments } = await generateClip({
      width: 192,
      height: 108,
      fps: 30_000,
      fpsDen: 1001,
      seconds: 1,
      segmentSeconds: 1,
      codec: 'hevc',
      audio: false,
    });
    lab.write('hevc.ts', segments[0]?.data ?? new Uint8Array());
    expect(lab.streams('hevc.ts').map((stream) => [stream.codec_name, stream.avg_frame_rate])).toEqual([['hevc', '30000/1001']]);
  });

  test('ends at once when it is no longer wanted', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('enough')), 300);
    await expect(generateClip({ width: 1280, height: 720, fps: 30, seconds: 600 }, { signal: stop.signal })).rejects.toThrow(
      'enough',
    );
  });
});

describe('a file of the user’s own', () => {
  beforeAll(() => {
    lab.ffmpeg(
      `-f lavfi -i testsrc2=s=192x108:r=25:d=7 -f lavfi -i sine=440:r=44100:d=7 -c:v libx264 -preset ultrafast -g 25 -bf 2 -pix_fmt yuv420p -c:a aac own.mp4`,
    );
  });

  test('is cut at key frames into segments that join again', async () => {
    const parts: SourceSegment[] = [];
    for await (const segment of segmentFile(lab.at('own.mp4'), { segmentSeconds: 2 })) parts.push(segment);
    expect(parts.map(({ durationMs }) => durationMs)).toEqual([2000, 2000, 2000, 1000]);
    lab.write('own.ts', Buffer.concat(parts.map(({ data }) => data)));
    const video = lab.times('own.ts', 'v');
    expect(video).toHaveLength(175);
    expect(
      unevenness(
        video.map(({ pts }) => pts),
        1 / 25,
      ),
    ).toBeLessThan(0.0001);
    lab.write('part.ts', parts[1]?.data ?? new Uint8Array());
    expect(lab.times('part.ts', 'v')[0]).toMatchObject({ key: true });
  });

  test('is read no further than wanted', async () => {
    for await (const segment of segmentFile(lab.at('own.mp4'), { segmentSeconds: 1 })) {
      expect(segment.seq).toBe(0);
      break;
    }
  });

  test.each([
    ['text.mp4', 'media-malformed'],
    ['missing.mp4', 'media-encoder-failed'],
  ])('%s has a clear error', async (name, code) => {
    writeFileSync(lab.at('text.mp4'), 'this is no video');
    const first = async () => {
      for await (const _ of segmentFile(lab.at(name), { segmentSeconds: 2 })) return;
    };
    await expect(first()).rejects.toMatchObject({ code });
  });

  test('tells what it holds', async () => {
    expect(await probeFile(lab.at('own.mp4'))).toMatchObject({ codec: 'h264', width: 192, height: 108, fps: 25, hasAudio: true });
  });

  test('is transcoded whole into one playable file per profile', async () => {
    const seen: number[] = [];
    const result = await transcodeFile(
      transcoder,
      lab.at('own.mp4'),
      lab.at('out'),
      [profile({ name: 'small', width: 146, height: 82 }), profile({ name: 'boxed', container: 'mp4' })],
      { onProgress: ({ doneMs, totalMs }) => seen.push(doneMs / totalMs) },
    );
    expect(readdirSync(lab.at('out')).sort()).toEqual(['own_boxed.mp4', 'own_small.ts']);
    expect(result.renditions.map(({ frames }) => frames)).toEqual([175, 175]);
    for (const file of ['out/own_small.ts', 'out/own_boxed.mp4']) {
      expect(Number(lab.streams(file)[0]?.duration)).toBeCloseTo(7, 1);
      expect(lab.streams(file)).toHaveLength(2);
    }
    expect(seen.at(-1)).toBe(1);
    expect(seen.length).toBeGreaterThan(3);
  });

  test('longer than 300 s is cut, transcoded and joined without a gap', async () => {
    lab.ffmpeg('-f lavfi -i testsrc2=s=96x64:r=2:d=302 -c:v libx264 -preset ultrafast -g 10 -pix_fmt yuv420p hours.mp4');
    const result = await transcodeFile(transcoder, lab.at('hours.mp4'), lab.at('out'), [
      profile({ name: 'a' }),
      profile({ name: 'b', container: 'mp4' }),
    ]);
    expect(result.renditions.map(({ frames }) => frames)).toEqual([604, 604]);
    for (const file of ['out/hours_a.ts', 'out/hours_b.mp4']) {
      expect(
        unevenness(
          lab.times(file, 'v').map(({ pts }) => pts),
          0.5,
        ),
      ).toBeLessThan(0.001);
      expect(Number(lab.streams(file)[0]?.duration)).toBeCloseTo(302, -1);
    }
    expect(Math.min(...lab.times('out/hours_b.mp4', 'v').map(({ pts }) => pts))).toBeCloseTo(0, 1);
    expect(readdirSync(lab.at('out')).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('that fails leaves nothing half-written behind', async () => {
    await expect(transcodeFile(transcoder, lab.at('own.mp4'), lab.at('out2'), [profile({ codec: 'vp9' })])).rejects.toMatchObject(
      { code: 'media-unsupported-codec' },
    );
    expect(readdirSync(lab.at('out2'))).toEqual([]);
  });
});
