import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TranscodeJob, TranscodeOptions, TranscodeResult } from '../../engine/api/media.ts';
import { ByteQueue } from '../../engine/base/byte-queue.ts';
import { EngineError } from '../../engine/base/errors.ts';
import { silentLog } from '../../engine/base/log.ts';
import { generateClip, type SourceSegment } from '../../engine/media/source.ts';
import { createTranscoder, type MediaTranscoder } from '../../engine/media/transcoder.ts';
import { job, Lab, profile } from '../unit/media/support.ts';

let transcoder: MediaTranscoder;
let clip: readonly SourceSegment[];
let other: Uint8Array;
let lab: Lab;

beforeAll(async () => {
  lab = new Lab();
  const [made, wide, tall] = await Promise.all([
    createTranscoder({ devices: [{ kind: 'cpu', id: 'cpu', name: 'CPU', cores: 2 }], log: silentLog, faults: true }),
    generateClip({ width: 320, height: 180, fps: 30, seconds: 6, segmentSeconds: 2 }),
    generateClip({ width: 180, height: 320, fps: 30, seconds: 1, segmentSeconds: 1 }),
  ]);
  transcoder = made;
  clip = wide.segments;
  other = tall.segments[0]?.data ?? new Uint8Array();
});

afterAll(async () => {
  await transcoder?.[Symbol.asyncDispose]();
  lab?.[Symbol.dispose]();
});

const PROFILES = [profile(), profile({ width: 320, height: 180, fps: 15 })];

function transcode(sessionId: string, seq: number, input: TranscodeJob['input'], options: Partial<TranscodeOptions> = {}) {
  return transcoder.transcode(job(input, { sessionId, seq, durationMs: 2000, profiles: PROFILES, perceptualHash: true }), {
    timeoutMs: 20_000,
    ...options,
  });
}

const bytesOf = (seq: number): Uint8Array => Uint8Array.from(clip[seq % clip.length]?.data ?? []);
/**
 * What is the same whenever the same is transcoded: times, sound, and the signature of the pictures that were encoded. x264's own output
 * is not: with AVX-512 it differs by a few bytes from run to run.
 */
const essence = ({ renditions }: TranscodeResult) =>
  renditions.map(({ data, signature }) => [
    lab.packets(lab.write('rendition.ts', data)),
    Buffer.from(signature ?? []).toString('base64'),
  ]);

/** Adds all but the end of a segment. */
function allBut(last: number, bytes: Uint8Array): { input: ByteQueue; finish: () => void } {
  const input = new ByteQueue();
  input.add(bytes.subarray(0, bytes.length - last));
  return {
    input,
    finish: () => {
      input.add(bytes.subarray(bytes.length - last));
      input.end();
    },
  };
}

/** A session that knows its streams. */
async function warm(sessionId: string): Promise<void> {
  await transcode(sessionId, 0, bytesOf(0));
}

describe('a segment that is still coming in', () => {
  test.each([188, 1000, 16_384, 100_000])('becomes the same as when it is there, in pieces of %i', async (size) => {
    for (let seq = 0; seq < 3; seq += 1) {
      const bytes = bytesOf(seq);
      const input = new ByteQueue();
      const coming = (async () => {
        for (let at = 0; at < bytes.length; at += size) {
          input.add(bytes.subarray(at, at + size));
          if ((at / size) % 40 === 0) await sleep(1);
        }
        input.end();
      })();
      const [streamed] = await Promise.all([transcode(`streamed ${size}`, seq, input), coming]);
      const whole = await transcode(`whole ${size}`, seq, bytesOf(seq));
      expect(essence(streamed)).toEqual(essence(whole));
      expect(streamed.source).toEqual(whole.source);
      expect(whole.starvedMs).toBeLessThan(1);
    }
  });

  test('is worked on before all of it is there', async () => {
    await warm('early');
    const { input, finish } = allBut(5000, bytesOf(1));
    let told = 0;
    // The end comes only when there was progress: were it waited for, there would never be any.
    const onProgress = () => {
      told += 1;
      finish();
    };
    const result = await transcode('early', 1, input, { onProgress });
    expect(told).toBeGreaterThan(0);
    expect(result.source.frames).toBe(60);
  });

  test('costs only the time in which nothing else could be done', async () => {
    await warm('starved');
    const { input, finish } = allBut(5000, bytesOf(1));
    setTimeout(finish, 1500);
    const result = await transcode('starved', 1, input);
    // Ninety small pictures don't keep two cores busy for that long.
    expect(result.starvedMs).toBeGreaterThan(300);
    expect(result.starvedMs + result.codecMs).toBeGreaterThan(1400);
  });

  test('may be the first of its session, or have other streams than the last', async () => {
    for (const [seq, bytes] of [bytesOf(0), other, bytesOf(1), other].entries()) {
      const { input, finish } = allBut(2000, bytes);
      setTimeout(finish, 20);
      const { source } = await transcode('changing', seq, input);
      expect(source).toMatchObject(bytes === other ? { width: 180, frames: 30 } : { width: 320, frames: 60 });
    }
  });

  test('may have sound before its first picture', async () => {
    lab.write('in.ts', bytesOf(0));
    lab.ffmpeg('-i in.ts -itsoffset 0.6 -i in.ts -map 1:v -map 0:a -c copy sound-first.ts');
    const bytes = lab.read('sound-first.ts');
    const whole = await transcode('sound first', 0, bytes);
    const input = new ByteQueue();
    const told = Promise.withResolvers<void>();
    const work = transcode('sound first', 1, input, { onProgress: () => told.resolve() });
    for (let at = 0; at < bytes.length - 5000; at += 3000) {
      input.add(bytes.subarray(at, Math.min(at + 3000, bytes.length - 5000)));
      await sleep(1);
    }
    await Promise.race([told.promise, work]);
    input.add(bytes.subarray(bytes.length - 5000));
    input.end();
    expect(essence(await work)).toEqual(essence(whole));
  });

  test('may have so little sound, before its first picture, that FFmpeg is not sure of it until the end', async () => {
    lab.write('in.ts', bytesOf(0));
    lab.ffmpeg('-i in.ts -itsoffset 0.1 -i in.ts -map 1:v -map 0:a -c copy -frames:a 1 -pes_payload_size 0 little-sound.ts');
    const bytes = lab.read('little-sound.ts');
    const whole = await transcode('little sound', 0, bytes);
    const input = new ByteQueue();
    const work = transcode('little sound', 1, input);
    for (let at = 0; at < bytes.length; at += 3000) {
      input.add(bytes.subarray(at, at + 3000));
      await sleep(1);
    }
    input.end();
    expect(essence(await work)).toEqual(essence(whole));
  });

  test('may be an MP4, whose index is at its end', async () => {
    lab.write('in.ts', bytesOf(0));
    lab.ffmpeg('-i in.ts -c copy in.mp4');
    await warm('mp4');
    const { input, finish } = allBut(2000, lab.read('in.mp4'));
    setTimeout(finish, 20);
    expect((await transcode('mp4', 1, input)).source).toMatchObject({ container: expect.stringContaining('mp4'), frames: 60 });
  });

  test('keeps no other session from the cores while it waits', async () => {
    for (const name of ['slow 0', 'slow 1', 'slow 2', 'slow 3']) await warm(name);
    const slow = [0, 1, 2, 3].map((index) => ({ index, ...allBut(5000, bytesOf(1)) }));
    const waiting = slow.map(({ index, input }) => transcode(`slow ${index}`, 1, input));
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => transcode(name, 0, bytesOf(0))));
    for (const { finish } of slow) finish();
    expect((await Promise.all(waiting)).map(({ source }) => source.frames)).toEqual([60, 60, 60, 60]);
  });
});

describe('a segment that breaks off', () => {
  const gone = new EngineError({
    code: 'download-failed',
    message: 'The line is dead.',
    details: { wireText: 'unexpected EOF' },
  });

  test.each([
    ['before its first byte', 0],
    ['in its head', 700],
    ['in the middle', 30_000],
  ])('%s fails with what broke it off, and harms nobody', async (_where, there) => {
    for (const session of [`cold ${there}`, `warm ${there}`]) {
      if (session.startsWith('warm')) await warm(session);
      const input = new ByteQueue();
      input.add(bytesOf(1).subarray(0, there));
      const failing = transcode(session, 1, input);
      await sleep(50);
      input.fail(gone);
      await expect(failing).rejects.toBe(gone);
      expect((await transcode(session, 2, bytesOf(2))).source.frames).toBe(60);
    }
  });

  test('leaves its session what it keeps; one that is no video does not', async () => {
    const streams = () => transcoder.streamsOn('cpu');
    await warm('kept');
    const before = streams();
    const input = new ByteQueue();
    const failing = transcode('kept', 1, input);
    input.fail(gone);
    await expect(failing).rejects.toBe(gone);
    await sleep(50);
    expect(streams()).toBe(before);
    await expect(transcode('kept', 2, new Uint8Array(1000))).rejects.toMatchObject({ code: 'media-malformed' });
    await sleep(50);
    expect(streams()).toBe(before - 1);
  });

  test('is given up when its job is', async () => {
    await warm('given up');
    const { input } = allBut(5000, bytesOf(1));
    const controller = new AbortController();
    const failing = transcode('given up', 1, input, { signal: controller.signal });
    await sleep(50);
    controller.abort(gone);
    await expect(failing).rejects.toBe(gone);
    const pid = transcoder.devices[0]?.pid;
    expect((await transcode('given up', 2, bytesOf(2))).source.frames).toBe(60);
    // The worker let go of it in time.
    await sleep(1700);
    expect(transcoder.devices[0]?.pid).toBe(pid);
  });

  test('has a deadline', async () => {
    await warm('too slow');
    const { input } = allBut(5000, bytesOf(1));
    await expect(transcode('too slow', 1, input, { timeoutMs: 300 })).rejects.toMatchObject({ code: 'timeout' });
  });

  test('is nothing, or too large: said in the protocol’s words', async () => {
    const nothing = new ByteQueue();
    nothing.end();
    await expect(transcode('nothing', 0, nothing)).rejects.toMatchObject({ code: 'media-empty' });
    const endless = new ByteQueue();
    const piece = new Uint8Array(1 << 24);
    const adding = setInterval(() => endless.add(piece), 1);
    await expect(transcode('endless', 0, endless)).rejects.toMatchObject({
      code: 'media-too-large',
      details: { wireText: 'input bigger than max buffer size' },
    });
    clearInterval(adding);
  });

  test('with its worker: the loss is told at once', async () => {
    await warm('lost');
    const { input, finish } = allBut(5000, bytesOf(1));
    const failing = transcode('lost', 1, input);
    const failed = expect(failing).rejects.toMatchObject({ code: 'worker-crashed' });
    await sleep(50);
    transcoder.devices[0]?.fault('crash');
    await failed;
    finish();
    expect((await transcode('lost', 2, bytesOf(2))).source.frames).toBe(60);
  });
});
