import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLog } from '../../engine/base/log.ts';
import type { QuarantineRules } from '../../engine/media/device-worker.ts';
import { generateClip } from '../../engine/media/source.ts';
import { runLoad } from '../../engine/media/throughput.ts';
import { createTranscoder, type MediaTranscoder } from '../../engine/media/transcoder.ts';
import { job, profile } from '../unit/media/support.ts';

let clip: Uint8Array;
let long: Uint8Array;
const made: MediaTranscoder[] = [];

beforeAll(async () => {
  const [short, slow] = await Promise.all([
    generateClip({ width: 192, height: 108, fps: 15, seconds: 1, segmentSeconds: 1 }),
    generateClip({ width: 1280, height: 720, fps: 30, seconds: 4, segmentSeconds: 4, audio: false }),
  ]);
  clip = short.segments[0]?.data ?? new Uint8Array();
  long = slow.segments[0]?.data ?? new Uint8Array();
});

afterAll(async () => {
  await Promise.all(made.map((transcoder) => transcoder[Symbol.asyncDispose]()));
});

async function start(devices = 1, more: { quarantine?: QuarantineRules; sessionIdleMs?: number } = {}): Promise<MediaTranscoder> {
  const spec = { kind: 'cpu', id: 'cpu', name: 'CPU', cores: 2 } as const;
  const transcoder = await createTranscoder({
    devices: Array.from({ length: devices }, () => spec),
    log: silentLog,
    faults: true,
    ...more,
  });
  made.push(transcoder);
  return transcoder;
}

const LIMIT = { timeoutMs: 30_000 };
const big = profile({ width: 1280, height: 720, bitrate: 2_000_000 });
const alive = (pid: number | undefined): boolean => {
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
const until = async (condition: () => boolean, limitMs = 10_000): Promise<void> => {
  const end = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error('it never happened');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

describe('a worker that crashes', () => {
  test('fails only the segments it was working on and is replaced', async () => {
    const transcoder = await start(2);
    const [first, second] = transcoder.devices;
    const pid = first?.pid;
    // Two sessions on two devices: the least loaded one takes the second.
    const runs = ['a', 'b'].map((sessionId) => transcoder.transcode(job(long, { sessionId, profiles: [big] }), LIMIT));
    await new Promise((resolve) => setTimeout(resolve, 200));
    first?.fault('crash');
    const results = await Promise.allSettled(runs);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const failed = results.find((result) => result.status === 'rejected');
    expect(failed?.reason).toMatchObject({ code: 'worker-crashed', details: { exitSignal: 'SIGABRT' } });
    expect(alive(second?.pid)).toBe(true);
    await Promise.all(['a', 'b'].map((sessionId) => transcoder.transcode(job(clip, { sessionId }), LIMIT)));
    expect(first?.pid).not.toBe(pid);
  });
});

describe('a worker that hangs', () => {
  test('is killed at the deadline and replaced', async () => {
    const transcoder = await start();
    const pid = transcoder.devices[0]?.pid;
    transcoder.devices[0]?.fault('hang');
    await expect(transcoder.transcode(job(clip), { timeoutMs: 500 })).rejects.toMatchObject({ code: 'timeout' });
    await until(() => !alive(pid));
    expect((await transcoder.transcode(job(clip), LIMIT)).renditions).toHaveLength(1);
  });

  test('one that is only slow keeps its life; the late segment is given up', async () => {
    const transcoder = await start();
    const pid = transcoder.devices[0]?.pid;
    await expect(transcoder.transcode(job(long, { profiles: [big, big] }), { timeoutMs: 200 })).rejects.toMatchObject({
      code: 'timeout',
    });
    expect((await transcoder.transcode(job(clip), LIMIT)).renditions).toHaveLength(1);
    expect(transcoder.devices[0]?.pid).toBe(pid);
  });
});

describe('a device that keeps failing', () => {
  test('rests while the other one goes on, and comes back', async () => {
    const transcoder = await start(2, { quarantine: { failures: 2, firstMs: 1500, maxMs: 1500 } });
    const sick = transcoder.devices[0];
    const steady = transcoder.devices[1]?.pid;
    for (let round = 0; round < 2; round++) {
      const pid = sick?.pid;
      await until(() => alive(sick?.pid));
      sick?.fault('crash');
      await until(() => !alive(pid));
    }
    await until(() => sick?.quarantined === true);
    expect(transcoder.capacity.devices.map(({ quarantined }) => quarantined)).toEqual([true, false]);
    await Promise.all(['p', 'q', 'r'].map((sessionId) => transcoder.transcode(job(clip, { sessionId }), LIMIT)));
    expect(transcoder.devices[1]?.pid).toBe(steady);
    await until(() => sick?.quarantined === false);
    await until(() => alive(sick?.pid));
  });
});

describe('a GPU that isn’t there', () => {
  const ok = { ok: true };
  const gpu = {
    kind: 'gpu',
    id: 'GPU-00000000-0000-0000-0000-000000000000',
    name: 'No such card',
    abilities: { encode: { h264: ok, hevc: ok, av1: ok }, decode: { h264: ok, hevc: ok }, scale: ok },
  } as const;

  test('alone is a clear failure', async () => {
    await expect(createTranscoder({ devices: [gpu], log: silentLog })).rejects.toMatchObject({
      code: 'media-encoder-failed',
      cause: { code: 'worker-crashed' },
    });
  });

  test('beside a processor rests, and the processor works', async () => {
    const cpu = { kind: 'cpu', id: 'cpu', name: 'CPU', cores: 2 } as const;
    const transcoder = await createTranscoder({ devices: [gpu, cpu], log: silentLog });
    made.push(transcoder);
    expect(transcoder.capacity.devices.map(({ quarantined }) => quarantined)).toEqual([true, false]);
    for (const sessionId of ['a', 'b', 'c']) {
      expect((await transcoder.transcode(job(clip, { sessionId }), LIMIT)).device.id).toBe('cpu');
    }
  });
});

describe('sessions', () => {
  test('a fifth waiting segment of one session is refused as busy, and the others are done in order', async () => {
    const transcoder = await start();
    const done: number[] = [];
    const runs = [0, 1, 2, 3, 4].map((seq) => transcoder.transcode(job(clip, { seq }), LIMIT).then(() => done.push(seq)));
    await expect(transcoder.transcode(job(clip, { seq: 5 }), LIMIT)).rejects.toMatchObject({
      code: 'busy',
      details: { wireText: 'TranscoderBusy' },
    });
    await Promise.all(runs);
    expect(done).toEqual([0, 1, 2, 3, 4]);
  });

  test('an abort ends the segment at once and leaves the worker usable', async () => {
    const transcoder = await start();
    const stop = new AbortController();
    const run = transcoder.transcode(job(long, { profiles: [big] }), { ...LIMIT, signal: stop.signal });
    setTimeout(() => stop.abort(new Error('not wanted any more')), 150);
    const begun = performance.now();
    await expect(run).rejects.toThrow('not wanted any more');
    expect(performance.now() - begun).toBeLessThan(1500);
    expect((await transcoder.transcode(job(clip), LIMIT)).renditions).toHaveLength(1);
  });

  test('an abort while the encoders empty themselves costs no worker either', async () => {
    const transcoder = await start();
    const pid = transcoder.devices[0]?.pid;
    const begun = performance.now();
    await transcoder.transcode(job(long, { profiles: [big] }), LIMIT);
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('too late')), (performance.now() - begun) * 0.7);
    await expect(transcoder.transcode(job(long, { profiles: [big, big] }), { ...LIMIT, signal: stop.signal })).rejects.toThrow(
      'too late',
    );
    expect((await transcoder.transcode(job(clip), LIMIT)).renditions).toHaveLength(1);
    expect(transcoder.devices[0]?.pid).toBe(pid);
  });

  test('ending an unknown session is ignored, and an ended one can begin again', async () => {
    const transcoder = await start(1, { sessionIdleMs: 50 });
    transcoder.endSession('never heard of');
    await transcoder.transcode(job(clip), LIMIT);
    transcoder.endSession('session');
    await transcoder.transcode(job(clip, { reinitialise: true }), LIMIT);
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect((await transcoder.transcode(job(clip), LIMIT)).renditions).toHaveLength(1);
  });

  test('after disposal nothing is taken and no worker is left', async () => {
    const transcoder = await start();
    const pid = transcoder.devices[0]?.pid;
    const run = transcoder.transcode(job(long, { profiles: [big] }), LIMIT);
    const failed = expect(run).rejects.toMatchObject({ code: 'aborted' });
    await transcoder[Symbol.asyncDispose]();
    await failed;
    expect(alive(pid)).toBe(false);
    await expect(transcoder.transcode(job(clip), LIMIT)).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('the engine’s end', () => {
  test('takes the workers with it, even by kill -9', async () => {
    const entry = fileURLToPath(new URL('../../engine/media/transcoder.ts', import.meta.url));
    const script = `import { createTranscoder } from ${JSON.stringify(entry)};
      const log = { child: () => log, warn() {}, error() {} };
      const t = await createTranscoder({ devices: [{ kind: 'cpu', id: 'cpu', name: 'CPU', cores: 1 }], log });
      console.log(t.devices[0].pid); setInterval(() => {}, 1000);`;
    const engine = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = Number(await new Promise<string>((resolve) => engine.stdout.once('data', (text) => resolve(String(text)))));
    expect(alive(pid)).toBe(true);
    engine.kill('SIGKILL');
    await until(() => !alive(pid), 3000);
  });
});

describe('the engine’s own process', () => {
  test('never loads the native codecs', () => {
    const rooms = ['transcoder.ts', 'source.ts', 'transcode-file.ts', 'capacity.ts'].map((file) =>
      fileURLToPath(new URL(`../../engine/media/${file}`, import.meta.url)),
    );
    const script = `for (const room of ${JSON.stringify(rooms)}) await import(room);
      console.log(process.report.getReport().sharedObjects.filter((name) => name.includes('node-av')).length);`;
    expect(String(execFileSync(process.execPath, ['--input-type=module', '-e', script])).trim()).toBe('0');
  });
});

describe('a load of several sessions', () => {
  test('is timed segment by segment, and little time goes by outside the codecs', async () => {
    const transcoder = await start();
    const { segments } = await generateClip({ width: 192, height: 108, fps: 15, seconds: 2, segmentSeconds: 1 });
    const load = {
      sessions: 2,
      segments: 8,
      sources: segments,
      profiles: [profile(), profile({ width: 146 })],
      timeoutMs: 30_000,
    };
    const { timings, realtimeFactor } = await runLoad(transcoder, load);
    expect(timings).toHaveLength(16);
    expect(realtimeFactor).toBeGreaterThan(1);
    const outside = timings.map(({ totalMs, codecMs }) => totalMs - codecMs).sort((a, b) => a - b);
    // The budget is 8 ms for the whole way; a busy test machine gets some grace.
    expect(outside[8]).toBeLessThan(25);
  });
});

describe('over many segments', () => {
  test('a worker’s memory stays flat', async () => {
    const transcoder = await start();
    const pid = transcoder.devices[0]?.pid;
    const resident = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    const profiles = [profile(), profile({ width: 146, height: 82, container: 'mp4' })];
    const round = async (count: number) => {
      for (let seq = 0; seq < count; seq++) await transcoder.transcode(job(clip, { seq, profiles }), LIMIT);
    };
    await round(40);
    const before = resident();
    await round(80);
    expect(resident()).toBeLessThan(before * 1.05 + 4096);
  });
});

describe('the capacity benchmark', () => {
  test('finds at least one session and can be cancelled', async () => {
    const transcoder = await start();
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('cancelled')), 400);
    await expect(transcoder.measureCapacity({ signal: stop.signal })).rejects.toThrow('cancelled');
    expect(transcoder.capacity).toMatchObject({ sessions: 1, source: 'default' });
    const capacity = await transcoder.measureCapacity({ signal: AbortSignal.timeout(40_000) });
    expect(capacity.source).toBe('benchmark');
    expect(capacity.sessions).toBeGreaterThanOrEqual(1);
    expect(transcoder.measured).toEqual({ cpu: capacity.sessions });
  });
});
