import { randomBytes } from 'node:crypto';
import { create, fromBinary } from '@bufbuild/protobuf';
import { afterEach, describe, expect, test } from 'vitest';
import { Disposables } from '../../engine/base/disposables.ts';
import { Orchestrator, type OrchestratorParameters } from '../../engine/orchestrator/orchestrator.ts';
import { createCapabilities, fromBitstring } from '../../engine/wire/capabilities.ts';
import {
  AuthTokenSchema,
  Capabilities_ConstraintsSchema,
  HardwareInformationSchema,
  type NotifySegment,
  type OrchestratorInfo,
  PaymentResultSchema,
} from '../../engine/wire/gen/net/lp_rpc_pb.js';
import { encodeResults } from '../../engine/wire/transcode-results.ts';
import { download, eventually, FakeTranscoder, type FakeTranscoderParameters, fakeTs } from '../support/fake-transcoder.ts';
import { WIRE_PROFILE, WireGateway } from '../support/wire-gateway.ts';

const SECRET = randomBytes(16).toString('hex');
const DATA = randomBytes(40_000);

let owned = new Disposables();
afterEach(async () => {
  await owned[Symbol.asyncDispose]();
  owned = new Disposables();
});

interface Bench {
  readonly o: Orchestrator;
  readonly gateway: WireGateway;
}

async function bench(
  parameters: Partial<OrchestratorParameters> = {},
  transcoder: Partial<FakeTranscoderParameters> | null = {},
): Promise<Bench> {
  const o = owned.use(new Orchestrator({ secret: SECRET, ...parameters }));
  await o.start();
  if (transcoder) {
    owned.use(new FakeTranscoder({ serviceUri: o.serviceUri, secret: SECRET, ...transcoder }));
    await eventually(() => o.transcoders.members.length === 1, 'the registration');
  }
  return { o, gateway: owned.use(new WireGateway(o.serviceUri)) };
}

function withToken(info: OrchestratorInfo, changes: { readonly sessionId?: string; readonly expiration?: bigint }) {
  const { sessionId = '', expiration = 0n, token = new Uint8Array(0) } = info.authToken ?? {};
  return { authToken: create(AuthTokenSchema, { sessionId, expiration, token, ...changes }) };
}

describe('a gateway that asks for work', () => {
  test('is told everything it needs for a session', async () => {
    const { o, gateway } = await bench({ nodes: ['https://two.example:8935'] }, { capabilities: [0, 12, 15] });
    const before = Math.floor(Date.now() / 1000);
    const info = await gateway.discover();
    expect(info).toMatchObject({ transcoder: o.serviceUri, nodes: ['https://two.example:8935'], storage: [] });
    expect(info.priceInfo).toBeUndefined();
    expect(info.ticketParams).toBeUndefined();
    expect([...info.address]).toEqual(new Array(20).fill(0));
    expect(info.authToken?.sessionId).toMatch(/^[0-9a-f]{8}$/);
    expect(info.authToken?.token).toHaveLength(32);
    expect(Number(info.authToken?.expiration) - before - 1800).toBeLessThanOrEqual(2);
    // The default set and what the transcoder adds.
    expect(fromBitstring(info.capabilities?.bitstring ?? [])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 26]);
    expect(info.capabilities?.capacities).toMatchObject({ 0: 2, 12: 2, 15: 1 });
    expect(info.capabilities?.version).toBe('0.9.1');
  });

  test('gets another session each time, and each is good', async () => {
    const { gateway } = await bench();
    const [one, two] = [await gateway.discover(), await gateway.discover()];
    expect(one.authToken?.sessionId).not.toBe(two.authToken?.sessionId);
    expect((await gateway.segment(two, DATA)).result.case).toBe('data');
  });

  test.each([1, 2] as const)('sends a segment over HTTP/%i and fetches its renditions', async (http) => {
    const { gateway } = await bench();
    const info = await gateway.discover();
    const profiles = [WIRE_PROFILE, { ...WIRE_PROFILE, name: 'small', container: 'mp4' as const }];
    const result = await gateway.segment(info, DATA, { seq: 7n, profiles }, http);
    expect(result.seq).toBe(7n);
    expect(result.info?.authToken).toEqual(info.authToken);
    if (result.result.case !== 'data') throw new Error(String(result.result.value));
    const { segments, sig } = result.result.value;
    expect(sig).toHaveLength(0);
    const base = `${info.transcoder}/stream/${info.authToken?.sessionId}`;
    expect(segments.map(({ url }) => url)).toEqual([`${base}/240p/7.ts`, `${base}/small/7.mp4`]);
    expect(segments.map(({ pixels }) => pixels)).toEqual([426n * 240n, 426n * 240n]);
    const first = await download(segments[0]?.url ?? '');
    expect(first).toMatchObject({ status: 200 });
    expect(first.body).toHaveLength(1880);
    expect(first.headers['content-type']).toBe('video/mp2t');
  });

  test('ends its session: what it holds is gone at once', async () => {
    const { o, gateway } = await bench();
    const info = await gateway.discover();
    const result = await gateway.segment(info, DATA);
    const url = result.result.case === 'data' ? result.result.value.segments[0]?.url : '';
    expect(o.status().sessions).toHaveLength(1);
    await gateway.rpc.endTranscodingSession({ authToken: info.authToken });
    expect(o.status().sessions).toHaveLength(0);
    expect((await download(url ?? '')).status).toBe(404);
    await expect(gateway.rpc.endTranscodingSession(withToken(info, { sessionId: 'ffffffff' }))).rejects.toMatchObject({
      code: 2,
      rawMessage: 'Invalid auth token',
    });
    await expect(gateway.rpc.endTranscodingSession({})).rejects.toMatchObject({ rawMessage: 'Invalid auth token' });
  });

  test('pays nothing off-chain: /payment echoes its token', async () => {
    const { gateway } = await bench();
    const info = await gateway.discover();
    const { status, body } = await gateway.post('/payment', gateway.headers(info, DATA), new Uint8Array(0));
    expect(status).toBe(200);
    const answered = fromBinary(PaymentResultSchema, new Uint8Array(body)).info;
    expect(answered?.authToken).toEqual(info.authToken);
    expect(answered?.transcoder).toBe(info.transcoder);
  });

  test('is turned away while no transcoder is there, unless a session limit was set', async () => {
    const { gateway } = await bench({}, null);
    const capped = { code: 2, rawMessage: 'Invalid orchestrator request: OrchestratorCapped' };
    await expect(gateway.discover()).rejects.toMatchObject(capped);
    const { gateway: other } = await bench({ maxSessions: 3 }, null);
    const result = await other.segment(await other.discover(), DATA);
    expect(result.result).toMatchObject({ case: 'error', value: 'no transcoders available' });
    expect(result.info?.transcoder).toBe(other.serviceUri);
  });

  test('is answered a ping with an empty signature off-chain', async () => {
    const { gateway } = await bench();
    expect((await gateway.rpc.ping({ value: randomBytes(32) })).value).toHaveLength(0);
  });
});

describe('what the status tells', () => {
  test('sessions with their gateway, stream and transcoder, and what transcoders can do', async () => {
    const { o, gateway } = await bench({}, { capabilities: [0, 1, 12] });
    const info = await gateway.discover();
    await gateway.segment(info, DATA, { capabilities: createCapabilities({ numbers: [12] }) });
    await gateway.segment(info, DATA, { seq: 1n });
    const { sessions, transcoders, capabilities, maxSessions, onChain } = o.status();
    expect(sessions).toMatchObject([
      { sessionId: info.authToken?.sessionId, manifestId: 'stream', gateway: '127.0.0.1', segments: 2, failed: 0, pending: 0 },
    ]);
    expect(sessions[0]?.transcoder).toBe(transcoders[0]?.id);
    expect(transcoders[0]).toMatchObject({ capabilities: ['H.264', 'MPEG-TS', 'auth token'], sessions: 1, segments: 2 });
    expect(capabilities).toContain('MPEG-7 signature');
    expect({ maxSessions, onChain }).toEqual({ maxSessions: 2, onChain: false });
  });

  test('why no work comes: strangers that were refused are no failures of ours', async () => {
    const { o, gateway } = await bench({ maxSessions: 1 }, null);
    await gateway.post('/segment', {}, DATA);
    const unreachable = { state: 'unreachable', text: 'Nobody answers.', checkedAtMs: 1 } as const;
    const verdicts = Object.fromEntries(o.whyNoWork(unreachable).map(({ id, ok }) => [id, ok]));
    expect(verdicts).toEqual({
      'active-set': null,
      reachability: false,
      capabilities: false,
      sessions: true,
      price: null,
      version: true,
      failures: true,
    });
    expect(o.status().recentErrors).toMatchObject([{ text: '/segment was refused with 403: missing auth token', count: 1 }]);
  });
});

test('perceptual hashes lie beside their renditions', async () => {
  const react = async (task: NotifySegment, fake: FakeTranscoder) => {
    const rendition = { container: 'mpegts' as const, pixels: 5, data: fakeTs(3), signature: Buffer.from('a hash') };
    await fake.post(task.taskId, encodeResults([rendition]));
    return 'ignore' as const;
  };
  const { gateway } = await bench({}, { react });
  const { result } = await gateway.segment(await gateway.discover(), DATA, { perceptualHash: true, seq: 2n });
  if (result.case !== 'data') throw new Error(String(result.value));
  const url = result.value.segments[0]?.perceptualHashUrl ?? '';
  expect(url).toMatch(/\/240p\/2\.ts\.phash$/);
  expect(Buffer.from((await download(url)).body).toString()).toBe('a hash');
});

test('general questions are told the hardware, jobs are not; live video finds no room', async () => {
  const hardware = [create(HardwareInformationSchema, { pipeline: 'transcode', modelId: 'x' })];
  const { gateway } = await bench({ hardware: () => hardware });
  expect((await gateway.discover()).hardware).toEqual(hardware);
  const capabilities = createCapabilities({ numbers: [0, 12] });
  expect((await gateway.rpc.getOrchestrator({ capabilities })).hardware).toEqual([]);
  capabilities.constraints = create(Capabilities_ConstraintsSchema, { PerCapability: { 35: { models: { any: {} } } } });
  const capped = { rawMessage: 'Invalid orchestrator request: OrchestratorCapped' };
  await expect(gateway.rpc.getOrchestrator({ capabilities })).rejects.toMatchObject(capped);
  expect((await gateway.rpc.getOrchestrator({ capabilities, ignoreCapacityCheck: true })).transcoder).toBe(gateway.serviceUri);
});

test('/healthz and /discovery answer as a node without live runners', async () => {
  const { gateway } = await bench();
  const healthy = await gateway.post('/healthz', {}, new Uint8Array(0));
  expect([healthy.status, healthy.body.length]).toEqual([200, 0]);
  const { status, body } = await download(`${gateway.serviceUri}/discovery`);
  expect([status, Buffer.from(body).toString()]).toEqual([404, 'live runners are not supported\n']);
});

test('a job that no transcoder can do is refused before its body', async () => {
  const { gateway } = await bench();
  const info = await gateway.discover();
  const headers = gateway.headers(info, DATA, { capabilities: createCapabilities({ numbers: [12, 16] }) });
  const answer = await gateway.post('/segment', headers, DATA);
  expect([answer.status, String(answer.body)]).toEqual([403, 'incompatible capabilities\n']);
});
