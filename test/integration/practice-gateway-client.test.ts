import http2 from 'node:http2';
import https from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../engine/base/clock.ts';
import { Disposables } from '../../engine/base/disposables.ts';
import { Orchestrator, type OrchestratorParameters } from '../../engine/orchestrator/orchestrator.ts';
import { GatewayClient } from '../../engine/practice/gateway-client.ts';
import type { StreamSegment } from '../../engine/practice/gateway-port.ts';
import { HttpOrigin } from '../../engine/practice/http-origin.ts';
import { OrchestratorAddressSchema } from '../../engine/wire/address.ts';
import { CAPABILITY, createCapabilities } from '../../engine/wire/capabilities.ts';
import { jobRequirements } from '../../engine/wire/job-requirements.ts';
import { PRESETS } from '../../engine/wire/presets.ts';
import { createCertificate } from '../../engine/wire/tls.ts';
import { eventually, FakeTranscoder, type FakeTranscoderParameters, fakeTs } from '../support/fake-transcoder.ts';
import { freePort } from '../support/go-livepeer.ts';

const SECRET = 'a secret';
const PROFILES = ['P240p30fps16x9', 'P144p30fps16x9'].flatMap((name) => PRESETS.get(name) ?? []);
const NUMBERS = jobRequirements({ source: { codec: 'h264', pixelFormat: 'yuv420p' }, profiles: PROFILES });

let owned = new Disposables();
afterEach(async () => {
  await owned[Symbol.asyncDispose]();
  owned = new Disposables();
});

async function orchestrator(parameters: Partial<OrchestratorParameters> = {}): Promise<Orchestrator> {
  const started = owned.use(new Orchestrator({ secret: SECRET, ...parameters }));
  await started.start();
  return started;
}

async function join(to: Orchestrator, parameters: Partial<FakeTranscoderParameters> = {}): Promise<FakeTranscoder> {
  const before = to.status().transcoders.length;
  const serviceUri = parameters.serviceUri ?? to.serviceUri;
  const fake = owned.use(new FakeTranscoder({ secret: SECRET, capacity: 4, ...parameters, serviceUri }));
  await eventually(() => to.status().transcoders.length > before, 'a registration', 30_000);
  return fake;
}

function client(uri: string, clock: Clock = systemClock): GatewayClient {
  return owned.use(new GatewayClient({ address: OrchestratorAddressSchema.parse(uri), clock }));
}

function segment(seq: number, parameters: Partial<StreamSegment> = {}): StreamSegment {
  return {
    sessionId: 'stream',
    manifestId: 'manifest',
    seq: BigInt(seq),
    // Deadlines grow with it, and a busy machine needs them.
    durationMs: 20_000,
    profiles: PROFILES,
    capabilities: createCapabilities({ numbers: NUMBERS }),
    data: fakeTs(100),
    ...parameters,
  };
}

const soon = () => AbortSignal.timeout(50_000);

function sessionsOf({ tasks }: FakeTranscoder): Array<string | undefined> {
  return tasks.map(({ segData }) => segData?.authToken?.sessionId);
}

describe('a gateway’s client of an orchestrator', () => {
  test('gets a session, sends segments in it, fetches the renditions, and ends it', async () => {
    const orch = await orchestrator();
    const fake = await join(orch);
    const gateway = client(orch.serviceUri);
    for (const seq of [0, 1, 2]) {
      const { renditions } = await gateway.submit(segment(seq), soon());
      expect(renditions.map(({ name, pixels, data }) => [name, pixels, data.length])).toEqual([
        ['P240p30fps16x9', 426 * 240, 1880],
        ['P144p30fps16x9', 256 * 144, 1880],
      ]);
    }
    expect(fake.downloads.map((data) => Buffer.compare(data, fakeTs(100)))).toEqual([0, 0, 0]);
    expect(new Set(sessionsOf(fake)).size).toBe(1);
    expect(sessionsOf(fake)[0]).toMatch(/^[0-9a-f]{8}$/);
    await gateway[Symbol.asyncDispose]();
    await eventually(() => fake.teardowns.length === 1, 'the teardown', 30_000);
    expect(fake.teardowns).toEqual([sessionsOf(fake)[0]]);
    expect(orch.status().sessions).toEqual([]);
  });

  test('many streams at once each have a session of their own', async () => {
    const orch = await orchestrator();
    const fake = await join(orch, { capacity: 20 });
    const gateway = client(orch.serviceUri);
    const streams = Array.from({ length: 20 }, (_, index) =>
      gateway.submit(segment(0, { sessionId: `s${index}`, data: fakeTs(1_000 + index) }), soon()),
    );
    expect((await Promise.all(streams)).every(({ renditions }) => renditions.length === 2)).toBe(true);
    expect(new Set(sessionsOf(fake)).size).toBe(20);
    expect(fake.downloads.map((data) => data.length / 188 - 1_000).sort((a, b) => a - b)).toEqual(
      streams.map((_, index) => index),
    );
  });

  test('without a transcoder it is turned away before it uploads anything', async () => {
    const orch = await orchestrator();
    await expect(client(orch.serviceUri).submit(segment(0), soon())).rejects.toMatchObject({
      code: 'busy',
      details: { wireText: 'OrchestratorCapped', streamFault: false },
    });
    expect(orch.status().sessions).toEqual([]);
  });

  test('an orchestrator that cannot decode the stream is not used', async () => {
    const orch = await orchestrator();
    await join(orch);
    const capabilities = createCapabilities({ numbers: [...NUMBERS, CAPABILITY.hevcDecode] });
    await expect(client(orch.serviceUri).submit(segment(0, { capabilities }), soon())).rejects.toMatchObject({
      code: 'no-transcoder',
      message: expect.stringContaining('cannot do what this stream asks for'),
    });
    expect(orch.status().sessions).toEqual([]);
  });

  test('a stream’s own fault keeps the session, any other failure drops it', async () => {
    const orch = await orchestrator();
    const errors = ['TranscoderInvalidVideo', 'disk full'];
    const fake = await join(orch, { react: ({ segData }) => ({ error: errors[Number(segData?.seq)] ?? 'none' }) });
    const gateway = client(orch.serviceUri);
    await expect(gateway.submit(segment(0), soon())).rejects.toMatchObject({
      code: 'transcoder-failed',
      details: { wireText: 'TranscoderInvalidVideo', streamFault: true },
    });
    await expect(gateway.submit(segment(1), soon())).rejects.toMatchObject({
      code: 'transcoder-failed',
      details: { wireText: 'disk full', streamFault: false },
    });
    await expect(gateway.submit(segment(2), soon())).rejects.toThrow();
    const [first, second, third] = sessionsOf(fake);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  test('a token about to expire is renewed, and the old session ended; one that expired long ago too', async () => {
    let aheadMs = 0;
    const clock: Clock = { ...systemClock, nowMs: () => systemClock.nowMs() + aheadMs };
    const orch = await orchestrator();
    const fake = await join(orch);
    const gateway = client(orch.serviceUri, clock);
    await gateway.submit(segment(0), soon());
    aheadMs = (1_800 - 200) * 1_000;
    await gateway.submit(segment(1), soon());
    aheadMs = (1_800 - 170) * 1_000;
    await gateway.submit(segment(2), soon());
    const [first, second, third] = sessionsOf(fake);
    expect(second).toBe(first);
    expect(third).not.toBe(second);
    await eventually(() => fake.teardowns.includes(first ?? ''), 'the end of the old session', 30_000);
    expect(orch.status().sessions.map(({ sessionId }) => sessionId)).toEqual([third]);
  });

  test('a full orchestrator that gives no new session keeps serving the old one until it expires', async () => {
    let aheadMs = 0;
    const clock: Clock = { ...systemClock, nowMs: () => systemClock.nowMs() + aheadMs };
    const orch = await orchestrator({ maxSessions: 1 });
    const fake = await join(orch);
    const gateway = client(orch.serviceUri, clock);
    await gateway.submit(segment(0), soon());
    aheadMs = (1_800 - 100) * 1_000;
    await gateway.submit(segment(1), soon());
    expect(new Set(sessionsOf(fake)).size).toBe(1);
    aheadMs = 1_900_000;
    await expect(gateway.submit(segment(2), soon())).rejects.toMatchObject({ code: 'busy' });
    // The old session was ended on that occasion, so there is room now.
    await gateway.submit(segment(2), soon());
    expect(new Set(sessionsOf(fake)).size).toBe(2);
  });

  test('refused in the middle of a large upload, it hears why, and goes on with a new session', async () => {
    const port = await freePort();
    const first = new Orchestrator({ secret: SECRET, port });
    await first.start();
    await join(first);
    const gateway = client(first.serviceUri);
    await gateway.submit(segment(0), soon());
    await first[Symbol.asyncDispose]();
    // Its key is another one now: the token is worth nothing.
    const second = await orchestrator({ port });
    await join(second);
    const data = fakeTs(150_000);
    await expect(gateway.submit(segment(1, { data }), soon())).rejects.toMatchObject({
      details: { wireText: 'invalid auth token', status: 403 },
    });
    expect((await gateway.submit(segment(1, { data }), soon())).renditions).toHaveLength(2);
  });

  test('an orchestrator behind an HTTP/1.1 proxy is spoken to in HTTP/1.1', async () => {
    const versions: string[] = [];
    let target = '';
    const proxy = await listen(
      https.createServer({ ...createCertificate('127.0.0.1') }, (request, response) => {
        versions.push(`${request.method} ${request.httpVersion}`);
        const { host: _host, connection: _connection, ...headers } = request.headers;
        const options = { method: request.method ?? 'GET', headers, rejectUnauthorized: false };
        const forward = https.request(new URL(request.url ?? '/', target), options, (answer) => {
          response.writeHead(answer.statusCode ?? 502);
          answer.pipe(response);
        });
        request.pipe(forward);
      }),
    );
    const port = await freePort();
    const orch = await orchestrator({ port, serviceUri: `https://127.0.0.1:${proxy}` });
    target = `https://127.0.0.1:${port}`;
    await join(orch, { serviceUri: target });
    // Discovery at the orchestrator itself, work at the address it names.
    const { renditions } = await client(target).submit(segment(0), soon());
    expect(renditions).toHaveLength(2);
    expect(versions.filter((version) => version.startsWith('POST'))).toEqual(['POST 1.1']);
    // The transcoder's download of the source and the gateway's two of renditions.
    expect(versions.filter((version) => version === 'GET 1.1').length).toBe(3);
  });

  test('an orchestrator that is not there is said to be unreachable', async () => {
    const port = await freePort();
    await expect(client(`https://127.0.0.1:${port}`).submit(segment(0), soon())).rejects.toMatchObject({
      code: 'orchestrator-unreachable',
    });
  });

  test('stopping does not wait for an orchestrator that is silent', async () => {
    const orch = await orchestrator();
    await join(orch, { react: () => 'ignore' });
    const gateway = client(orch.serviceUri);
    const stop = new AbortController();
    const waiting = gateway.submit(segment(0), stop.signal);
    await eventually(() => orch.inFlight === 1, 'the segment to arrive', 30_000);
    const reason = new Error('enough');
    stop.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });
});

describe('the gateway’s HTTP connections', () => {
  const request = { method: 'POST', path: '/segment', timeoutMs: 10_000, maxBytes: 1_000, body: fakeTs(1) } as const;

  test('headers that do not come in time end the request', async () => {
    const port = await listen(http2.createSecureServer({ ...createCertificate('127.0.0.1') }, () => {}));
    const origin = owned.use(new HttpOrigin(`https://127.0.0.1:${port}`));
    await expect(origin.request({ ...request, headersTimeoutMs: 100, signal: soon() })).rejects.toMatchObject({
      code: 'upload-timeout',
    });
  });

  test('an answer that does not end in time ends the request, and one that is too long does too', async () => {
    const port = await listen(
      http2.createSecureServer({ ...createCertificate('127.0.0.1') }, (incoming, response) => {
        response.writeHead(200);
        response.write(incoming.url === '/long' ? Buffer.alloc(2_000) : 'begins');
      }),
    );
    const origin = owned.use(new HttpOrigin(`https://127.0.0.1:${port}`));
    const times = { headersTimeoutMs: 5_000, signal: soon() };
    await expect(origin.request({ ...request, ...times, timeoutMs: 300 })).rejects.toMatchObject({ code: 'timeout' });
    await expect(origin.request({ ...request, ...times, path: '/long' })).rejects.toMatchObject({ code: 'download-too-large' });
  });

  test('after the connection broke, the next request makes a new one', async () => {
    let requests = 0;
    const port = await listen(
      http2.createSecureServer({ ...createCertificate('127.0.0.1') }, (incoming, response) => {
        requests += 1;
        if (requests === 1) incoming.socket.destroy();
        else response.end('well');
      }),
    );
    const origin = owned.use(new HttpOrigin(`https://127.0.0.1:${port}`));
    const times = { headersTimeoutMs: 5_000, signal: soon() };
    await expect(origin.request({ ...request, ...times })).rejects.toMatchObject({ code: 'orchestrator-closed' });
    expect(await origin.request({ ...request, ...times })).toMatchObject({ status: 200, httpVersion: '2' });
  });

  test('a peer that takes connections but speaks no TLS is given up after 2 s', async () => {
    const server = createServer(() => {});
    const port = await listen(server as never);
    const origin = owned.use(new HttpOrigin(`https://127.0.0.1:${port}`));
    await expect(origin.request({ ...request, headersTimeoutMs: 9_000, signal: soon() })).rejects.toMatchObject({
      code: 'orchestrator-unreachable',
      message: expect.stringContaining('no TLS within 2 s'),
    });
  });
});

/** Listens on a free port until the test is over. */
async function listen(server: https.Server | http2.Http2SecureServer): Promise<number> {
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket: { destroy(): void }) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  owned.defer(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
