import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLog } from '../../engine/base/log.ts';
import type { DeviceSpec } from '../../engine/media/device-spec.ts';
import { generateClip } from '../../engine/media/source.ts';
import { createTranscoder, type MediaTranscoder } from '../../engine/media/transcoder.ts';
import { eventually, isRunning } from '../unit/gpu/fake-smi.ts';
import { job, profile } from '../unit/media/support.ts';

let clip: Uint8Array;
let long: Uint8Array;
const made: MediaTranscoder[] = [];

beforeAll(async () => {
  const [short, slow] = await Promise.all([
    generateClip({ width: 192, height: 108, fps: 15, seconds: 1, segmentSeconds: 1 }),
    generateClip({ width: 640, height: 360, fps: 30, seconds: 4, segmentSeconds: 4, audio: false }),
  ]);
  clip = short.segments[0]?.data ?? new Uint8Array();
  long = slow.segments[0]?.data ?? new Uint8Array();
});

afterAll(async () => {
  await Promise.all(made.map((transcoder) => transcoder[Symbol.asyncDispose]()));
});

/** Stands for one card: a processor's worker under a name of its own. */
const card = (id: string): DeviceSpec => ({ kind: 'cpu', id: id as 'cpu', name: id, cores: 1 });

async function start(ids: readonly string[], sessionLimit?: (id: string) => number | undefined): Promise<MediaTranscoder> {
  const transcoder = await createTranscoder({
    devices: ids.map(card),
    log: silentLog,
    ...(sessionLimit === undefined ? {} : { sessionLimit }),
  });
  made.push(transcoder);
  return transcoder;
}

const LIMIT = { timeoutMs: 50_000 };
const big = profile({ width: 640, height: 360, bitrate: 1_000_000 });
const pidOf = (transcoder: MediaTranscoder, id: string) => transcoder.devices.find(({ spec }) => spec.id === id)?.pid ?? 0;
const forever = () => new AbortController().signal;

describe('a device that is taken out', () => {
  test('ends its segment, its streams go on with the others, and its process is gone', async () => {
    const transcoder = await start(['a', 'b']);
    const streams = ['one', 'two'];
    const running = streams.map((sessionId) => transcoder.transcode(job(long, { sessionId, profiles: [big] }), LIMIT));
    // Behind each running segment waits another one of the same stream.
    const waiting = streams.map((sessionId) => transcoder.transcode(job(clip, { sessionId, seq: 1 }), LIMIT));
    const pid = pidOf(transcoder, 'a');
    expect(transcoder.streamsOn('a')).toBe(1);
    // The first segments are on their devices now.
    await new Promise((resolve) => setImmediate(resolve));
    const removed = transcoder.remove('a', forever());
    expect(transcoder.capacity.devices.map(({ device }) => device)).toEqual(['b']);
    const first = await Promise.all(running);
    expect(new Set(first.map(({ device }) => device.id))).toEqual(new Set(['a', 'b']));
    const second = await Promise.all(waiting);
    expect(second.map(({ device }) => device.id)).toEqual(['b', 'b']);
    await removed;
    expect(isRunning(pid)).toBe(false);
    expect(transcoder.devices).toHaveLength(1);
    expect(transcoder.streamsOn('b')).toBe(2);
  });

  test('gives up a segment that does not end in time', async () => {
    const transcoder = await start(['a', 'b']);
    const run = transcoder.transcode(job(long, { sessionId: 'one', profiles: [big] }), LIMIT);
    const outcome = run.then(
      () => 'done',
      () => 'given up',
    );
    await eventually(() => transcoder.streamsOn('a') + transcoder.streamsOn('b') === 1, 'the segment runs');
    const on = transcoder.streamsOn('a') === 1 ? 'a' : 'b';
    await transcoder.remove(on, AbortSignal.abort(new DOMException('no time', 'AbortError')));
    expect(await outcome).toBe('given up');
    expect((await transcoder.transcode(job(clip, { sessionId: 'one' }), LIMIT)).device.id).not.toBe(on);
  });

  test('may be the last one: then nothing is offered, until one comes', async () => {
    const transcoder = await start(['a']);
    const can = transcoder.capabilities;
    expect(can.length).toBeGreaterThan(0);
    await transcoder.remove('a', forever());
    expect(transcoder.capacity.sessions).toBe(0);
    expect(transcoder.capabilities).toEqual([]);
    await expect(transcoder.transcode(job(clip), LIMIT)).rejects.toThrow();
    await transcoder.add(card('a'), forever(), 5);
    expect(transcoder.capabilities).toEqual(can);
    expect(transcoder.capacity.sessions).toBe(5);
    await transcoder.transcode(job(clip), LIMIT);
  });
});

describe('a device that comes', () => {
  test('and fails its self-test is not there, and leaves no process', async () => {
    const transcoder = await start(['a']);
    const probe = { ok: true };
    const abilities = { encode: { h264: probe, hevc: probe, av1: probe }, decode: { h264: probe, hevc: probe }, scale: probe };
    let pid = 0;
    const adding = transcoder.add({ kind: 'gpu', id: 'GPU-none', name: 'no card', abilities }, forever());
    pid = pidOf(transcoder, 'GPU-none');
    expect(pid).toBeGreaterThan(0);
    expect(transcoder.capacity.devices.map(({ device }) => device)).toEqual(['a']);
    await expect(adding).rejects.toThrow();
    expect(transcoder.devices.map(({ spec }) => spec.id)).toEqual(['a']);
    await eventually(() => !isRunning(pid), 'its process has ended');
  });
});

test('a device carries no more streams than its settings allow; the quietest one makes room before a stream is refused', async () => {
  const limits = new Map([
    ['a', 1],
    ['b', 2],
  ]);
  const transcoder = await start(['a', 'b'], (id) => limits.get(id));
  expect(transcoder.capacity.devices).toMatchObject([
    { device: 'a', sessions: 1, boundBy: 'configured' },
    { device: 'b', sessions: 2, boundBy: 'configured' },
  ]);
  for (const sessionId of ['1', '2', '3']) await transcoder.transcode(job(clip, { sessionId }), LIMIT);
  expect([transcoder.streamsOn('a'), transcoder.streamsOn('b')]).toEqual([1, 2]);
  // A fourth stream: the first one has been quiet longest and gives its place up.
  await transcoder.transcode(job(clip, { sessionId: '4' }), LIMIT);
  expect([transcoder.streamsOn('a'), transcoder.streamsOn('b')]).toEqual([1, 2]);
  const busy = ['2', '3', '4'].map((sessionId) => transcoder.transcode(job(long, { sessionId, seq: 1, profiles: [big] }), LIMIT));
  await expect(transcoder.transcode(job(clip, { sessionId: '5' }), LIMIT)).rejects.toMatchObject({ code: 'busy' });
  await Promise.all(busy);
  limits.set('a', 4);
  expect(transcoder.capacity.devices[0]?.sessions).toBe(4);
});
