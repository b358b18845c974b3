import { afterEach, describe, expect, test } from 'vitest';
import { Backoff } from '../../engine/base/backoff.ts';
import { Disposables } from '../../engine/base/disposables.ts';
import { EngineError } from '../../engine/base/errors.ts';
import { TranscoderClient, type TranscoderClientOptions } from '../../engine/transcoder/client.ts';
import { createCapabilities } from '../../engine/wire/capabilities.ts';
import { receiveResults } from '../../engine/wire/received-results.ts';
import { FakeOrchestrator, type FakeOrchestratorOptions, type PostedResult, profile } from '../support/fake-orchestrator.ts';
import { RecordingObserver } from '../support/recording-observer.ts';
import { StubTranscoder, stubResult } from '../support/stub-transcoder.ts';

let owned = new Disposables();

afterEach(async () => {
  await owned[Symbol.asyncDispose]();
  owned = new Disposables();
});

async function orchestrator(options: FakeOrchestratorOptions = {}): Promise<FakeOrchestrator> {
  return owned.use(await FakeOrchestrator.start(options));
}

/** A client of `fake` with quick retries, started. */
async function client(fake: FakeOrchestrator, transcoder = new StubTranscoder(), options: Partial<TranscoderClientOptions> = {}) {
  const observer = new RecordingObserver();
  const made = owned.use(
    new TranscoderClient({
      address: fake.address,
      secret: 's3cret',
      transcoder,
      observer,
      backoff: new Backoff({ initialMs: 20, factor: 1.5, maxMs: 200, jitter: 0.5 }),
      ...options,
    }),
  );
  await made.start();
  return { client: made, observer, transcoder };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

const received = (result: PostedResult | undefined) =>
  receiveResults(once(result?.body ?? Buffer.alloc(0)), String(result?.headers['content-type']));

const errorText = (result: PostedResult | undefined) => {
  expect(result?.headers['content-type']).toBe('livepeer/transcoding-error');
  return result?.body.toString();
};

describe('registration', () => {
  test('says what this machine is, and is registered before the first task although no header comes', async () => {
    const fake = await orchestrator();
    const { observer } = await client(fake, new StubTranscoder({ sessions: 3 }));
    await observer.untilLink('registered');
    const [request] = fake.registrations;
    expect(request?.secret).toBe('s3cret');
    expect(request?.capacity).toBe(3n);
    expect(request?.capabilities).toEqual(createCapabilities({ numbers: new StubTranscoder().capabilities, version: '0.9.1' }));
    expect(request?.capabilities?.mandatories).toEqual([]);
    expect(observer.links.map(({ state }) => state)).toEqual(['connecting', 'registered']);
    expect(observer.link?.serviceUri).toBe(fake.address.uri);
  });

  test('error: a wrong secret stops for good, in plain words', async () => {
    const fake = await orchestrator({ secret: 'another' });
    const { observer } = await client(fake);
    const link = await observer.untilLink('refused');
    expect(link.error).toMatchObject({ code: 'orchestrator-secret-refused', nextStep: expect.stringContaining('-orchSecret') });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(fake.registrations).toHaveLength(1);
    expect(JSON.stringify(observer.links)).not.toContain('s3cret');
  });

  test('error: zero capacity refused by the orchestrator stops for good', async () => {
    const fake = await orchestrator({
      // As headers alone, which other servers than Go's may send.
      onRegister: (call) => {
        call.writeHead(200, { 'content-type': 'application/grpc', 'grpc-status': '2', 'grpc-message': 'zero capacity' });
        call.end();
        return true;
      },
    });
    const { observer } = await client(fake);
    expect((await observer.untilLink('refused')).error?.code).toBe('orchestrator-capacity-refused');
  });

  test('a machine without a session to offer waits instead of being refused', async () => {
    const fake = await orchestrator();
    const { observer } = await client(fake, new StubTranscoder({ sessions: 0 }));
    expect((await observer.untilLink('waiting')).error?.code).toBe('not-ready');
    expect(fake.registrations).toHaveLength(0);
  });

  test('error: an empty secret does not even start', async () => {
    const fake = await orchestrator();
    await expect(client(fake, new StubTranscoder(), { secret: '' })).rejects.toMatchObject({ code: 'config-invalid' });
  });

  test('an orchestrator that ends the registration in good order is registered with again', async () => {
    const fake = await orchestrator();
    const { observer } = await client(fake);
    await observer.untilLink('registered');
    fake.endRegistration();
    expect((await observer.untilLink('waiting')).error?.code).toBe('orchestrator-closed');
    await fake.untilRegistrations(2);
    expect((await observer.untilLink('registered')).attempt).toBe(0);
  });

  test('a connection cut in the middle is registered anew', async () => {
    const fake = await orchestrator();
    const { observer } = await client(fake);
    await observer.untilLink('registered');
    fake.task(0);
    await observer.untilEnded(1);
    fake.dropConnections();
    const link = await observer.untilLink('waiting');
    expect(link.error?.code).toBe('orchestrator-closed');
    expect(link.nextAttemptAtMs).toBeGreaterThan(Date.now() - 1000);
    await fake.untilRegistrations(2);
    await observer.untilLink('registered');
    fake.task(1);
    expect((await fake.untilResults(2)).map(({ taskId }) => taskId)).toEqual(['0', '1']);
  });

  test('an orchestrator restarted on the same port is found again, and its own task 0 is done', async () => {
    const first = await FakeOrchestrator.start();
    const { observer } = await client(first);
    await observer.untilLink('registered');
    first.task(0);
    await first.untilResults(1);
    await first[Symbol.asyncDispose]();
    expect((await observer.untilLink('waiting')).error).toBeDefined();
    await observer.until(({ link }) => link?.error?.code === 'orchestrator-unreachable');
    const second = await orchestrator({ port: Number(first.address.port) });
    await second.untilRegistrations(1);
    second.task(0, { sessionId: 'other' });
    expect((await second.untilResults(1))[0]?.taskId).toBe('0');
  });

  test('a changed capacity is registered anew at once, an unchanged one is not', async () => {
    const fake = await orchestrator();
    const { client: role, observer, transcoder } = await client(fake, new StubTranscoder({ sessions: 2 }));
    await observer.untilLink('registered');
    role.refresh();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(fake.registrations).toHaveLength(1);
    transcoder.capacity = { ...transcoder.capacity, sessions: 5 };
    transcoder.capabilities = [...transcoder.capabilities, 15];
    role.refresh();
    await fake.untilRegistrations(2);
    expect(fake.registrations[1]?.capacity).toBe(5n);
    expect(fake.registrations[1]?.capabilities?.capacities[15]).toBe(1);
    await observer.untilLink('registered');
    expect(observer.links.map(({ state }) => state)).not.toContain('waiting');
    fake.task(0, { capabilities: createCapabilities({ numbers: [15] }) });
    await observer.untilEnded(1);
    expect(observer.ended[0]?.state).toBe('done');
  });

  test('a silently dead peer is noticed by its missing pings', async () => {
    const fake = await orchestrator();
    const { observer } = await client(fake, new StubTranscoder(), {
      registration: { pingIntervalMs: 200, pingTimeoutMs: 200 },
    });
    await observer.untilLink('registered');
    // Pings are answered: the idle registration stays.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(observer.link?.state).toBe('registered');
    fake.freeze();
    expect((await observer.untilLink('waiting')).error?.code).toBe('orchestrator-closed');
  });
});

describe('tasks', () => {
  test('a segment is fetched, transcoded and posted in the form of the reference', async () => {
    const fake = await orchestrator();
    const { observer, transcoder } = await client(fake);
    await observer.untilLink('registered');
    fake.task(0, {
      seq: 41n,
      profiles: [profile(), profile({ name: 'mp4', container: 'mp4' })],
      clip: { fromMs: 100, toMs: 900 },
      reinitialise: true,
    });
    const [result] = await fake.untilResults(1);
    expect(result?.headers).toMatchObject({
      authorization: 'Livepeer-Transcoder-1.0',
      credentials: 's3cret',
      taskid: '0',
      pixels: '55296000',
      'content-length': String(result?.body.length),
      'content-type': expect.stringMatching(/^multipart\/mixed; boundary=[0-9a-f]{20}$/),
    });
    expect(result?.httpVersion).toBe('1.1');
    const renditions = await received(result);
    expect(renditions.map(({ data, ...rest }) => ({ text: Buffer.from(data).toString(), ...rest }))).toEqual([
      { text: 'P360p30fps16x9 made of 1000 bytes', pixels: 13_824_000, contentType: 'video/mp2t' },
      { text: 'mp4 made of 1000 bytes', pixels: 13_824_000, contentType: 'video/mp4' },
    ]);
    expect(transcoder.jobs[0]).toMatchObject({
      sessionId: 'session-1',
      manifestId: 'manifest',
      seq: 41,
      durationMs: 2000,
      clip: { fromMs: 100, toMs: 900 },
      perceptualHash: false,
      reinitialise: true,
      serviceProvider: 'Livepeer Transcoder 0.9.1 (offchain)',
    });
    expect(
      Buffer.from(transcoder.jobs[0]?.input ?? [])
        .subarray(0, 8)
        .toString(),
    ).toBe('segment ');
  });

  test('the record follows the segment through every hop', async () => {
    const fake = await orchestrator();
    const work = async (job: Parameters<typeof stubResult>[0]) => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      return { ...stubResult(job), codecMs: 40 };
    };
    const { observer } = await client(fake, new StubTranscoder({ work }));
    await observer.untilLink('registered');
    fake.task(3);
    const [done] = await observer.untilEnded(1);
    expect(observer.segments.map(({ state }) => state)).toEqual(['downloading', 'transcoding', 'uploading', 'done']);
    expect(new Set(observer.segments.map(({ id }) => id)).size).toBe(1);
    expect(done).toMatchObject({
      sessionId: 'session-1',
      manifestId: 'manifest',
      seq: 3,
      state: 'done',
      durationMs: 2000,
      sourceBytes: 1000,
      source: { width: 1280, height: 720, fps: 30, codec: 'h264' },
      decodedPixels: 55_296_000,
      encodedPixels: 13_824_000,
      device: { kind: 'cpu' },
    });
    expect(done?.renditions).toEqual([
      { name: 'P360p30fps16x9', width: 640, height: 360, frames: 60, bytes: 33, pixels: 13_824_000 },
    ]);
    const hops = done?.hops ?? {};
    expect(hops.codecMs).toBe(40);
    expect(hops.handoffMs).toBeGreaterThan(10);
    const { admitMs = 0, downloadMs = 0, handoffMs = 0, codecMs = 0, uploadMs = 0, totalMs = 0 } = hops;
    expect(totalMs).toBeGreaterThan(admitMs + downloadMs + handoffMs + codecMs + uploadMs - 1);
    expect(totalMs - (admitMs + downloadMs + handoffMs + codecMs + uploadMs)).toBeLessThan(20);
    expect(done?.realtimeFactor).toBeCloseTo(2000 / totalMs, 5);
  });

  test('hash parts are posted when the job asks for them', async () => {
    const fake = await orchestrator();
    const { observer } = await client(fake);
    await observer.untilLink('registered');
    fake.task(0, { perceptualHash: true });
    const [result] = await fake.untilResults(1);
    expect((await received(result)).map(({ hash }) => [...(hash ?? [])])).toEqual([[1, 2, 3, 0]]);
  });

  test('tasks of several sessions run at the same time on reused connections', async () => {
    const fake = await orchestrator();
    let running = 0;
    let most = 0;
    const work = async (job: Parameters<typeof stubResult>[0]) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 50));
      running -= 1;
      return stubResult(job);
    };
    const { observer } = await client(fake, new StubTranscoder({ work }));
    await observer.untilLink('registered');
    for (let round = 0; round < 3; round += 1) {
      for (let session = 0; session < 4; session += 1) fake.task(round * 4 + session, { sessionId: `s${session}` });
      await fake.untilResults(4 * (round + 1));
    }
    expect(most).toBe(4);
    expect(new Set(fake.results.map(({ socket }) => socket)).size).toBeLessThanOrEqual(4);
    expect(new Set(fake.downloads).size).toBeLessThanOrEqual(4);
    expect(new Set(fake.results.map(({ taskId }) => taskId)).size).toBe(12);
  });

  test('a task sent twice is answered once', async () => {
    const fake = await orchestrator();
    const { observer, transcoder } = await client(fake);
    await observer.untilLink('registered');
    fake.task(7);
    fake.task(7);
    await fake.untilResults(1);
    fake.task(8);
    await fake.untilResults(2);
    expect(fake.results.map(({ taskId }) => taskId)).toEqual(['7', '8']);
    expect(transcoder.jobs).toHaveLength(2);
  });

  test.each([
    ['no segment data', { taskId: 5n, url: 'https://127.0.0.1:1/x' }, 'empty seg data', 'task-invalid'],
    [
      'a duration over five minutes',
      { taskId: 5n, url: 'x', segData: { duration: 300_001 } },
      'invalid duration',
      'task-invalid',
    ],
    [
      'an unknown format',
      { taskId: 5n, url: 'x', segData: { fullProfiles: [{ format: 7 as 0 }] } },
      'unrecognized profile output format',
      'task-invalid',
    ],
    ['a GOP of -2', { taskId: 5n, url: 'x', segData: { fullProfiles3: [{ gop: -2 }] } }, 'TranscoderInvalidGOP', 'task-invalid'],
    [
      'eleven profiles',
      { taskId: 5n, url: 'x', segData: { fullProfiles: new Array(11).fill({}) } },
      'Too many outputs',
      'task-invalid',
    ],
    [
      'a capability this machine lacks',
      { taskId: 5n, url: 'x', segData: { capabilities: createCapabilities({ numbers: [15] }), fullProfiles: [{}] } },
      'incompatible segment capabilities',
      'task-incompatible',
    ],
    [
      'an address that is none',
      { taskId: 5n, url: 'file:///etc/passwd', segData: { fullProfiles: [{}] } },
      'unsupported protocol scheme',
      'download-failed',
    ],
  ])('error: a task with %s is answered with the exact text', async (_name, notice, text, code) => {
    const fake = await orchestrator();
    const { observer } = await client(fake);
    await observer.untilLink('registered');
    fake.notify(notice);
    const [result] = await fake.untilResults(1);
    expect(errorText(result)).toBe(text);
    expect(result?.headers).toMatchObject({ taskid: '5', pixels: '0' });
    const [record] = await observer.untilEnded(1);
    expect(record).toMatchObject({ state: 'failed', error: { code } });
  });

  test.each([
    [
      'a text of the protocol',
      new EngineError({ code: 'media-no-video', message: 'No video.', details: { wireText: 'TranscoderInvalidVideo' } }),
      'TranscoderInvalidVideo',
    ],
    ['its own words', new EngineError({ code: 'worker-crashed', message: 'The worker\ncrashed.' }), 'The worker crashed.'],
    ['a bug', new TypeError('x is not a function'), 'x is not a function'],
  ])('error: a transcode that fails with %s is answered undecorated', async (_name, error, text) => {
    const fake = await orchestrator();
    const { observer } = await client(fake, new StubTranscoder({ work: () => Promise.reject(error) }));
    await observer.untilLink('registered');
    fake.task(1);
    expect(errorText((await fake.untilResults(1))[0])).toBe(text);
    expect((await observer.untilEnded(1))[0]?.state).toBe('failed');
  });

  test('error: fewer renditions than profiles are a mismatch, with the decoded pixels told', async () => {
    const fake = await orchestrator();
    const work = async (job: Parameters<typeof stubResult>[0]) => ({ ...stubResult(job), renditions: [] });
    const { observer } = await client(fake, new StubTranscoder({ work }));
    await observer.untilLink('registered');
    fake.task(1);
    const [result] = await fake.untilResults(1);
    expect(errorText(result)).toBe('segment / profile mismatch');
    expect(result?.headers.pixels).toBe('55296000');
  });

  test('sessions are told of, ended by a teardown and freed', async () => {
    const fake = await orchestrator();
    const { observer, transcoder } = await client(fake);
    await observer.untilLink('registered');
    fake.task(0);
    fake.task(1, { sessionId: 'session-2' });
    await observer.untilEnded(2);
    fake.teardown('session-1');
    fake.teardown('unknown');
    const ended = await observer.until(({ sessions }) => sessions.find(({ endedAtMs }) => endedAtMs !== undefined));
    expect(ended).toMatchObject({
      id: 'session-1',
      manifestId: 'manifest',
      segments: 1,
      failed: 0,
      profiles: ['P360p30fps16x9'],
    });
    expect(ended.realtimeFactor).toBeGreaterThan(0);
    expect(transcoder.ended).toEqual(['session-1']);
  });

  test('a session without a segment for long enough is ended by itself', async () => {
    const fake = await orchestrator();
    const { observer, transcoder } = await client(fake, new StubTranscoder(), { sessionIdleMs: 200 });
    await observer.untilLink('registered');
    fake.task(0);
    await observer.until(({ sessions }) => sessions.some(({ endedAtMs }) => endedAtMs !== undefined));
    expect(transcoder.ended).toEqual(['session-1']);
  });
});

describe('draining', () => {
  test('ends the registration at once, lets what runs finish and post, then is paused; resume registers again', async () => {
    const fake = await orchestrator();
    let finish = () => {};
    const work = async (job: Parameters<typeof stubResult>[0]) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return stubResult(job);
    };
    const { client: role, observer, transcoder } = await client(fake, new StubTranscoder({ work }));
    await observer.untilLink('registered');
    fake.task(0);
    await observer.until(({ segments }) => segments.some(({ state }) => state === 'transcoding'));
    expect(role.inFlight).toBe(1);
    let drained = false;
    const draining = role.drain(AbortSignal.timeout(10_000)).then(() => {
      drained = true;
    });
    await fake.untilGone();
    expect(observer.link?.state).toBe('closed');
    expect(drained).toBe(false);
    finish();
    await draining;
    expect(role.inFlight).toBe(0);
    expect(await received((await fake.untilResults(1))[0])).toHaveLength(1);
    expect(transcoder.jobs).toHaveLength(1);
    // The orchestrator gives the session to others.
    expect(transcoder.ended).toEqual(['session-1']);
    await role.resume();
    await fake.untilRegistrations(2);
    await observer.untilLink('registered');
  });

  test('the registration is kept for a segment that is just due, so that none is lost on the wire', async () => {
    const fake = await orchestrator();
    const { client: role, observer } = await client(fake);
    await observer.untilLink('registered');
    const pace = 300;
    fake.task(0);
    await new Promise((resolve) => setTimeout(resolve, pace));
    fake.task(1);
    await observer.untilEnded(2);
    await new Promise((resolve) => setTimeout(resolve, pace - 100));
    const drained = role.drain(AbortSignal.timeout(10_000));
    await new Promise((resolve) => setTimeout(resolve, 100));
    fake.task(2);
    await drained;
    expect(observer.ended.map(({ state }) => state)).toEqual(['done', 'done', 'done']);
    await fake.untilGone();
  });

  test('resume in the middle of a drain goes on at once', async () => {
    const fake = await orchestrator();
    let finish = () => {};
    const work = async (job: Parameters<typeof stubResult>[0]) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return stubResult(job);
    };
    const { client: role, observer } = await client(fake, new StubTranscoder({ work }));
    await observer.untilLink('registered');
    fake.task(0);
    await observer.until(({ segments }) => segments.some(({ state }) => state === 'transcoding'));
    const draining = role.drain(AbortSignal.timeout(10_000));
    await fake.untilGone();
    await role.resume();
    finish();
    await draining;
    await fake.untilRegistrations(2);
    await observer.untilLink('registered');
    expect(fake.results).toHaveLength(1);
  });

  test('a drain that takes too long is given up with its reason, and still finishes later', async () => {
    const fake = await orchestrator();
    const work = async (job: Parameters<typeof stubResult>[0]) => {
      await new Promise((resolve) => setTimeout(resolve, 400));
      return stubResult(job);
    };
    const { client: role, observer } = await client(fake, new StubTranscoder({ work }));
    await observer.untilLink('registered');
    fake.task(0);
    await observer.until(({ segments }) => segments.some(({ state }) => state === 'transcoding'));
    await expect(role.drain(AbortSignal.timeout(50))).rejects.toThrow(/timeout/i);
    await fake.untilResults(1);
  });

  test('draining while waiting for the next attempt ends the attempts', async () => {
    const fake = await FakeOrchestrator.start();
    const { client: role, observer } = await client(fake);
    await fake[Symbol.asyncDispose]();
    await observer.untilLink('waiting');
    await role.drain(AbortSignal.timeout(1000));
    const count = observer.links.length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(observer.links).toHaveLength(count);
    expect(observer.link?.state).toBe('closed');
  });

  test('disposal tells the orchestrator about what it interrupts', async () => {
    const fake = await orchestrator();
    const work = (_job: unknown, { signal }: { readonly signal?: AbortSignal }) =>
      new Promise<never>((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    const { client: role, observer } = await client(fake, new StubTranscoder({ work }));
    await observer.untilLink('registered');
    fake.task(0);
    await observer.until(({ segments }) => segments.some(({ state }) => state === 'transcoding'));
    await role[Symbol.asyncDispose]();
    expect(errorText(fake.results[0])).toBe('TranscoderStopped');
    expect(observer.ended[0]).toMatchObject({ state: 'failed', error: { code: 'aborted' } });
    expect(observer.sessions.at(-1)?.endedAtMs).toBeDefined();
  });
});
