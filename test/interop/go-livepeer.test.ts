import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Backoff } from '../../engine/base/backoff.ts';
import { Disposables } from '../../engine/base/disposables.ts';
import { EngineError } from '../../engine/base/errors.ts';
import { TranscoderClient } from '../../engine/transcoder/client.ts';
import { receiveResults } from '../../engine/wire/received-results.ts';
import { freePort, GO_LIVEPEER } from '../support/go-livepeer.ts';
import { GoNode } from '../support/go-node.ts';
import { RecordingObserver } from '../support/recording-observer.ts';
import { StubTranscoder, stubResult } from '../support/stub-transcoder.ts';

const binary = GO_LIVEPEER ?? '';
const SECRET = 'interop-secret';
const PROFILES = [
  { name: 'p360', width: 640, height: 360, bitrate: 800_000, fps: 30, fpsDen: 1, profile: 'H264ConstrainedHigh', gop: '2' },
  { name: 'p240', width: 426, height: 240, bitrate: 400_000, fps: 0, fpsDen: 1, profile: 'H264Baseline', gop: 'intra' },
];

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

// Only the wire is of interest here, so a stub stands in for the codec.
describe.skipIf(binary === '')(
  'transcoder client with a real go-livepeer orchestrator and gateway (skipped unless SIPHON_GO_LIVEPEER names the binary)',
  () => {
    let owned = new Disposables();
    let segment: Buffer;

    beforeAll(async () => {
      const folder = await mkdtemp(path.join(os.tmpdir(), 'siphon-interop-'));
      const file = path.join(folder, 'segment.ts');
      const source = ['-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=30', '-f', 'lavfi', '-i', 'sine', '-t', '2'];
      await execa('ffmpeg', ['-v', 'error', ...source, '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', file]);
      segment = await readFile(file);
      await rm(folder, { recursive: true });
    });

    afterEach(async () => {
      await owned[Symbol.asyncDispose]();
      owned = new Disposables();
    });

    afterAll(() => {
      expect(segment.length).toBeGreaterThan(1000);
    });

    async function connect(orchestrator: GoNode, transcoder = new StubTranscoder(), secret = SECRET) {
      const observer = new RecordingObserver();
      const backoff = new Backoff({ initialMs: 100, factor: 1.5, maxMs: 1000, jitter: 0.5 });
      const client = owned.use(new TranscoderClient({ address: orchestrator.address, secret, transcoder, observer, backoff }));
      await client.start();
      return { client, observer, transcoder };
    }

    async function push(gateway: GoNode, seq: number, stream = 'interop'): Promise<Response> {
      return await fetch(`http://127.0.0.1:${gateway.port}/live/${stream}/${seq}.ts`, {
        method: 'PUT',
        headers: {
          Accept: 'multipart/mixed',
          'Content-Duration': '2000',
          'Content-Resolution': '640x360',
          'Livepeer-Transcode-Configuration': JSON.stringify({ manifestID: stream, profiles: PROFILES }),
        },
        body: Uint8Array.from(segment),
        signal: AbortSignal.timeout(30_000),
      });
    }

    test('it registers with its capacity, and is gone after draining', async () => {
      const orchestrator = owned.use(await GoNode.orchestrator(binary, SECRET));
      const { client, observer } = await connect(orchestrator, new StubTranscoder({ sessions: 3 }));
      await observer.untilLink('registered');
      const status = await orchestrator.untilStatus(({ RegisteredTranscodersNumber }) => RegisteredTranscodersNumber === 1);
      expect(status.Version).toBe('0.9.1');
      expect(status.RegisteredTranscoders?.map(({ Capacity }) => Capacity)).toEqual([3]);
      await client.drain(AbortSignal.timeout(5000));
      await orchestrator.untilStatus(({ RegisteredTranscodersNumber }) => RegisteredTranscodersNumber === 0);
      await client.resume();
      await orchestrator.untilStatus(({ RegisteredTranscodersNumber }) => RegisteredTranscodersNumber === 1);
    });

    test('it takes the segments of a gateway and its renditions come back to the pusher', async () => {
      const orchestrator = owned.use(await GoNode.orchestrator(binary, SECRET));
      const gateway = owned.use(await GoNode.gateway(binary, orchestrator.address));
      // The first profile's rendition is the source itself, so that what comes back can be compared.
      const work = async (job: Parameters<typeof stubResult>[0]) => stubResult(job, Uint8Array.from(job.input));
      const { observer, transcoder } = await connect(orchestrator, new StubTranscoder({ work }));
      await observer.untilLink('registered');
      for (let seq = 0; seq < 4; seq += 1) {
        const response = await push(gateway, seq);
        expect(response.status).toBe(200);
        const body = new Uint8Array(await response.arrayBuffer());
        const contentType = String(response.headers.get('content-type'));
        const text = Buffer.from(body).toString('latin1');
        expect(text.match(/Rendition-Name: (\S+)/g)).toEqual(['Rendition-Name: p360', 'Rendition-Name: p240']);
        expect(text.split(segment.toString('latin1'))).toHaveLength(3);
        // The gateway's own multipart has no Pixels headers; reading it shows only that the framing is alike.
        expect(await receiveResults(once(body), contentType)).toEqual([]);
      }
      await observer.untilEnded(4);
      expect(observer.ended.map(({ state, seq }) => `${seq} ${state}`)).toEqual(['0 done', '1 done', '2 done', '3 done']);
      expect(transcoder.jobs[0]).toMatchObject({
        manifestId: expect.any(String),
        durationMs: 2000,
        serviceProvider: 'Livepeer Transcoder 0.9.1 (offchain)',
        profiles: [
          { name: 'p360', width: 640, height: 360, bitrate: 800_000, fps: 30, fpsDen: 1, profile: 'constrained-high', gop: 2000 },
          { name: 'p240', width: 426, height: 240, fps: 0, profile: 'baseline', gop: 'intra' },
        ],
      });
      expect(new Set(transcoder.jobs.map(({ sessionId }) => sessionId)).size).toBe(1);
      expect(Buffer.compare(transcoder.jobs[0]?.input ?? Buffer.alloc(0), segment)).toBe(0);
    });

    test("error: a stream's fault reaches the pusher as 422 with the protocol's text", async () => {
      const orchestrator = owned.use(await GoNode.orchestrator(binary, SECRET));
      const gateway = owned.use(await GoNode.gateway(binary, orchestrator.address));
      const fault = new EngineError({
        code: 'media-no-video',
        message: 'No video.',
        details: { wireText: 'TranscoderInvalidVideo' },
      });
      const { observer } = await connect(orchestrator, new StubTranscoder({ work: () => Promise.reject(fault) }));
      await observer.untilLink('registered');
      const response = await push(gateway, 0);
      expect(response.status).toBe(422);
      expect(await response.text()).toContain('TranscoderInvalidVideo');
      expect((await observer.untilEnded(1))[0]).toMatchObject({ state: 'failed', error: { code: 'media-no-video' } });
    });

    test('error: a wrong secret is told as such', async () => {
      const orchestrator = owned.use(await GoNode.orchestrator(binary, SECRET));
      const { observer } = await connect(orchestrator, new StubTranscoder(), 'wrong');
      expect((await observer.untilLink('refused')).error?.code).toBe('orchestrator-secret-refused');
    });

    test('an orchestrator that is killed and started again is found again', async () => {
      const port = await freePort();
      const first = owned.use(await GoNode.orchestrator(binary, SECRET, port));
      const { observer } = await connect(first);
      await first.untilStatus(({ RegisteredTranscodersNumber }) => RegisteredTranscodersNumber === 1);
      await first.stop(true);
      expect((await observer.untilLink('waiting')).error?.code).toMatch(/^orchestrator-(closed|unreachable)$/);
      const second = owned.use(await GoNode.orchestrator(binary, SECRET, port));
      await second.untilStatus(({ RegisteredTranscodersNumber }) => RegisteredTranscodersNumber === 1);
      await observer.untilLink('registered');
    });
  },
);
