import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { Disposables } from '../../engine/base/disposables.ts';
import { silentLog } from '../../engine/base/log.ts';
import { createTranscoder } from '../../engine/media/transcoder.ts';
import type { PracticeResult } from '../../engine/practice/gateway.ts';
import { clipSource } from '../../engine/practice/media-source.ts';
import { type PracticeNetwork, type PracticeParameters, startPracticeNetwork } from '../../engine/practice/network.ts';
import { TranscoderClient } from '../../engine/transcoder/client.ts';
import { OrchestratorAddressSchema } from '../../engine/wire/address.ts';
import { PRESETS } from '../../engine/wire/presets.ts';
import { RecordingObserver } from '../support/recording-observer.ts';

const run = promisify(execFile);

/** Small, so that a busy machine keeps the protocol's deadlines. */
const PROFILES = ['P144p30fps16x9'].flatMap((name) => {
  const preset = PRESETS.get(name);
  return preset ? [preset, { ...preset, name: '90p', width: 160, height: 90, fps: 0, bitrate: 100_000 }] : [];
});

let owned = new Disposables();
afterEach(async () => {
  await owned[Symbol.asyncDispose]();
  owned = new Disposables();
});

interface Setup {
  readonly net: PracticeNetwork;
  readonly client: TranscoderClient;
  readonly observer: RecordingObserver;
  readonly results: PracticeResult[];
}

/** The whole of practice: gateway, orchestrator, wire, transcoder client, transcode worker. */
async function everything(parameters: PracticeParameters): Promise<Setup> {
  const signal = new AbortController().signal;
  const source = await clipSource({ width: 320, height: 180, fps: 30, seconds: 8, segmentSeconds: 2 }, signal);
  const cores = availableParallelism();
  const transcoder = owned.use(
    await createTranscoder({ devices: [{ kind: 'cpu', id: 'cpu', name: 'CPU', cores }], log: silentLog }),
  );
  const net = owned.use(await startPracticeNetwork({ source, profiles: PROFILES, pace: 'flat-out', ...parameters }));
  const results: PracticeResult[] = [];
  net.onResult((result) => results.push(result));
  const observer = new RecordingObserver();
  const address = OrchestratorAddressSchema.parse(net.serviceUri);
  const client = owned.use(new TranscoderClient({ address, secret: net.secret, transcoder, observer }));
  await client.start();
  return { net, client, observer, results };
}

interface Frames {
  readonly width: number;
  readonly height: number;
  readonly pts: readonly number[];
}

async function frames(data: Uint8Array): Promise<Frames> {
  const folder = mkdtempSync(path.join(tmpdir(), 'siphon-e2e-'));
  try {
    const file = path.join(folder, 'rendition.ts');
    writeFileSync(file, data);
    const { stdout } = await run('ffprobe', [
      ...['-v', 'error', '-select_streams', 'v', '-of', 'json'],
      ...['-show_entries', 'packet=pts_time:stream=width,height', file],
    ]);
    const { packets, streams } = JSON.parse(stdout) as {
      packets: ReadonlyArray<{ pts_time: string }>;
      streams: ReadonlyArray<{ width: number; height: number }>;
    };
    const pts = packets.map(({ pts_time }) => Number(pts_time)).sort((a, b) => a - b);
    return { width: streams[0]?.width ?? 0, height: streams[0]?.height ?? 0, pts };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('practice from end to end', () => {
  test('every rendition comes back right, and those of a session follow each other to the frame, over the clip’s seam too', async () => {
    const { net, results, observer } = await everything({ limit: 12, sessions: 2 });
    await net.finished;
    expect(net.status).toMatchObject({ succeeded: 12, failed: 0 });
    await observer.untilEnded(12);
    expect(observer.ended.every(({ state }) => state === 'done')).toBe(true);
    for (const sessionId of new Set(results.map((result) => result.sessionId))) {
      const own = results.filter((result) => result.sessionId === sessionId).sort((a, b) => a.seq - b.seq);
      for (const [index, [width, height]] of [
        [256, 144],
        [160, 90],
      ].entries()) {
        const all: number[] = [];
        for (const { renditions } of own) {
          const rendition = renditions[index];
          const probed = await frames(rendition?.data ?? new Uint8Array(0));
          expect([probed.width, probed.height]).toEqual([width, height]);
          expect(rendition?.pixels).toBe(probed.pts.length * (width ?? 0) * (height ?? 0));
          all.push(...probed.pts);
        }
        expect(all.length).toBe(own.length * 60);
        for (const [at, pts] of all.entries()) {
          const next = all[at + 1];
          if (next !== undefined) expect(next - pts, `after frame ${at}`).toBeCloseTo(1 / 30, 2);
        }
      }
    }
  }, 120_000);

  test('the page’s previews are HLS that a player plays from beginning to end', async () => {
    const { net } = await everything({ limit: 5 });
    await net.finished;
    const server = createServer((request, response) => {
      const content = net.servePreview(new URL(request.url ?? '', 'http://host').pathname);
      response.writeHead(content ? 200 : 404, { 'content-type': content?.contentType ?? 'text/plain' });
      response.end(content?.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    owned.defer(() => new Promise((resolve) => server.close(() => resolve())));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const tracks = net.previews.list()[0]?.tracks ?? [];
    expect(tracks).toHaveLength(3);
    for (const { playlist } of tracks) {
      const { stdout } = await run('ffprobe', [
        ...['-v', 'error', '-count_packets', '-select_streams', 'v', '-of', 'csv=p=0'],
        ...['-show_entries', 'stream=nb_read_packets', `${base}${playlist}`],
      ]);
      expect(Number.parseInt(stdout, 10), playlist).toBe(300);
    }
  }, 120_000);

  test('pausing the transcoder makes streams wait, not fail', async () => {
    const { net, client } = await everything({ sessions: 2 });
    const succeeded = () => net.status.succeeded;
    await until(() => succeeded() >= 2);
    await client.drain(AbortSignal.timeout(20_000));
    await until(() => net.status.waiting === 2);
    const before = succeeded();
    await client.resume();
    await until(() => succeeded() >= before + 2);
    expect(net.status.failed).toBe(0);
  }, 120_000);
});

async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 30_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error('waited 30 s in vain');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
