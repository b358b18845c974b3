import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { VideoProfile } from '../../engine/api/media.ts';
import { Disposables } from '../../engine/base/disposables.ts';
import { Orchestrator } from '../../engine/orchestrator/orchestrator.ts';
import type { PracticeResult } from '../../engine/practice/gateway.ts';
import { clipSource, DEFAULT_CLIP } from '../../engine/practice/media-source.ts';
import { type PracticeNetwork, startPracticeNetwork } from '../../engine/practice/network.ts';
import type { PracticeSegment } from '../../engine/practice/practice-source.ts';
import { createCapabilities } from '../../engine/wire/capabilities.ts';
import { eventually } from '../support/fake-transcoder.ts';
import { GO_LIVEPEER, type GoLivepeer, startGoLivepeer } from '../support/go-livepeer.ts';

const SIGNAL = new AbortController().signal;
const BASE: VideoProfile = {
  name: '240p',
  width: 426,
  height: 240,
  bitrate: 400_000,
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

function tempFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'siphon-interop-'));
  owned.defer(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function transcoder(to: { serviceUri: string; secret: string }, sessions = 4): Promise<GoLivepeer> {
  const args = ['-orchAddr', to.serviceUri.replace('https://', ''), '-orchSecret', to.secret, '-maxSessions', String(sessions)];
  return owned.use(await startGoLivepeer(['-transcoder', ...args]));
}

interface Probed {
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  readonly frames: number;
}

function probe(data: Uint8Array, extension: string): Probed {
  const file = path.join(tempFolder(), `rendition${extension}`);
  writeFileSync(file, data);
  const text = execFileSync('ffprobe', [
    ...['-v', 'error', '-count_frames', '-select_streams', 'v', '-of', 'json'],
    ...['-show_entries', 'stream=codec_name,width,height,nb_read_frames', file],
  ]);
  const { streams } = JSON.parse(text.toString()) as {
    streams: ReadonlyArray<{ codec_name: string; width: number; height: number; nb_read_frames: string }>;
  };
  const stream = streams[0];
  if (!stream) throw new Error('no video stream');
  return { codec: stream.codec_name, width: stream.width, height: stream.height, frames: Number(stream.nb_read_frames) };
}

async function segment(): Promise<PracticeSegment> {
  const source = await clipSource({ ...DEFAULT_CLIP, seconds: 2 }, SIGNAL);
  for await (const first of source.pass(SIGNAL)) return first;
  throw new Error('no segment');
}

async function network(limit: number, sessions = 1): Promise<{ net: PracticeNetwork; results: PracticeResult[] }> {
  const net = owned.use(await startPracticeNetwork({ pace: 'flat-out', limit, sessions }));
  const results: PracticeResult[] = [];
  net.onResult((result) => results.push(result));
  return { net, results };
}

const title = GO_LIVEPEER
  ? 'a real go-livepeer transcoder'
  : 'a real go-livepeer transcoder (skipped: SIPHON_GO_LIVEPEER does not name a go-livepeer 0.9.1 binary)';

describe.skipIf(!GO_LIVEPEER)(title, () => {
  test('serves the practice network: renditions have the right size, codec, frames and pixel counts', async () => {
    const { net, results } = await network(8, 2);
    await transcoder(net);
    await net.finished;
    expect(net.status).toMatchObject({ succeeded: 8, failed: 0 });
    for (const { renditions } of results) {
      for (const [index, { data, pixels }] of renditions.entries()) {
        const [width, height] = index === 0 ? [426, 240] : [640, 360];
        const probed = probe(data, '.ts');
        expect(probed).toMatchObject({ codec: 'h264', width, height });
        expect(pixels).toBe(width * height * probed.frames);
      }
    }
  }, 120_000);

  test('delivers MP4, other profiles and perceptual hashes', async () => {
    const secret = randomBytes(8).toString('hex');
    const o = owned.use(new Orchestrator({ secret }));
    await o.start();
    await transcoder({ serviceUri: o.serviceUri, secret });
    await eventually(() => o.transcoders.members.length === 1, 'the registration', 20_000);
    const { data, durationMs } = await segment();
    const result = await o.submit(
      {
        manifestId: 'm',
        sessionId: 's',
        seq: 0n,
        data,
        durationMs,
        profiles: [
          { ...BASE, container: 'mp4', fps: 15, profile: 'constrained-high', gop: 2_000 },
          { ...BASE, name: '144p', width: 256, height: 144, profile: 'baseline', gop: 'intra' },
        ],
        perceptualHash: true,
        capabilities: createCapabilities({ numbers: [0, 1, 2, 7, 10, 11, 12] }),
      },
      SIGNAL,
    );
    expect(probe(result.renditions[0]?.data ?? new Uint8Array(0), '.mp4')).toMatchObject({ width: 426, height: 240 });
    expect(probe(result.renditions[1]?.data ?? new Uint8Array(0), '.ts')).toMatchObject({ width: 256, height: 144 });
    for (const { signature } of result.renditions) expect(signature?.length).toBeGreaterThan(100);
    expect(result.decodedPixels).toBe(1280 * 720 * 60);
  }, 60_000);

  test('posts its error texts, which arrive unchanged', async () => {
    const secret = randomBytes(8).toString('hex');
    const o = owned.use(new Orchestrator({ secret }));
    await o.start();
    await transcoder({ serviceUri: o.serviceUri, secret });
    await eventually(() => o.transcoders.members.length === 1, 'the registration', 20_000);
    const broken = { manifestId: 'm', sessionId: 's', seq: 0n, data: Buffer.alloc(5_000), durationMs: 2_000, profiles: [BASE] };
    await expect(o.submit(broken, SIGNAL)).rejects.toMatchObject({
      code: 'transcoder-failed',
      details: { wireText: 'TranscoderInvalidVideo', streamFault: true },
    });
  }, 60_000);

  test('is refused with a wrong secret and understands the refusal as final', async () => {
    const { net } = await network(1);
    const peer = await transcoder({ serviceUri: net.serviceUri, secret: 'wrong' });
    await eventually(() => peer.log().includes('invalid secret'), 'the refusal', 20_000);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(peer.log().match(/Registering transcoder to/g)).toHaveLength(1);
  }, 60_000);

  test('killed in mid-stream, loses no segment when another is there', async () => {
    const { net } = await network(12, 2);
    const doomed = await transcoder(net);
    await transcoder(net);
    await eventually(() => net.status.succeeded >= 3, 'the first segments', 60_000);
    doomed.process.kill('SIGKILL');
    await net.finished;
    expect(net.status).toMatchObject({ succeeded: 12, failed: 0 });
  }, 120_000);

  test('comes back when the orchestrator ends its stream', async () => {
    const secret = randomBytes(8).toString('hex');
    const o = owned.use(new Orchestrator({ secret }));
    await o.start();
    const peer = await transcoder({ serviceUri: o.serviceUri, secret });
    await eventually(() => o.transcoders.members.length === 1, 'the registration', 20_000);
    const id = o.transcoders.members[0]?.id ?? '';
    expect(o.transcoders.remove(id, 'test')).toBe(true);
    await eventually(() => peer.log().includes('err="EOF"'), 'the end of the stream', 5_000);
    await eventually(() => o.transcoders.members.length === 1, 'the new registration', 20_000);
    expect(o.transcoders.members[0]?.id).not.toBe(id);
  }, 60_000);

  test('holds its registration through idle times with pings', async () => {
    const secret = randomBytes(8).toString('hex');
    const o = owned.use(new Orchestrator({ secret, times: { sweepMs: 100, pingTimeoutMs: 1_000, connectionIdleMs: 200 } }));
    await o.start();
    await transcoder({ serviceUri: o.serviceUri, secret });
    await eventually(() => o.transcoders.members.length === 1, 'the registration', 20_000);
    const id = o.transcoders.members[0]?.id;
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const { data, durationMs } = await segment();
    await o.submit({ manifestId: 'm', sessionId: 's', seq: 0n, data, durationMs, profiles: [BASE] }, SIGNAL);
    expect(o.transcoders.members[0]?.id).toBe(id);
  }, 60_000);
});
