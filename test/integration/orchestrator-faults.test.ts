import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { connect as connectHttp2, constants } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { create, fromBinary } from '@bufbuild/protobuf';
import { afterEach, describe, expect, test } from 'vitest';
import type { Clock } from '../../engine/base/clock.ts';
import { Disposables } from '../../engine/base/disposables.ts';
import { EngineError } from '../../engine/base/errors.ts';
import { createLog } from '../../engine/base/log.ts';
import { ETHEREUM_SIGNATURES } from '../../engine/orchestrator/identity.ts';
import { Orchestrator, type OrchestratorParameters } from '../../engine/orchestrator/orchestrator.ts';
import { OFFCHAIN_PAYMENTS } from '../../engine/payments/offchain.ts';
import type { Charge, Payments } from '../../engine/payments/payments.ts';
import { PriceBook } from '../../engine/payments/price-book.ts';
import { priceFromInfo } from '../../engine/payments/price-info.ts';
import { createCapabilities } from '../../engine/wire/capabilities.ts';
import { hashSignedBy, messageSignedBy, orchestratorRequestMessage } from '../../engine/wire/eth-signature.ts';
import {
  AuthTokenSchema,
  type OrchestratorInfo,
  PriceInfoSchema,
  type SegData,
  TicketParamsSchema,
  TranscodeResultSchema,
} from '../../engine/wire/gen/net/lp_rpc_pb.js';
import { segDataFromHeader, segDataToHeader } from '../../engine/wire/seg-data.ts';
import { keccak256, resultSignatureBytes, segmentSignatureBytes } from '../../engine/wire/signatures.ts';
import { download, eventually, FakeTranscoder, type FakeTranscoderParameters, fakeTs } from '../support/fake-transcoder.ts';
import { addressOf, signMessage, testSigner } from '../support/sign.ts';
import { paymentHeader, type RouteAnswer, WIRE_PROFILE, WireGateway } from '../support/wire-gateway.ts';

const SECRET = randomBytes(16).toString('hex');
const DATA = randomBytes(20_000);
const GATEWAY_KEY = new Uint8Array(32).fill(1);
const ORCHESTRATOR_KEY = new Uint8Array(32).fill(2);

let owned = new Disposables();
afterEach(async () => {
  await owned[Symbol.asyncDispose]();
  owned = new Disposables();
});

interface Bench {
  readonly o: Orchestrator;
  readonly gateway: WireGateway;
  readonly fake: FakeTranscoder;
}

async function bench(
  parameters: Partial<OrchestratorParameters> = {},
  transcoder: Partial<FakeTranscoderParameters> = {},
): Promise<Bench> {
  const o = owned.use(new Orchestrator({ secret: SECRET, ...parameters }));
  await o.start();
  const fake = owned.use(new FakeTranscoder({ serviceUri: o.serviceUri, secret: SECRET, ...transcoder }));
  await eventually(() => o.transcoders.members.length === 1, 'the registration');
  return { o, gateway: owned.use(new WireGateway(o.serviceUri)), fake };
}

const told = ({ status, body }: RouteAnswer) => [status, String(body)];

/** A segment header with something of its SegData changed. */
function changed(headers: Record<string, string>, change: (segData: SegData) => void): Record<string, string> {
  const segData = segDataFromHeader(headers['livepeer-segment'] ?? '');
  change(segData);
  return { ...headers, 'livepeer-segment': segDataToHeader(segData) };
}

const profile = (segData: SegData) => {
  const first = segData.fullProfiles[0];
  if (!first) throw new Error('no profile');
  return first;
};

describe('/segment refuses', () => {
  test.each([1, 2] as const)('what is wrong with its headers, in the reference’s order, over HTTP/%i', async (http) => {
    const { gateway } = await bench();
    const info = await gateway.discover();
    const good = gateway.headers(info, DATA);
    const post = (headers: Record<string, string>) => gateway.post('/segment', headers, DATA, http);
    const badToken = create(AuthTokenSchema, { sessionId: '12345678', expiration: 1n, token: new Uint8Array(32) });
    // Each line keeps the faults of those below it, so that the order shows.
    let headers = changed(good, (data) => {
      data.authToken = badToken;
    });
    expect(told(await post(headers))).toEqual([403, 'invalid auth token\n']);
    headers = changed(headers, (data) => {
      delete data.authToken;
    });
    expect(told(await post(headers))).toEqual([403, 'missing auth token\n']);
    headers = changed(headers, (data) => {
      data.capabilities = createCapabilities({ numbers: [16] });
    });
    expect(told(await post(headers))).toEqual([403, 'incompatible capabilities\n']);
    for (const duration of [300_001, -1]) {
      headers = changed(headers, (data) => {
        data.duration = duration;
      });
      expect(told(await post(headers))).toEqual([403, 'invalid duration\n']);
    }
    const enums = [
      [(data: SegData) => Object.assign(profile(data), { encoder: 9 }), 'unrecognized video codec\n'],
      [(data: SegData) => Object.assign(profile(data), { profile: 9 }), 'unrecognized encoder profile\n'],
      [(data: SegData) => Object.assign(profile(data), { format: 9 }), 'unrecognized profile output format\n'],
    ] as const;
    for (const [change, text] of enums) {
      headers = changed(headers, change);
      expect(told(await post(headers))).toEqual([403, text]);
    }
    headers = { ...headers, 'livepeer-segment': Buffer.from([255, 255]).toString('base64').replace(/.$/, '=') };
    expect(told(await post(headers))).toEqual([403, 'proto: cannot parse invalid wire-format data\n']);
    headers = { ...headers, 'livepeer-segment': '*' };
    expect(told(await post(headers))).toEqual([403, 'ErrorSegEncoding\n']);
    headers = { ...headers, 'livepeer-payment': '//8=' };
    expect((await post(headers)).status).toBe(402);
    expect(String((await post(headers)).body)).toMatch(/^protobuf unmarshal error: /);
    headers = { ...headers, 'livepeer-payment': '!!!' };
    const last = await post(headers);
    expect(told(last)).toEqual([402, 'base64 decode error: illegal base64 data at input byte 0\n']);
    expect(last.headers).toMatchObject({ 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' });
    // No header at all: an empty message, so the token is missing.
    expect(told(await post({}))).toEqual([403, 'missing auth token\n']);
    expect(told(await post(good))[0]).toBe(200);
  });

  test.each([1, 2] as const)('before the body is read, over HTTP/%i', async (http) => {
    const { o } = await bench();
    const started = performance.now();
    const { hostname, port } = new URL(o.serviceUri);
    const answer = await new Promise<string>((resolve, reject) => {
      if (http === 1) {
        const socket = connectTls({ host: hostname, port: Number(port), rejectUnauthorized: false });
        socket.on('error', reject);
        socket.write('POST /segment HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n');
        socket.once('data', (chunk: Buffer) => {
          socket.destroy();
          resolve(chunk.toString());
        });
        return;
      }
      const session = connectHttp2(o.serviceUri, { rejectUnauthorized: false });
      session.on('error', reject);
      const stream = session.request({ ':method': 'POST', ':path': '/segment', 'content-length': 100_000_000 });
      stream.on('error', () => {});
      stream.on('data', (chunk: Buffer) => {
        session.destroy();
        resolve(chunk.toString());
      });
      stream.write('a');
    });
    expect(answer).toContain('missing auth token\n');
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test('an expired token, and only then', async () => {
    let shiftMs = 0;
    const clock: Clock = { nowMs: () => Date.now() + shiftMs, monotonicMs: () => performance.now() };
    const { gateway } = await bench({ clock });
    const info = await gateway.discover();
    shiftMs = 1_795_000;
    expect((await gateway.segment(info, DATA)).result.case).toBe('data');
    shiftMs = 1_805_000;
    expect(told(await gateway.post('/segment', gateway.headers(info, DATA), DATA))).toEqual([403, 'expired auth token\n']);
    // A new session is asked for, as gateways do.
    expect((await gateway.segment(await gateway.discover(), DATA)).result.case).toBe('data');
  });

  test('a token of another orchestrator', async () => {
    const [{ gateway: one }, { gateway: two }] = [await bench(), await bench()];
    const answer = await two.post('/segment', two.headers(await one.discover(), DATA), DATA);
    expect(told(answer)).toEqual([403, 'invalid auth token\n']);
  });

  test('new sessions beyond the limit, but never a segment of a known one', async () => {
    const { gateway } = await bench({ maxSessions: 1 });
    const [first, second] = [await gateway.discover(), await gateway.discover()];
    await gateway.segment(first, DATA);
    expect(told(await gateway.post('/segment', gateway.headers(second, DATA), DATA))).toEqual([403, 'OrchestratorCapped\n']);
    await expect(gateway.discover()).rejects.toMatchObject({ rawMessage: 'Invalid orchestrator request: OrchestratorCapped' });
    expect((await gateway.segment(first, DATA, { seq: 1n })).result.case).toBe('data');
    await gateway.rpc.endTranscodingSession({ authToken: first.authToken });
    expect((await gateway.segment(second, DATA)).result.case).toBe('data');
  });

  test('bytes that are not those of the hash, and bodies that are too large', async () => {
    const { o, gateway } = await bench({ limits: { maxBodyBytes: 50_000, maxIncomingBytes: 60_000 } });
    const info = await gateway.discover();
    const headers = gateway.headers(info, DATA);
    expect(told(await gateway.post('/segment', headers, randomBytes(20_000)))).toEqual([403, 'Forbidden\n']);
    for (const http of [1, 2] as const) {
      const large = randomBytes(50_001);
      expect(told(await gateway.post('/segment', headers, large, http))).toEqual([500, 'Internal Server Error\n']);
    }
    expect((await gateway.segment(info, DATA)).result.case).toBe('data');
    expect(o.status().incomingBytes).toBe(0);
  });

  test('bodies beyond what may come in at once', async () => {
    const { gateway } = await bench({ limits: { maxIncomingBytes: 10_000 } });
    const answer = await gateway.post('/segment', gateway.headers(await gateway.discover(), DATA), DATA);
    expect(told(answer)).toEqual([500, 'Internal Server Error\n']);
  });

  test('the sixth segment of a session at once: OrchestratorBusy, inside a 200', async () => {
    const { gateway } = await bench({}, { react: () => 'ignore' });
    const info = await gateway.discover();
    const results = Array.from({ length: 6 }, (_, seq) => gateway.segment(info, DATA, { seq: BigInt(seq) }));
    const first = await Promise.race(results);
    expect(first.result).toEqual({ case: 'error', value: 'OrchestratorBusy' });
    expect(first.info?.authToken).toEqual(info.authToken);
    await gateway.rpc.endTranscodingSession({ authToken: info.authToken });
    await Promise.all(results);
  });
});

describe('segments that come as a URL', () => {
  async function origin(): Promise<string> {
    const server = createServer((request, response) => {
      if (request.url === '/good') response.end(DATA);
      else if (request.url === '/moved') response.writeHead(302, { location: '/good' }).end();
      else if (request.url === '/round') response.writeHead(302, { location: '/round' }).end();
      else if (request.url === '/slow') response.write('a');
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    owned.defer(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test('are fetched, redirects included; everything else is BadRequest', async () => {
    const base = await origin();
    const { gateway } = await bench({ limits: { fetchMs: 500 } });
    const info = await gateway.discover();
    const headers = { ...gateway.headers(info, DATA), 'content-type': 'application/vnd+livepeer.uri' };
    for (const path of ['/good', '/moved']) {
      const { status, body } = await gateway.post('/segment', headers, Buffer.from(base + path));
      expect(status).toBe(200);
      expect(fromBinary(TranscodeResultSchema, new Uint8Array(body)).result.case).toBe('data');
    }
    for (const url of [`${base}/none`, `${base}/round`, `${base}/slow`, 'file:///etc/hostname', 'x', 'http://127.0.0.1:1/']) {
      expect(told(await gateway.post('/segment', headers, Buffer.from(url)))).toEqual([400, 'BadRequest\n']);
    }
    // The type is compared exactly: with a parameter, the body is the segment.
    const asBody = { ...headers, 'content-type': 'application/vnd+livepeer.uri; charset=utf-8' };
    expect(told(await gateway.post('/segment', asBody, Buffer.from(`${base}/good`)))).toEqual([403, 'Forbidden\n']);
  });
});

test('the headers of the answer come before the segment is done, and an abandoned one is given up', async () => {
  const { o, gateway } = await bench({}, { react: () => 'ignore' });
  const info = await gateway.discover();
  const session = connectHttp2(o.serviceUri, { rejectUnauthorized: false });
  owned.defer(() => session.destroy());
  const stream = session.request({ ':method': 'POST', ':path': '/segment', ...gateway.headers(info, DATA) });
  stream.on('error', () => {});
  stream.end(DATA);
  const headers = await new Promise<Record<string, unknown>>((resolve) => stream.once('response', resolve));
  expect(headers[':status']).toBe(200);
  expect(headers['content-type']).toBeUndefined();
  await eventually(() => o.inFlight === 1, 'the work');
  stream.close(constants.NGHTTP2_CANCEL);
  await eventually(() => o.inFlight === 0, 'the end of the work');
  expect(o.status()).toMatchObject({ incomingBytes: 0, recentErrors: [] });
});

test('a transcoder’s own text reaches the gateway unchanged, and is among the recent errors', async () => {
  const { o, gateway } = await bench({}, { react: () => ({ error: 'TranscoderInvalidVideo' }) });
  const result = await gateway.segment(await gateway.discover(), DATA);
  expect(result.result).toEqual({ case: 'error', value: 'TranscoderInvalidVideo' });
  expect(o.status().recentErrors).toMatchObject([{ text: 'A segment failed: TranscoderInvalidVideo', count: 1 }]);
  const checklist = o.whyNoWork({ state: 'unknown', text: '', checkedAtMs: null });
  expect(checklist.find(({ id }) => id === 'failures')?.ok).toBe(false);
});

/** Payments as they will be with a chain, without tickets: enough to show that every hook is called. */
class TestPayments implements Payments {
  readonly onChain = true;
  readonly charges: Charge[] = [];
  readonly prices: PriceBook;
  covered = true;

  constructor(prices: PriceBook) {
    this.prices = prices;
  }

  async quote(query: Parameters<Payments['quote']>[0]) {
    return { price: this.prices.quote(query), ticketParams: create(TicketParamsSchema), capabilityPrices: [] };
  }

  async receive({ sender, payment, balanceId }: Parameters<Payments['receive']>[0]) {
    const price = priceFromInfo(payment.expectedPrice);
    if (!price) {
      const wireText = 'invalid expected price sent with payment err="expected price is nil"';
      throw new EngineError({ code: 'bad-request', message: 'no price', details: { wireText } });
    }
    this.prices.fix(sender, balanceId, price);
  }

  covers() {
    return this.covered;
  }

  debit(charge: Charge) {
    this.charges.push(charge);
  }

  endSession() {}
}

describe('with a chain behind it', () => {
  const sender = addressOf(GATEWAY_KEY);

  async function onChain() {
    const prices = new PriceBook({ base: '1000wei' });
    const payments = new TestPayments(prices);
    const data = fakeTs(10);
    const parts = await bench(
      { payments, prices, signer: testSigner(ORCHESTRATOR_KEY), verifier: ETHEREUM_SIGNATURES },
      { react: () => ({ renditions: [data] }) },
    );
    const discover = () =>
      parts.gateway.rpc.getOrchestrator({ address: sender, sig: signMessage(GATEWAY_KEY, orchestratorRequestMessage(sender)) });
    const headers = (info: OrchestratorInfo, price = info.priceInfo) => {
      const facts = { manifestId: 'stream', seq: 3n, hash: keccak256(DATA), profileNames: [WIRE_PROFILE.name] };
      const signature = signMessage(GATEWAY_KEY, segmentSignatureBytes(facts));
      return {
        ...parts.gateway.headers(info, DATA, { seq: 3n, signature }),
        'livepeer-payment': paymentHeader({ sender, ...(price ? { expectedPrice: price } : {}) }),
      };
    };
    return { ...parts, payments, prices, discover, headers, data };
  }

  test('only signed requests are answered', async () => {
    const { gateway, discover } = await onChain();
    const text = 'Invalid orchestrator request: orchestrator req sig check failed';
    const other = signMessage(new Uint8Array(32).fill(3), orchestratorRequestMessage(sender));
    for (const sig of [new Uint8Array(0), other]) {
      await expect(gateway.rpc.getOrchestrator({ address: sender, sig })).rejects.toMatchObject({ code: 2, rawMessage: text });
    }
    const info = await discover();
    expect(Buffer.compare(info.address, addressOf(ORCHESTRATOR_KEY))).toBe(0);
    expect(info.priceInfo).toMatchObject({ pricePerUnit: 1000n, pixelsPerUnit: 1n });
    expect(info.ticketParams).toBeDefined();
    const value = randomBytes(32);
    expect(messageSignedBy(info.address, value, (await gateway.rpc.ping({ value })).value)).toBe(true);
  });

  test('segments are signed by their payer, results by the orchestrator, and paid by their pixels', async () => {
    const { gateway, discover, headers, payments, data } = await onChain();
    const info = await discover();
    const forged = changed(headers(info), (segData) => {
      segData.seq = 4n;
    });
    expect(told(await gateway.post('/segment', forged, DATA))).toEqual([403, 'ErrSegSig\n']);
    const answer = await gateway.post('/segment', headers(info), DATA);
    const { result } = fromBinary(TranscodeResultSchema, new Uint8Array(answer.body));
    if (result.case !== 'data') throw new Error(`${answer.body}`);
    const hash = keccak256(resultSignatureBytes([data]));
    expect(hashSignedBy(info.address, hash, result.value.sig)).toBe(true);
    const fetched = await download(result.value.segments[0]?.url ?? '');
    expect(Buffer.compare(fetched.body, data)).toBe(0);
    expect(payments.charges).toEqual([
      { sender, balanceId: info.authToken?.sessionId, pixels: 1n, price: { num: 1000n, den: 1n } },
    ]);
  });

  test('money that is missing is told with the reference’s texts', async () => {
    const { gateway, discover, headers, payments } = await onChain();
    const info = await discover();
    const unpriced = { ...headers(info), 'livepeer-payment': paymentHeader({ sender }) };
    const text = 'invalid expected price sent with payment err="expected price is nil"\n';
    expect(told(await gateway.post('/segment', unpriced, DATA))).toEqual([400, text]);
    expect(told(await gateway.post('/payment', unpriced, DATA))).toEqual([400, text]);
    payments.covered = false;
    expect(told(await gateway.post('/segment', headers(info), DATA))).toEqual([400, 'Insufficient balance\n']);
    expect((await gateway.post('/payment', headers(info), new Uint8Array(0))).status).toBe(200);
  });

  test('new prices hold for new sessions without a restart; a running one keeps its own', async () => {
    const { o, gateway, discover, headers } = await onChain();
    const running = await discover();
    const first = await gateway.post('/segment', headers(running), DATA);
    expect(first.status).toBe(200);
    o.setPrices({ base: '2000wei' });
    expect(o.status().prices.base).toEqual({ text: '2000wei', price: { wei: '2000', pixels: '1' } });
    expect((await discover()).priceInfo?.pricePerUnit).toBe(2000n);
    const again = await gateway.post('/segment', headers(running), DATA);
    const { info } = fromBinary(TranscodeResultSchema, new Uint8Array(again.body));
    expect(info?.priceInfo).toMatchObject(create(PriceInfoSchema, { pricePerUnit: 1000n, pixelsPerUnit: 1n }));
  });

  test('a price that cannot be told is an error of the call, and a 500 for a segment', async () => {
    const failing: Payments = {
      ...OFFCHAIN_PAYMENTS,
      quote: async () => {
        const details = { wireText: 'insufficient sender reserve' };
        throw new EngineError({ code: 'not-ready', message: 'The reserve is too small', details });
      },
    };
    const { gateway } = await bench({ payments: failing });
    await expect(gateway.discover()).rejects.toMatchObject({ code: 2, rawMessage: 'insufficient sender reserve' });
  });
});

/** One HTTP/2 frame (RFC 9113 section 4.1). */
function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

describe('under attack', () => {
  function closing(o: Orchestrator, first: string, drip: string): Promise<number> {
    const { hostname, port } = new URL(o.serviceUri);
    const started = performance.now();
    return new Promise((resolve) => {
      const socket = connectTls({ host: hostname, port: Number(port), rejectUnauthorized: false });
      socket.on('error', () => {});
      socket.resume();
      socket.write(first);
      const timer = setInterval(() => socket.writable && socket.write(drip), 100);
      socket.once('close', () => {
        clearInterval(timer);
        resolve(performance.now() - started);
      });
    });
  }

  test('headers and bodies that come drop by drop are cut off', async () => {
    const { o, gateway } = await bench({ times: { headersMs: 500 }, limits: { bodyMs: 800, bodyIdleMs: 400 } });
    expect(await closing(o, 'POST /segment HTTP/1.1\r\nHost: x\r\n', 'a: b\r\n')).toBeLessThan(5_000);
    const { 'livepeer-segment': segment } = gateway.headers(await gateway.discover(), DATA);
    const head = `POST /segment HTTP/1.1\r\nHost: x\r\nLivepeer-Segment: ${segment}\r\nContent-Length: 20000\r\n\r\n`;
    expect(await closing(o, head, 'x')).toBeLessThan(8_000);
    expect(await closing(o, head, '')).toBeLessThan(8_000);
    expect(o.status().incomingBytes).toBe(0);
    expect((await gateway.segment(await gateway.discover(), DATA)).result.case).toBe('data');
  }, 40_000);

  test('streams opened and reset in a row end that connection, not the orchestrator', async () => {
    const { o, gateway } = await bench();
    const { hostname, port } = new URL(o.serviceUri);
    const socket = connectTls({ host: hostname, port: Number(port), rejectUnauthorized: false, ALPNProtocols: ['h2'] });
    socket.on('error', () => {});
    socket.resume();
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    await new Promise<void>((resolve) => socket.once('secureConnect', () => resolve()));
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    socket.write(frame(4, 0, 0, Buffer.alloc(0)));
    // GET / of the static table (RFC 7541 appendix A), authority `x`.
    const headers = Buffer.of(0x82, 0x84, 0x87, 0x41, 0x01, 0x78);
    const cancel = Buffer.of(0, 0, 0, 8);
    for (let id = 1; id < 10_000 && !socket.destroyed; id += 200) {
      const burst = Array.from({ length: 100 }, (_, at) => [frame(1, 5, id + 2 * at, headers), frame(3, 0, id + 2 * at, cancel)]);
      socket.write(Buffer.concat(burst.flat()));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await closed;
    expect((await gateway.segment(await gateway.discover(), DATA)).result.case).toBe('data');
  }, 30_000);

  test('10,000 fuzzed requests get a right status each, are logged once per cause and without secrets', async () => {
    const lines: string[] = [];
    const log = createLog({ level: 'debug', destination: { write: (line) => void lines.push(line) } });
    const { o, gateway } = await bench({ log });
    const info = await gateway.discover();
    const good = gateway.headers(info, DATA);
    const raw = Buffer.from(good['livepeer-segment'] ?? '', 'base64');
    const session = connectHttp2(o.serviceUri, { rejectUnauthorized: false });
    owned.defer(() => session.destroy());
    session.setMaxListeners(0);
    const seen = new Map<number, number>();
    const one = (round: number) =>
      new Promise<void>((resolve, reject) => {
        const bytes = Buffer.from(raw);
        for (let flips = 0; flips <= round % 6; flips += 1) bytes[Math.floor(Math.random() * bytes.length)] = Math.random() * 256;
        const cut = round % 3 === 0 ? bytes.subarray(0, Math.floor(Math.random() * bytes.length)) : bytes;
        const text =
          round % 11 === 0
            ? randomBytes(40)
                .toString('latin1')
                .replace(/[^\x21-\x7e]/g, '~')
            : cut.toString('base64');
        const payment = round % 5 === 0 ? { 'livepeer-payment': randomBytes(round % 50).toString('base64') } : {};
        const path = round % 13 === 0 ? '/payment' : round % 17 === 0 ? `/stream/${round}/../x` : '/segment';
        const stream = session.request({ ':method': 'POST', ':path': path, 'livepeer-segment': text, ...payment });
        stream.on('response', ({ ':status': status }) => seen.set(Number(status), (seen.get(Number(status)) ?? 0) + 1));
        stream.on('error', reject);
        stream.on('close', resolve);
        stream.resume();
        stream.end(randomBytes(round % 2_000));
      });
    const before = process.memoryUsage().rss;
    for (let round = 0; round < 10_000; round += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, at) => one(round + at)));
    }
    expect([...seen.keys()].filter((status) => ![200, 400, 402, 403, 404, 500].includes(status))).toEqual([]);
    expect([...seen.values()].reduce((sum, times) => sum + times, 0)).toBe(10_000);
    expect(seen.get(403)).toBeGreaterThan(1_000);
    expect(seen.get(500) ?? 0).toBe(0);
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
    expect(o.status()).toMatchObject({ incomingBytes: 0, inFlight: 0 });
    expect((await gateway.segment(info, DATA)).result.case).toBe('data');
    const warnings = lines.filter((line) => line.includes('was refused'));
    expect(warnings.length).toBeLessThan(40);
    const everything = lines.join('');
    const token = info.authToken?.token ?? new Uint8Array(0);
    for (const form of ['hex', 'base64'] as const) expect(everything).not.toContain(Buffer.from(token).toString(form));
    expect(everything).not.toContain(SECRET);
  }, 60_000);
});
