import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Backoff } from '../../engine/base/backoff.ts';
import { Disposables } from '../../engine/base/disposables.ts';
import { TranscoderClient, type TranscoderClientOptions } from '../../engine/transcoder/client.ts';
import { OrchestratorAddressSchema } from '../../engine/wire/address.ts';
import { createCertificate } from '../../engine/wire/tls.ts';
import { endGrpc, FakeOrchestrator, type FakeOrchestratorOptions } from '../support/fake-orchestrator.ts';
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

async function client(address: string, options: Partial<TranscoderClientOptions> = {}) {
  const observer = new RecordingObserver();
  const transcoder = new StubTranscoder();
  const made = owned.use(
    new TranscoderClient({
      address: OrchestratorAddressSchema.parse(address),
      secret: 's3cret',
      transcoder,
      observer,
      backoff: new Backoff({ initialMs: 20, factor: 1.5, maxMs: 200, jitter: 0.5 }),
      registration: { dialTimeoutMs: 500 },
      ...options,
    }),
  );
  await made.start();
  return { client: made, observer, transcoder: options.transcoder ?? transcoder };
}

/** A server that does one thing to every connection. */
async function server(onSocket: (socket: Socket) => void, secure: 'plain' | 'tls-h2' = 'plain'): Promise<string> {
  const sockets = new Set<Socket>();
  const handle = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onSocket(socket);
  };
  const made =
    secure === 'plain'
      ? net.createServer(handle)
      : tls.createServer({ ...createCertificate('127.0.0.1'), ALPNProtocols: ['h2'] }, (socket: TLSSocket) => handle(socket));
  made.listen(0, '127.0.0.1');
  await once(made, 'listening');
  owned.defer(() => {
    for (const socket of sockets) socket.destroy();
    made.close();
  });
  return `127.0.0.1:${(made.address() as AddressInfo).port}`;
}

describe('an orchestrator that cannot be reached or is none', () => {
  /** The error that the first failed attempt is told with, after a second attempt has shown that it goes on. */
  async function firstError(address: string, options: Partial<TranscoderClientOptions> = {}) {
    const { observer } = await client(address, options);
    await observer.until(({ links }) => links.filter(({ state }) => state === 'waiting').length >= 2);
    return observer.links.find(({ state }) => state === 'waiting')?.error;
  }

  test('absent: refused', async () => {
    const address = await server(() => {});
    const { port } = OrchestratorAddressSchema.parse(address);
    await owned[Symbol.asyncDispose]();
    owned = new Disposables();
    const error = await firstError(`127.0.0.1:${port}`);
    expect(error).toMatchObject({ code: 'orchestrator-unreachable', message: expect.stringContaining('Nothing listens at') });
    expect(error?.nextStep).toContain('orchestrator runs');
  });

  test('absent: no such name', async () => {
    const { observer } = await client('no-such-orchestrator.invalid');
    const link = await observer.untilLink('waiting');
    expect(link.error).toMatchObject({ code: 'orchestrator-unreachable' });
    expect(link.error?.message).toMatch(/cannot be found|did not answer/);
  });

  test('speaks plain HTTP instead of TLS', async () => {
    const error = await firstError(await server((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\nno TLS here')));
    expect(error).toMatchObject({ code: 'orchestrator-no-tls', message: expect.stringContaining('does not speak TLS') });
  });

  test('accepts and says nothing', async () => {
    const error = await firstError(await server(() => {}));
    expect(error).toMatchObject({ code: 'orchestrator-no-tls', message: expect.stringContaining('within 0.5 s') });
  });

  test('accepts and hangs up', async () => {
    const error = await firstError(await server((socket) => socket.destroy()));
    expect(error).toMatchObject({ code: 'orchestrator-no-tls', message: expect.stringContaining('before TLS was agreed') });
  });

  test('speaks TLS but only HTTP/1.1', async () => {
    const error = await firstError(String((await orchestrator({ http1Only: true })).address.uri));
    expect(error).toMatchObject({ code: expect.stringMatching(/^orchestrator-(nonsense|no-tls)$/) });
  });

  test('agrees on HTTP/2 and then sends noise', async () => {
    const error = await firstError(await server((socket) => socket.write('x'.repeat(10_000)), 'tls-h2'));
    expect(error?.code).toMatch(/^orchestrator-(closed|nonsense)$/);
  });

  test('agrees on HTTP/2 and then is silent: its pings tell', async () => {
    const error = await firstError(await server(() => {}, 'tls-h2'), {
      registration: { pingIntervalMs: 100, pingTimeoutMs: 200 },
    });
    expect(error?.code).toBe('orchestrator-closed');
  });

  test.each([
    ['a web page', 200, 'text/html', '<html>', /content type/i],
    ['404', 404, 'text/plain', 'not here', /404|unimplemented/i],
    ['502', 502, 'text/html', '<html>', /502|html|content|unavailable/i],
  ])('answers the registration with %s', async (_name, status, type, body, text) => {
    const fake = await orchestrator({
      onGrpc: (call) => {
        call.writeHead(status, { 'content-type': type });
        call.end(body);
        return true;
      },
    });
    const error = await firstError(fake.address.uri);
    expect(error).toMatchObject({ code: expect.stringMatching(/^orchestrator-(nonsense|closed)$/) });
    if (error?.code === 'orchestrator-nonsense') expect(error.message).toMatch(text);
  });

  test('does not know the registration service', async () => {
    const fake = await orchestrator({
      onGrpc: (call) => {
        endGrpc(call, 12, 'unknown service net.Transcoder');
        return true;
      },
    });
    const error = await firstError(fake.address.uri);
    expect(error).toMatchObject({
      code: 'orchestrator-nonsense',
      message: expect.stringContaining('unknown service net.Transcoder'),
    });
    expect(error?.nextStep).toContain('-transcoder');
  });

  test.each([
    ['bytes that are no message', Buffer.from([0, 0, 0, 0, 3, 255, 255, 255])],
    ['a message longer than any', Buffer.from([0, 0x7f, 0xff, 0xff, 0xff])],
    ['half a message', Buffer.from([0, 0, 0, 0, 100, 1])],
  ])('sends %s as a notice', async (_name, bytes) => {
    const fake = await orchestrator({
      onRegister: (call) => {
        call.writeHead(200, { 'content-type': 'application/grpc' });
        call.write(bytes);
        setTimeout(() => endGrpc(call, 0, ''), 50);
        return true;
      },
    });
    const error = await firstError(fake.address.uri);
    expect(error?.code).toMatch(/^orchestrator-(nonsense|closed)$/);
  });

  test('says something unknown when it ends the registration: its words are shown, made safe', async () => {
    const fake = await orchestrator({
      onRegister: (call) => {
        endGrpc(call, 2, `we are full${'!'.repeat(500)}`);
        return true;
      },
    });
    const error = await firstError(fake.address.uri);
    expect(error).toMatchObject({ code: 'orchestrator-closed', message: expect.stringContaining('we are full!!') });
    expect(error?.message.length).toBeLessThan(400);
  });
});

describe('results that are not taken', () => {
  test('the post is never answered: given up at the deadline, and the next segment goes through', async () => {
    let first = true;
    const fake = await orchestrator({
      onResult: () => {
        const hang = first;
        first = false;
        return hang;
      },
    });
    // Most of the task's 8 s are used up by the codec; the post then has its minimum of 2 s.
    const work = async (job: Parameters<typeof stubResult>[0]) => {
      if (job.seq === 0) await new Promise((resolve) => setTimeout(resolve, 7000));
      return stubResult(job);
    };
    const { observer } = await client(fake.address.uri, { transcoder: new StubTranscoder({ work }) });
    await observer.untilLink('registered');
    fake.task(0);
    const [failed] = await observer.untilEnded(1);
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'upload-timeout' }, seq: 0 });
    expect(failed?.hops.uploadMs).toBeLessThan(3000);
    fake.task(1);
    expect((await observer.untilEnded(2))[1]).toMatchObject({ state: 'done', seq: 1 });
  });

  test.each([
    [401, 'Unauthorized', /401 Unauthorized \(the secret was refused\)/],
    [500, 'multipart: NextPart: EOF', /500 multipart: NextPart: EOF/],
  ])('the post is refused with %i: told, and not tried again', async (status, text, message) => {
    const fake = await orchestrator({
      onResult: (_result, response) => {
        response.statusCode = status;
        response.end(text);
        return true;
      },
    });
    const { observer } = await client(fake.address.uri);
    await observer.untilLink('registered');
    fake.task(0);
    const [record] = await observer.untilEnded(1);
    expect(record).toMatchObject({ state: 'failed', error: { code: 'upload-failed', message: expect.stringMatching(message) } });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(fake.results).toHaveLength(1);
  });

  test('the connection breaks in the middle of a post: it is posted once more', async () => {
    let broken = 0;
    const fake = await orchestrator({
      onResultStart: (request) => {
        if (broken > 0) return false;
        broken += 1;
        request.once('data', () => request.socket.destroy());
        return true;
      },
    });
    const work = async (job: Parameters<typeof stubResult>[0]) => stubResult(job, Buffer.alloc(2_000_000));
    const { observer } = await client(fake.address.uri, { transcoder: new StubTranscoder({ work }) });
    await observer.untilLink('registered');
    fake.task(0);
    const [record] = await observer.untilEnded(1);
    expect(record?.state).toBe('done');
    expect(broken).toBe(1);
    expect(fake.results).toHaveLength(1);
    expect(fake.results[0]?.body.length).toBeGreaterThan(2_000_000);
  });

  test('the orchestrator is gone when the result is ready: failed after one more try', async () => {
    const fake = await FakeOrchestrator.start();
    let finish = () => {};
    const work = async (job: Parameters<typeof stubResult>[0]) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return stubResult(job);
    };
    const { observer } = await client(fake.address.uri, { transcoder: new StubTranscoder({ work }) });
    await observer.untilLink('registered');
    fake.task(0);
    await observer.until(({ segments }) => segments.some(({ state }) => state === 'transcoding'));
    await fake[Symbol.asyncDispose]();
    await observer.untilLink('waiting');
    finish();
    expect((await observer.untilEnded(1))[0]).toMatchObject({ state: 'failed', error: { code: 'upload-failed' } });
  });

  test('a lost registration does not lose the running task: it is posted before registering again', async () => {
    const fake = await orchestrator();
    let finish = () => {};
    const work = async (job: Parameters<typeof stubResult>[0]) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return stubResult(job);
    };
    const { observer } = await client(fake.address.uri, { transcoder: new StubTranscoder({ work }) });
    await observer.untilLink('registered');
    fake.task(0);
    await observer.until(({ segments }) => segments.some(({ state }) => state === 'transcoding'));
    fake.dropConnections();
    await observer.untilLink('waiting');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(fake.registrations).toHaveLength(1);
    finish();
    expect((await fake.untilResults(1))[0]?.taskId).toBe('0');
    await fake.untilRegistrations(2);
  });
});

describe('more work than agreed', () => {
  test('every task is answered, those too many with TranscoderBusy', async () => {
    const fake = await orchestrator();
    const finish: Array<() => void> = [];
    const work = async (job: Parameters<typeof stubResult>[0]) => {
      await new Promise<void>((resolve) => finish.push(resolve));
      return stubResult(job);
    };
    const { observer } = await client(fake.address.uri, { transcoder: new StubTranscoder({ sessions: 1, work }) });
    await observer.untilLink('registered');
    for (let task = 0; task < 400; task += 1) fake.task(task, { sessionId: `s${task % 50}` });
    const busy = await fake.untilResults(393);
    expect(new Set(busy.map(({ body }) => body.toString()))).toEqual(new Set(['TranscoderBusy']));
    await vi.waitFor(() => expect(finish).toHaveLength(7));
    for (const release of finish) release();
    await observer.untilEnded(400);
    expect(new Set(fake.results.map(({ taskId }) => taskId)).size).toBe(400);
    expect(observer.ended.filter(({ state }) => state === 'done')).toHaveLength(7);
  });

  test('memory set aside for segments is never passed', async () => {
    const fake = await orchestrator({ onSegment: (_request, response) => response.end(Buffer.alloc(600_000)) });
    const finish: Array<() => void> = [];
    const work = async (job: Parameters<typeof stubResult>[0]) => {
      await new Promise<void>((resolve) => finish.push(resolve));
      return stubResult(job);
    };
    const { observer } = await client(fake.address.uri, {
      transcoder: new StubTranscoder({ work }),
      maxBytesInFlight: 1_000_000,
    });
    await observer.untilLink('registered');
    fake.task(0);
    await vi.waitFor(() => expect(finish).toHaveLength(1));
    fake.task(1, { sessionId: 'session-2' });
    expect((await fake.untilResults(1))[0]?.body.toString()).toBe('TranscoderBusy');
    for (const release of finish) release();
    await observer.untilEnded(2);
    fake.task(2);
    await vi.waitFor(() => expect(finish).toHaveLength(2));
    finish[1]?.();
    expect((await observer.untilEnded(3))[2]?.state).toBe('done');
  });

  test('a transcode that never ends is given up in time to say so', async () => {
    const fake = await orchestrator();
    const given: number[] = [];
    const work = (_job: unknown, { signal, timeoutMs }: { readonly signal?: AbortSignal; readonly timeoutMs: number }) => {
      given.push(timeoutMs);
      return new Promise<never>((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    };
    const { observer } = await client(fake.address.uri, { transcoder: new StubTranscoder({ work }) });
    await observer.untilLink('registered');
    const started = performance.now();
    fake.task(0);
    const [result] = await fake.untilResults(1);
    expect(performance.now() - started).toBeLessThan(8000);
    expect(given[0]).toBeGreaterThan(7000);
    expect(given[0]).toBeLessThan(7501);
    expect(result?.body.toString()).toBe('The segment took longer than 7.5 s');
    expect((await observer.untilEnded(1))[0]?.error?.code).toBe('timeout');
  });
});
