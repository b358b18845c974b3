import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Disposables } from '../../engine/base/disposables.ts';
import { silentLog } from '../../engine/base/log.ts';
import { createTranscoder } from '../../engine/media/transcoder.ts';
import { LocalTranscoder } from '../../engine/orchestrator/local-transcoder.ts';
import { Orchestrator, type OrchestratorParameters } from '../../engine/orchestrator/orchestrator.ts';
import { TranscoderClient } from '../../engine/transcoder/client.ts';
import { OrchestratorAddressSchema } from '../../engine/wire/address.ts';
import { parseMediaType } from '../../engine/wire/multipart.ts';
import { eventually } from '../support/fake-transcoder.ts';
import { GO_LIVEPEER, startGoLivepeer } from '../support/go-livepeer.ts';
import { GoNode } from '../support/go-node.ts';
import { RecordingObserver } from '../support/recording-observer.ts';

const binary = GO_LIVEPEER ?? '';
/** Seconds of the stream; `SIPHON_INTEROP_SECONDS=60` for the long run. */
const SECONDS = Number(process.env.SIPHON_INTEROP_SECONDS ?? 8);
const PROFILES = [
  { name: 'p240', width: 426, height: 240, bitrate: 400_000, fps: 30, fpsDen: 1, profile: 'H264ConstrainedHigh', gop: '2' },
  { name: 'p144', width: 256, height: 144, bitrate: 200_000, fps: 0, fpsDen: 1, profile: 'H264Baseline', gop: '2' },
];

interface Pushed {
  readonly status: number;
  readonly text: string;
  readonly renditions: ReadonlyMap<string, Buffer>;
}

interface Frame {
  readonly pts_time: string;
}

const FramesSchema = z.object({
  frames: z.array(z.object({ pts_time: z.string() })),
  streams: z.array(z.object({ width: z.number(), height: z.number(), codec_name: z.string() })),
});

describe.skipIf(binary === '')(
  'a real go-livepeer gateway with this orchestrator (skipped unless SIPHON_GO_LIVEPEER names the binary)',
  () => {
    let owned = new Disposables();
    let folder: string;
    let segments: Buffer[] = [];
    let soundOnly: Buffer;

    beforeAll(async () => {
      folder = await mkdtemp(path.join(os.tmpdir(), 'siphon-interop-'));
      const source = ['-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=30', '-f', 'lavfi', '-i', 'sine', '-t', String(SECONDS)];
      const coding = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '60', '-c:a', 'aac'];
      const cutting = ['-f', 'segment', '-segment_time', '2', path.join(folder, 'source%03d.ts')];
      await execa('ffmpeg', ['-v', 'error', ...source, ...coding, ...cutting]);
      const sound = path.join(folder, 'sound.ts');
      await execa('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'sine', '-t', '2', '-c:a', 'aac', sound]);
      soundOnly = await readFile(sound);
      const names = (await readdir(folder)).filter((name) => name.startsWith('source')).sort();
      segments = await Promise.all(names.map((name) => readFile(path.join(folder, name))));
    }, 60_000);

    afterEach(async () => {
      await owned[Symbol.asyncDispose]();
      owned = new Disposables();
    });

    afterAll(async () => {
      await rm(folder, { recursive: true, force: true });
    });

    async function start(parameters: Partial<OrchestratorParameters> = {}) {
      const secret = randomBytes(8).toString('hex');
      const o = owned.use(new Orchestrator({ secret, ...parameters }));
      await o.start();
      return { o, secret, address: OrchestratorAddressSchema.parse(o.serviceUri) };
    }

    async function media() {
      const device = { kind: 'cpu', id: 'cpu', name: 'CPU', cores: os.availableParallelism() } as const;
      return owned.use(await createTranscoder({ devices: [device], log: silentLog }));
    }

    async function push(gateway: GoNode, seq: number, body: Buffer, stream = 'stream'): Promise<Pushed> {
      const response = await fetch(`http://127.0.0.1:${gateway.port}/live/${stream}/${seq}.ts`, {
        method: 'PUT',
        headers: {
          Accept: 'multipart/mixed',
          'Content-Duration': '2000',
          'Content-Resolution': '640x360',
          'Livepeer-Transcode-Configuration': JSON.stringify({ manifestID: stream, profiles: PROFILES }),
        },
        body: Uint8Array.from(body),
        signal: AbortSignal.timeout(60_000),
      });
      const bytes = Buffer.from(await response.arrayBuffer());
      const boundary = parseMediaType(response.headers.get('content-type') ?? '')?.parameters.get('boundary');
      return { status: response.status, text: bytes.toString('latin1').slice(0, 300), renditions: parts(bytes, boundary) };
    }

    /** Pushes the whole stream and checks that every rendition plays without a gap. */
    async function pushAll(gateway: GoNode): Promise<void> {
      const all = new Map<string, Buffer[]>();
      for (const [seq, segment] of segments.entries()) {
        const { status, text, renditions } = await push(gateway, seq, segment);
        expect([seq, status, status === 200 ? '' : text]).toEqual([seq, 200, '']);
        expect([...renditions.keys()]).toEqual(['p240', 'p144']);
        for (const [name, data] of renditions) all.set(name, [...(all.get(name) ?? []), data]);
      }
      for (const { name, width, height } of PROFILES) {
        const file = path.join(folder, `${name}-joined.ts`);
        await writeFile(file, Buffer.concat(all.get(name) ?? []));
        const { frames, stream } = await probe(file);
        expect(stream).toMatchObject({ codec_name: 'h264', width, height });
        expect(frames).toHaveLength(SECONDS * 30);
        const times = frames.map(({ pts_time }) => Number(pts_time));
        const steps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
        expect(Math.max(...steps)).toBeLessThan(0.05);
        expect(Math.min(...steps)).toBeGreaterThan(0.01);
      }
    }

    async function probe(file: string): Promise<{ frames: readonly Frame[]; stream: unknown }> {
      const { stdout } = await execa('ffprobe', [
        ...['-v', 'error', '-of', 'json', '-select_streams', 'v'],
        ...['-show_entries', 'frame=pts_time:stream=width,height,codec_name', file],
      ]);
      const { frames, streams } = FramesSchema.parse(JSON.parse(stdout));
      return { frames, stream: streams[0] };
    }

    const LONG = 60_000 + SECONDS * 4_000;

    test(
      '(a) served by a Siphon transcoder that registered over the wire',
      async () => {
        const { o, secret, address } = await start();
        const observer = new RecordingObserver();
        const transcoder = await media();
        const client = owned.use(new TranscoderClient({ address, secret, transcoder, observer }));
        await client.start();
        await eventually(() => o.transcoders.members.length === 1, 'the registration', 20_000);
        const gateway = owned.use(await GoNode.gateway(binary, address));
        await pushAll(gateway);
        const { sessions } = o.status();
        expect(sessions).toHaveLength(1);
        expect(observer.ended.every(({ state }) => state === 'done')).toBe(true);
      },
      LONG,
    );

    test(
      '(b) served by a go-livepeer transcoder',
      async () => {
        const { o, secret, address } = await start();
        const args = ['-transcoder', '-orchAddr', `127.0.0.1:${address.port}`, '-orchSecret', secret, '-maxSessions', '4'];
        owned.use(await startGoLivepeer(args));
        await eventually(() => o.transcoders.members.length === 1, 'the registration', 20_000);
        const gateway = owned.use(await GoNode.gateway(binary, address));
        await pushAll(gateway);
        expect(o.transcoders.statistics()).toMatchObject([{ segments: segments.length, failed: 0 }]);
      },
      LONG,
    );

    test(
      '(c) served by a transcoder in the orchestrator’s own process',
      async () => {
        const { o, address } = await start();
        o.joinLocal(new LocalTranscoder({ transcoder: await media(), serviceProvider: 'Livepeer Transcoder 0.9.1 (offchain)' }));
        const gateway = owned.use(await GoNode.gateway(binary, address));
        await pushAll(gateway);
      },
      LONG,
    );

    test(
      'error: a stream’s own fault reaches the pusher as 422 with the protocol’s text',
      async () => {
        const { o, address } = await start();
        o.joinLocal(new LocalTranscoder({ transcoder: await media(), serviceProvider: 'Livepeer Transcoder 0.9.1 (offchain)' }));
        const gateway = owned.use(await GoNode.gateway(binary, address));
        const { status, text } = await push(gateway, 0, soundOnly);
        expect(status).toBe(422);
        expect(text).toContain('TranscoderInvalidVideo');
        // The session is kept: the next segment goes through.
        expect((await push(gateway, 1, segments[0] ?? Buffer.alloc(0))).status).toBe(200);
        expect(o.status().sessions).toHaveLength(1);
      },
      LONG,
    );

    test(
      'error: with all session places taken it finds nobody',
      async () => {
        const { o, address } = await start({ maxSessions: 1 });
        o.joinLocal(new LocalTranscoder({ transcoder: await media(), serviceProvider: 'Livepeer Transcoder 0.9.1 (offchain)' }));
        const gateway = owned.use(await GoNode.gateway(binary, address));
        const segment = segments[0] ?? Buffer.alloc(0);
        expect((await push(gateway, 0, segment, 'one')).status).toBe(200);
        expect((await push(gateway, 0, segment, 'two')).status).toBe(503);
        expect(gateway.log).toContain('OrchestratorCapped');
        // The first stream's session goes on all the same.
        expect((await push(gateway, 1, segments[1] ?? segment, 'one')).status).toBe(200);
      },
      LONG,
    );
  },
);

/** The gateway's answer in its parts, by rendition name. */
function parts(body: Buffer, boundary: string | undefined): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  if (boundary === undefined) return found;
  const mark = `--${boundary}`;
  for (let at = body.indexOf(mark); at >= 0; ) {
    const next = body.indexOf(mark, at + mark.length);
    if (next < 0) break;
    const part = body.subarray(at + mark.length + 2, next - 2);
    const end = part.indexOf('\r\n\r\n');
    const name = /Rendition-Name: (\S+)/i.exec(part.subarray(0, end).toString('latin1'))?.[1];
    if (name) found.set(name, part.subarray(end + 4));
    at = next;
  }
  return found;
}
