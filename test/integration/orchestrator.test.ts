import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { afterEach, describe, expect, test } from 'vitest';
import type { VideoProfile } from '../../engine/api/media.ts';
import { Disposables } from '../../engine/base/disposables.ts';
import type { SegmentJob } from '../../engine/orchestrator/job.ts';
import { Orchestrator, type OrchestratorParameters } from '../../engine/orchestrator/orchestrator.ts';
import { createCapabilities } from '../../engine/wire/capabilities.ts';
import { parseSegData } from '../../engine/wire/seg-data.ts';
import { encodeError, encodeResults, type ResultsBody } from '../../engine/wire/transcode-results.ts';
import { download, eventually, FakeTranscoder, type FakeTranscoderParameters, fakeTs } from '../support/fake-transcoder.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

const SECRET = randomBytes(16).toString('hex');
const SIGNAL = new AbortController().signal;
/** Long enough for a busy machine; tests of deadlines bring their own. */
const TIMES = { minTaskMs: 15_000, taskFactor: 4, lostGraceMs: 600, sessionIdleMs: 70_000 };

const PROFILE: VideoProfile = {
  name: '240p',
  width: 426,
  height: 240,
  bitrate: 250_000,
  fps: 0,
  fpsDen: 1,
  container: 'mpegts',
  profile: 'default',
  gop: 'default',
  codec: 'h264',
  quality: 0,
};

let owned = new Disposables();
afterEach(async () => {
  await owned[Symbol.asyncDispose]();
  owned = new Disposables();
});

async function orchestrator(parameters: Partial<OrchestratorParameters> = {}): Promise<Orchestrator> {
  const started = owned.use(new Orchestrator({ secret: SECRET, times: TIMES, ...parameters }));
  await started.start();
  return started;
}

async function join(o: Orchestrator, parameters: Partial<FakeTranscoderParameters> = {}): Promise<FakeTranscoder> {
  const before = o.transcoders.members.length;
  const fake = owned.use(new FakeTranscoder({ serviceUri: o.serviceUri, secret: SECRET, ...parameters }));
  await eventually(() => o.transcoders.members.length > before, 'the registration');
  return fake;
}

function job(parameters: Partial<SegmentJob> = {}): SegmentJob {
  return {
    manifestId: 'stream-1',
    sessionId: 'session-1',
    seq: 0n,
    data: randomBytes(50_000),
    durationMs: 200,
    profiles: [PROFILE, { ...PROFILE, name: '144p', width: 256, height: 144, container: 'mp4' }],
    ...parameters,
  };
}

/** A copy with some bytes changed, and often cut off. */
function mutate(body: Buffer, round: number): Buffer {
  const copy = Buffer.from(body);
  for (let flips = 0; flips < 1 + (round % 20); flips += 1) copy[Math.floor(Math.random() * copy.length)] = Math.random() * 256;
  return round % 2 === 0 ? copy : copy.subarray(0, Math.floor(Math.random() * copy.length));
}

function wireText(error: unknown): unknown {
  return (error as { details?: { wireText?: string } }).details?.wireText;
}

async function failure(promise: Promise<unknown>): Promise<{ code: string; wireText: unknown }> {
  try {
    await promise;
  } catch (error) {
    return { code: String((error as { code?: string }).code), wireText: wireText(error) };
  }
  throw new Error('it should have failed');
}

describe('registration', () => {
  test('a wrong secret is refused with the exact text and the status Unknown', async () => {
    const o = await orchestrator();
    const fake = owned.use(new FakeTranscoder({ serviceUri: o.serviceUri, secret: `${SECRET}x` }));
    const error = await fake.ended;
    expect({ code: error?.code, text: error?.rawMessage }).toEqual({ code: 2, text: 'invalid secret' });
    expect(o.transcoders.members).toHaveLength(0);
  });

  test('a capacity of zero or less is refused with the exact text', async () => {
    const o = await orchestrator();
    for (const capacity of [0, -3]) {
      const fake = owned.use(new FakeTranscoder({ serviceUri: o.serviceUri, secret: SECRET, capacity }));
      const error = await fake.ended;
      expect({ code: error?.code, text: error?.rawMessage }).toEqual({ code: 2, text: 'zero capacity' });
    }
  });

  test('a transcoder that sends no capabilities is taken to have the default set', async () => {
    const o = await orchestrator();
    const fake = await join(o, { capabilities: null });
    const done = await o.submit(job({ capabilities: createCapabilities({ numbers: [0, 1, 2, 12] }) }), SIGNAL);
    expect(done.renditions).toHaveLength(2);
    const refused = await failure(
      o.submit(job({ sessionId: 'hevc', capabilities: createCapabilities({ numbers: [15] }) }), SIGNAL),
    );
    expect(refused.wireText).toBe('no transcoders can provide requested capabilities');
    expect(fake.tasks).toHaveLength(1);
  });

  test('200 transcoders that register at once are all held, and all leave', async () => {
    const o = await orchestrator();
    const fakes = Array.from(
      { length: 200 },
      () => new FakeTranscoder({ serviceUri: o.serviceUri, secret: SECRET, capacity: 1 }),
    );
    await eventually(() => o.transcoders.members.length === 200, '200 registrations', 20_000);
    expect(o.transcoders.capacity).toBe(200);
    for (const fake of fakes) fake.kill();
    await eventually(() => o.transcoders.members.length === 0, '200 departures', 20_000);
    await Promise.all(fakes.map(({ ended }) => ended));
  });

  test('no more transcoders than allowed are held', async () => {
    const o = await orchestrator({ maxTranscoders: 1 });
    await join(o);
    const second = owned.use(new FakeTranscoder({ serviceUri: o.serviceUri, secret: SECRET }));
    expect((await second.ended)?.rawMessage).toBe('too many transcoders');
  });

  test('stopping the orchestrator ends registrations cleanly, so that transcoders come back', async () => {
    const o = await orchestrator();
    const fake = await join(o);
    await o[Symbol.asyncDispose]();
    expect(await fake.ended).toBeUndefined();
  });
});

describe('a segment', () => {
  test('goes out as the reference sends it and comes back in profile order', async () => {
    const o = await orchestrator();
    const fake = await join(o);
    const segment = job({ perceptualHash: true, clip: { fromMs: 0, toMs: 100 }, seq: 7n });
    const result = await o.submit(segment, SIGNAL);
    const task = fake.tasks[0];
    expect(task?.taskId).toBe(0n);
    expect(task?.url).toBe(`${o.serviceUri}/stream/session-1/7.tempfile`);
    expect(task?.orchId).toBe('offchain');
    expect(Buffer.from(task?.profiles ?? []).toString()).toBe('invalid');
    expect(task?.segData?.hash).toEqual(new Uint8Array(32));
    expect(task?.segData?.sig).toHaveLength(0);
    const metadata = parseSegData(task?.segData);
    expect(metadata).toMatchObject({ manifestId: 'stream-1', seq: 7n, durationMs: 200, perceptualHash: true });
    expect(metadata.profiles).toEqual(segment.profiles);
    expect(metadata.authToken?.sessionId).toBe('session-1');
    expect(Buffer.compare(fake.downloads[0] ?? new Uint8Array(0), segment.data)).toBe(0);
    await eventually(() => fake.posts.length === 1, 'the answer to the post');
    expect(fake.posts).toEqual([{ status: 200, text: 'OK' }]);
    expect(result.decodedPixels).toBe(1000);
    expect(result.renditions.map(({ name, container, pixels }) => ({ name, container, pixels }))).toEqual([
      { name: '240p', container: 'mpegts', pixels: 426 * 240 },
      { name: '144p', container: 'mp4', pixels: 256 * 144 },
    ]);
    expect(o.status().heldBytes).toBe(0);
    expect(o.status().transcoders[0]).toMatchObject({ segments: 1, failed: 0, sessions: 1, inFlight: 0 });
  });

  test('a source of megabytes is served whole', async () => {
    const o = await orchestrator();
    const fake = await join(o);
    const data = randomBytes(3_000_001);
    await o.submit(job({ data }), SIGNAL);
    expect(Buffer.compare(fake.downloads[0] ?? new Uint8Array(0), data)).toBe(0);
  });

  test('asking for the source’s head alone tells its size', async () => {
    const o = await orchestrator();
    const heads: IncomingMessage[] = [];
    await join(o, {
      react: async (task) => {
        const request = https.request(task.url, { method: 'HEAD', rejectUnauthorized: false }).end();
        const [head] = (await once(request, 'response')) as [IncomingMessage];
        heads.push(head.resume());
        return 'answer' as const;
      },
    });
    await o.submit(job({ data: randomBytes(3_000_001) }), SIGNAL);
    expect(heads[0]?.statusCode).toBe(200);
    expect(heads[0]?.headers['content-length']).toBe('3000001');
  });

  test('the source is served raw over HTTP/1.1 without ALPN, and is gone when the segment has ended', async () => {
    const o = await orchestrator();
    const seen: Array<Awaited<ReturnType<typeof download>>> = [];
    const fake = await join(o, {
      react: async (task) => {
        seen.push(await download(task.url));
        return 'answer' as const;
      },
    });
    const segment = job();
    await o.submit(segment, SIGNAL);
    expect(seen[0]?.status).toBe(200);
    expect(seen[0]?.headers).toMatchObject({ 'content-length': '50000', 'access-control-allow-origin': '*' });
    expect(Buffer.compare(seen[0]?.body ?? new Uint8Array(0), segment.data)).toBe(0);
    const later = await download(fake.tasks[0]?.url ?? '');
    expect({ status: later.status, text: Buffer.from(later.body).toString() }).toEqual({ status: 404, text: 'ErrNotFound\n' });
  });

  test('an error text of the stream reaches the gateway unchanged and nobody else is asked', async () => {
    const o = await orchestrator();
    const fakes = [
      await join(o, { react: () => ({ error: 'TranscoderInvalidVideo' }) }),
      await join(o, { react: () => ({ error: 'TranscoderInvalidVideo' }) }),
    ];
    const error = await o.submit(job(), SIGNAL).catch((e: unknown) => e);
    expect(error).toMatchObject({
      code: 'transcoder-failed',
      details: { wireText: 'TranscoderInvalidVideo', streamFault: true },
    });
    expect(fakes.flatMap(({ tasks }) => tasks)).toHaveLength(1);
    expect(o.transcoders.members).toHaveLength(2);
    expect(o.status().transcoders.map(({ sessions }) => sessions)).toEqual([0, 0]);
  });

  test('a transcoder that fails for its own reason is passed over, and its session moves', async () => {
    const o = await orchestrator();
    const good = await join(o);
    const bad = await join(o, { react: () => ({ error: 'disk full' }) });
    const result = await o.submit(job(), SIGNAL);
    expect(result.tries).toBe(2);
    expect(bad.tasks).toHaveLength(1);
    await o.submit(job({ seq: 1n }), SIGNAL);
    expect(bad.tasks).toHaveLength(1);
    expect(good.tasks).toHaveLength(2);
  });

  test('when nobody else is there, the transcoder’s own error text is what the gateway gets', async () => {
    const o = await orchestrator();
    await join(o, { react: () => ({ error: 'disk full' }) });
    expect(await failure(o.submit(job(), SIGNAL))).toEqual({ code: 'transcoder-failed', wireText: 'disk full' });
  });

  test('too few renditions and renditions without content are refused, and the session stays where it is', async () => {
    const o = await orchestrator();
    const reactions = [[fakeTs(1)], [fakeTs(1), new Uint8Array(24)]];
    await join(o, { react: () => ({ renditions: reactions.shift() ?? [] }) });
    expect((await failure(o.submit(job(), SIGNAL))).wireText).toBe('MismatchedSegments');
    expect((await failure(o.submit(job({ seq: 1n }), SIGNAL))).wireText).toBe('ZeroSegments');
    expect(o.status().transcoders[0]?.sessions).toBe(1);
  });

  test('without transcoders the protocol’s text says so', async () => {
    const o = await orchestrator();
    expect(await failure(o.submit(job(), SIGNAL))).toEqual({ code: 'no-transcoder', wireText: 'no transcoders available' });
  });

  test('an abort ends the wait at once and punishes nobody', async () => {
    const o = await orchestrator();
    const fake = await join(o, { react: () => 'ignore' });
    const controller = new AbortController();
    const pending = o.submit(job(), controller.signal);
    await eventually(() => fake.tasks.length === 1, 'the task');
    controller.abort(new Error('gateway went away'));
    await expect(pending).rejects.toThrow('gateway went away');
    expect(o.transcoders.members).toHaveLength(1);
    expect(o.status()).toMatchObject({ heldBytes: 0, inFlight: 0 });
  });
});

describe('transcoders that go away', () => {
  test('a segment whose transcoder is killed in mid-task is done by another one', async () => {
    const o = await orchestrator();
    const good = await join(o);
    const doomed = await join(o, {
      react: (_task, fake) => {
        fake.kill();
        return 'ignore';
      },
    });
    const started = performance.now();
    const result = await o.submit(job(), SIGNAL);
    expect(result.tries).toBe(2);
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(doomed.tasks).toHaveLength(1);
    expect(good.tasks).toHaveLength(1);
  });

  test('the late result of a lost transcoder is taken when nobody else can take over', async () => {
    const o = await orchestrator();
    const fake = await join(o, { react: () => 'ignore' });
    const pending = o.submit(job(), SIGNAL);
    await eventually(() => fake.tasks.length === 1, 'the task');
    fake.kill();
    await eventually(() => o.transcoders.members.length === 0, 'the loss');
    const task = fake.tasks[0];
    if (!task) throw new Error('no task');
    expect(await fake.answer(task)).toEqual({ status: 200, text: 'OK' });
    expect((await pending).renditions).toHaveLength(2);
  });

  test('a transcoder that comes while a lost one is waited for takes the segment over', async () => {
    const o = await orchestrator();
    const first = await join(o, { react: () => 'ignore' });
    const pending = o.submit(job(), SIGNAL);
    await eventually(() => first.tasks.length === 1, 'the task');
    first.kill();
    await eventually(() => o.transcoders.members.length === 0, 'the loss');
    const second = await join(o);
    expect((await pending).tries).toBe(2);
    expect(second.tasks[0]?.taskId).toBe(1n);
  });

  test('a lost transcoder without successor is reported long before its deadline', async () => {
    const o = await orchestrator({ times: { ...TIMES, minTaskMs: 20_000 } });
    const fake = await join(o, { react: () => 'ignore' });
    const started = performance.now();
    const pending = o.submit(job(), SIGNAL);
    await eventually(() => fake.tasks.length === 1, 'the task');
    fake.kill();
    expect(await failure(pending)).toEqual({ code: 'transcoder-failed', wireText: 'Remote transcoder lost' });
    expect(performance.now() - started).toBeLessThan(4_000);
  });

  test('one that falls silent is noticed by unanswered pings; its segment is done by another', async () => {
    const o = await orchestrator({ times: { ...TIMES, minTaskMs: 20_000, sweepMs: 100, pingTimeoutMs: 300 } });
    const proxy = owned.use(await startTcpProxy(Number(new URL(o.serviceUri).port)));
    const good = await join(o);
    const silent = await join(o, {
      serviceUri: `https://127.0.0.1:${proxy.port}`,
      react: () => {
        proxy.freeze();
        return 'ignore';
      },
    });
    expect((await o.submit(job(), SIGNAL)).tries).toBe(2);
    expect(silent.tasks).toHaveLength(1);
    expect(good.tasks).toHaveLength(1);
    expect(o.transcoders.members).toHaveLength(1);
  });

  test('idle transcoders that answer their pings are kept', async () => {
    const o = await orchestrator({ times: { ...TIMES, sweepMs: 20, pingTimeoutMs: 200, connectionIdleMs: 50 } });
    const fake = await join(o);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect((await o.submit(job(), SIGNAL)).tries).toBe(1);
    expect(fake.tasks).toHaveLength(1);
  });

  test('one that delivers nothing in time is thrown out with a clean end of its stream, and only it', async () => {
    const o = await orchestrator({ times: { ...TIMES, minTaskMs: 1_500 } });
    const other = await join(o, { capacity: 1 });
    await o.submit(job({ sessionId: 'elsewhere' }), SIGNAL);
    const slow = await join(o, { react: () => 'ignore', capacity: 5 });
    const started = performance.now();
    expect(await failure(o.submit(job({ sessionId: 'slow' }), SIGNAL))).toEqual({
      code: 'transcoder-too-slow',
      wireText: 'Remote transcoder took too long',
    });
    expect(performance.now() - started).toBeGreaterThan(1_400);
    expect(await slow.ended).toBeUndefined();
    expect(o.transcoders.members).toHaveLength(1);
    expect(other.tasks).toHaveLength(1);
  });

  test('time counts by the segment’s duration when that is longer', async () => {
    const o = await orchestrator({ times: { ...TIMES, minTaskMs: 50 } });
    await join(o, { react: () => 'ignore' });
    const started = performance.now();
    await failure(o.submit(job({ durationMs: 200 }), SIGNAL));
    expect(performance.now() - started).toBeGreaterThan(750);
  });
});

describe('sessions', () => {
  test('a session stays with its transcoder, new ones go where the load is lowest', async () => {
    const o = await orchestrator();
    const a = await join(o, { capacity: 2 });
    const b = await join(o, { capacity: 4 });
    for (const seq of [0n, 1n]) {
      for (const sessionId of ['s1', 's2', 's3']) await o.submit(job({ sessionId, seq }), SIGNAL);
    }
    const sessions = (fake: FakeTranscoder) => fake.tasks.map((task) => task.segData?.authToken?.sessionId);
    expect(sessions(b)).toEqual(['s1', 's3', 's1', 's3']);
    expect(sessions(a)).toEqual(['s2', 's2']);
  });

  test('ending a session tells its transcoder and frees its place', async () => {
    const o = await orchestrator();
    const fake = await join(o, { capacity: 1 });
    await o.submit(job({ sessionId: 's1' }), SIGNAL);
    expect((await failure(o.submit(job({ sessionId: 's2' }), SIGNAL))).wireText).toBe('OrchestratorCapped');
    o.endSession('s1');
    await eventually(() => fake.teardowns.length === 1, 'the teardown');
    expect(fake.teardowns).toEqual(['s1']);
    await o.submit(job({ sessionId: 's2' }), SIGNAL);
  });

  test('a session without segments for a while ends by itself', async () => {
    const o = await orchestrator({ times: { ...TIMES, sessionIdleMs: 300 } });
    const fake = await join(o);
    await o.submit(job(), SIGNAL);
    await eventually(() => fake.teardowns.length === 1, 'the teardown');
    expect(o.status().sessions).toEqual([]);
  });

  test('one segment of a session at a time, four wait, the sixth is refused', async () => {
    const o = await orchestrator();
    const gate = Promise.withResolvers<void>();
    const fake = await join(o, {
      react: async () => {
        await gate.promise;
        return 'answer' as const;
      },
    });
    const running = [0n, 1n, 2n, 3n, 4n].map((seq) => o.submit(job({ seq }), SIGNAL));
    expect((await failure(o.submit(job({ seq: 5n }), SIGNAL))).wireText).toBe('OrchestratorBusy');
    await eventually(() => fake.tasks.length === 1, 'the first task');
    gate.resolve();
    await Promise.all(running);
    expect(fake.tasks.map((task) => task.segData?.seq)).toEqual([0n, 1n, 2n, 3n, 4n]);
  });

  test('a draining orchestrator refuses new segments and waits for those in work', async () => {
    const o = await orchestrator();
    const gate = Promise.withResolvers<void>();
    await join(o, {
      react: async () => {
        await gate.promise;
        return 'answer' as const;
      },
    });
    const running = o.submit(job(), SIGNAL);
    let drained = false;
    const draining = o.drain(SIGNAL).then(() => {
      drained = true;
    });
    expect((await failure(o.submit(job({ seq: 1n }), SIGNAL))).wireText).toBe('OrchestratorCapped');
    expect(drained).toBe(false);
    gate.resolve();
    await Promise.all([running, draining]);
    await o.resume();
    await o.submit(job({ seq: 1n }), SIGNAL);
  });

  test('a draining transcoder keeps its sessions and gets no new ones', async () => {
    const o = await orchestrator();
    const a = await join(o, { capacity: 2 });
    await o.submit(job({ sessionId: 's1' }), SIGNAL);
    const id = o.status().transcoders[0]?.id ?? '';
    expect(o.transcoders.drain(id)).toBe(true);
    await o.submit(job({ sessionId: 's1', seq: 1n }), SIGNAL);
    const b = await join(o);
    await o.submit(job({ sessionId: 's2' }), SIGNAL);
    expect(a.tasks).toHaveLength(2);
    expect(b.tasks).toHaveLength(1);
  });
});

describe('results', () => {
  /** A transcoder with one task that it leaves alone, for the test to answer. */
  async function withTask(): Promise<{ o: Orchestrator; fake: FakeTranscoder; pending: Promise<unknown>; taskId: bigint }> {
    const o = await orchestrator();
    const fake = await join(o, { react: () => 'ignore' });
    const pending = o.submit(job(), SIGNAL);
    pending.catch(() => {});
    await eventually(() => fake.tasks.length === 1, 'the task');
    return { o, fake, pending, taskId: fake.tasks[0]?.taskId ?? 0n };
  }
  const good = () =>
    encodeResults([
      { container: 'mpegts', pixels: 1, data: fakeTs(2) },
      { container: 'mp4', pixels: 2, data: fakeTs(2) },
    ]);

  /** Of a post that is written by hand. */
  const headersOf = (taskId: bigint, { contentType }: ResultsBody) => ({
    authorization: 'Livepeer-Transcoder-1.0',
    credentials: SECRET,
    taskid: String(taskId),
    pixels: '1',
    'content-type': contentType,
  });

  test('are refused before anything else when authorization or secret are wrong', async () => {
    const { fake, pending, taskId } = await withTask();
    const refused = { status: 401, text: 'Unauthorized\n' };
    expect(await fake.post(taskId, good(), { authorization: 'Livepeer-Transcoder-0.9', 'content-type': '' })).toEqual(refused);
    expect(await fake.post(taskId, good(), { credentials: 'guess' })).toEqual(refused);
    expect(await fake.post(taskId, good(), { credentials: '' })).toEqual(refused);
    expect((await fake.post(taskId, good())).status).toBe(200);
    await pending;
  });

  test('with bad headers get the reference’s statuses and texts, in its order', async () => {
    const { fake, pending, taskId } = await withTask();
    expect((await fake.post(taskId, good(), { 'content-type': '', taskid: 'x' })).status).toBe(415);
    expect((await fake.post(taskId, good(), { 'content-type': 'multipart/', taskid: 'x' })).status).toBe(415);
    const noId = { status: 400, text: 'Invalid Task ID\n' };
    for (const taskid of ['x', '', '1.5', '99999999999999999999', '0x1']) {
      expect(await fake.post(taskId, good(), { taskid, pixels: 'x' })).toEqual(noId);
    }
    for (const pixels of ['x', '', '1.5']) {
      expect(await fake.post(taskId, good(), { pixels })).toEqual({ status: 400, text: 'Invalid Pixels\n' });
    }
    expect(await fake.post(taskId, good(), { 'content-type': 'text/plain' })).toEqual({ status: 200, text: 'OK' });
    // None of these completed the task.
    expect((await fake.post(taskId, good())).status).toBe(200);
    await pending;
  });

  test('for unknown tasks are accepted and dropped', async () => {
    const { fake, pending, taskId } = await withTask();
    expect(await fake.post(4711n, good())).toEqual({ status: 200, text: 'OK' });
    expect(await fake.post(-1n, good())).toEqual({ status: 200, text: 'OK' });
    expect(await fake.post(4711n, encodeError('oops'))).toEqual({ status: 200, text: 'OK' });
    await fake.post(taskId, good());
    await pending;
  });

  test('that come twice: the first wins', async () => {
    const { fake, pending, taskId } = await withTask();
    expect((await fake.post(taskId, good())).status).toBe(200);
    expect(await fake.post(taskId, encodeError('too late'))).toEqual({ status: 200, text: 'OK' });
    expect(await pending).toMatchObject({ tries: 1 });
  });

  test('that are broken fail the task with the text that is answered', async () => {
    const { fake, pending, taskId } = await withTask();
    const body = good();
    const cut = Buffer.concat(body.chunks.map((chunk) => Buffer.from(chunk))).subarray(0, 300);
    const answer = await fake.post(taskId, { ...body, chunks: [cut], contentLength: cut.length });
    expect(answer).toEqual({ status: 500, text: 'unexpected EOF\n' });
    expect(await failure(pending as Promise<unknown>)).toEqual({ code: 'transcoder-failed', wireText: 'unexpected EOF' });
  });

  test('that end in mid-body fail the task without waiting for its deadline', async () => {
    const { o, fake, pending, taskId } = await withTask();
    const started = performance.now();
    const body = good();
    const { connect } = await import('node:http2');
    const session = connect(o.serviceUri, { rejectUnauthorized: false });
    session.on('error', () => {});
    const stream = session.request({
      ':method': 'POST',
      ':path': '/transcodeResults',
      ...headersOf(taskId, body),
    });
    stream.on('error', () => {});
    stream.write(body.chunks[0]);
    stream.write(body.chunks[1]);
    setTimeout(() => session.destroy(), 100);
    expect((await failure(pending)).wireText).toBe('unexpected EOF');
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(fake.tasks).toHaveLength(1);
  });

  test.each(['the result again', 'why'])('that end in mid-body may be followed by %s, which then counts', async (what) => {
    const { o, fake, pending, taskId } = await withTask();
    const body = good();
    const { request } = await import('node:https');
    const cut = request(new URL('/transcodeResults', o.serviceUri), {
      method: 'POST',
      rejectUnauthorized: false,
      headers: headersOf(taskId, body),
    });
    cut.on('error', () => {});
    cut.write(body.chunks[0]);
    cut.write(body.chunks[1]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    cut.destroy();
    await new Promise((resolve) => setTimeout(resolve, 250));
    if (what === 'why') {
      expect(await fake.post(taskId, encodeError('the reason'))).toEqual({ status: 200, text: 'OK' });
      expect((await failure(pending)).wireText).toBe('the reason');
    } else {
      expect(await fake.post(taskId, body)).toEqual({ status: 200, text: 'OK' });
      expect(await pending).toMatchObject({ tries: 1 });
    }
  });

  test('are answered at their closing boundary, and what follows does their connection no harm', async () => {
    const { o, pending, taskId } = await withTask();
    const body = good();
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
    const post = (id: bigint) =>
      https.request(new URL('/transcodeResults', o.serviceUri), {
        method: 'POST',
        agent,
        headers: headersOf(id, body),
      });
    const open = post(taskId);
    const answer = once(open, 'response');
    for (const chunk of body.chunks) open.write(chunk);
    expect(await pending).toMatchObject({ tries: 1 });
    const [response] = await answer;
    expect(response.statusCode).toBe(200);
    response.resume();
    open.write('an epilogue');
    const first = open.socket;
    open.end();
    await once(open, 'close');
    const next = post(4711n);
    for (const chunk of body.chunks) next.write(chunk);
    next.end();
    const [second] = await once(next, 'response');
    expect([second.statusCode, next.socket === first]).toEqual([200, true]);
    second.resume();
    agent.destroy();
  });

  test('are answered at their closing boundary over HTTP/2 too, which goes on to serve others', async () => {
    const { o, pending, taskId } = await withTask();
    const body = good();
    const { connect } = await import('node:http2');
    const session = connect(o.serviceUri, { rejectUnauthorized: false });
    const post = (id: bigint) =>
      session.request({
        ':method': 'POST',
        ':path': '/transcodeResults',
        ...headersOf(id, body),
      });
    const open = post(taskId);
    for (const chunk of body.chunks) open.write(chunk);
    const [headers] = await once(open, 'response');
    expect(headers[':status']).toBe(200);
    expect(await pending).toMatchObject({ tries: 1 });
    const closed = once(open, 'close');
    open.resume();
    open.end();
    await closed;
    const next = post(4711n);
    for (const chunk of body.chunks) next.write(chunk);
    next.end();
    const [second] = await once(next, 'response');
    expect(second[':status']).toBe(200);
    next.resume();
    session.destroy();
  });

  test('a perceptual hash belongs to the rendition before it', async () => {
    const { fake, pending, taskId } = await withTask();
    const signed = encodeResults([
      { container: 'mpegts', pixels: 1, data: fakeTs(2), signature: Buffer.from('one') },
      { container: 'mp4', pixels: 2, data: fakeTs(2), signature: Buffer.from('two') },
    ]);
    await fake.post(taskId, signed);
    const { renditions } = (await pending) as { renditions: Array<{ signature?: Uint8Array }> };
    expect(renditions.map(({ signature }) => Buffer.from(signature ?? []).toString())).toEqual(['one', 'two']);
  });

  test('with a perceptual hash before any rendition fail the task', async () => {
    const { fake, pending, taskId } = await withTask();
    const body = Buffer.from('--b\r\nContent-Type: application/octet-stream\r\n\r\nhash\r\n--b--\r\n');
    const answer = await fake.post(taskId, {
      contentType: 'multipart/mixed; boundary=b',
      chunks: [body],
      contentLength: body.length,
    });
    expect(answer).toEqual({ status: 500, text: 'Unknown perceptual hash\n' });
    expect((await failure(pending)).wireText).toBe('Unknown perceptual hash');
  });

  test('fuzzed bodies settle their task or are refused, and never take the orchestrator down', async () => {
    const whole = Buffer.concat(good().chunks.map((chunk) => Buffer.from(chunk)));
    const { contentType } = good();
    const statuses: number[] = [];
    const o = await orchestrator();
    let round = 0;
    await join(o, {
      react: async ({ taskId }, fake) => {
        round += 1;
        const body = round % 3 === 0 ? randomBytes(round) : mutate(whole, round);
        const type = round % 7 === 0 ? 'livepeer/transcoding-error' : contentType;
        const answer = await fake.post(taskId, { contentType: type, chunks: [body], contentLength: body.length });
        statuses.push(answer.status);
        return 'ignore' as const;
      },
    });
    const outcomes = { done: 0, failed: 0 };
    for (let seq = 0n; seq < 300n; seq += 1n) {
      await o.submit(job({ seq, data: Buffer.from('x') }), SIGNAL).then(
        () => {
          outcomes.done += 1;
        },
        (error) => {
          expect(error).toMatchObject({ code: 'transcoder-failed' });
          outcomes.failed += 1;
        },
      );
    }
    await eventually(() => statuses.length === 300, 'all answers');
    expect(outcomes.done + outcomes.failed).toBe(300);
    expect(outcomes.failed).toBeGreaterThan(100);
    expect(statuses.every((status) => status === 200 || status === 500)).toBe(true);
    expect(o.transcoders.members).toHaveLength(1);
    expect(o.status()).toMatchObject({ heldBytes: 0, inFlight: 0 });
  });
});
