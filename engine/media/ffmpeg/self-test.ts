import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUV420P10LE,
  AV_PIX_FMT_YUV422P,
  AV_PIX_FMT_YUV422P10LE,
  AV_PIX_FMT_YUV444P,
  AV_PIX_FMT_YUV444P10LE,
  FF_ENCODER_LIBVPX_VP8,
  FF_ENCODER_LIBVPX_VP9,
  FF_ENCODER_LIBX264,
  FF_ENCODER_LIBX265,
} from 'node-av/constants';
import { Codec, CodecContext, Frame, Packet, Rational } from 'node-av/lib';
import type { VideoProfile } from '../../api/media.ts';
import { check } from './av-error.ts';
import type { Device } from './device.ts';
import { GrowingBytes } from './growing-bytes.ts';
import { Lanes } from './lanes.ts';
import { MemoryMuxer } from './muxer.ts';
import { transcodeSegment } from './pipeline.ts';
import { Starvation } from './starvation.ts';
import { WarmStore } from './warm-store.ts';

type Encoder = Parameters<typeof Codec.findEncoderByName>[0];
type PixelFormat = typeof AV_PIX_FMT_YUV420P;

interface Trial {
  /** The protocol's capability number (reference: transcoder.md §3). */
  readonly capability: number;
  readonly encoder: Encoder;
  readonly format: PixelFormat;
  readonly profiles: readonly VideoProfile[];
  readonly options?: Readonly<Record<string, string>>;
}

const SIDE = 160;
const FRAMES = 6;

function target(more: Partial<VideoProfile> = {}): VideoProfile {
  return {
    name: 'self-test',
    width: 146,
    height: 146,
    bitrate: 200_000,
    fps: 0,
    fpsDen: 1,
    container: 'mpegts',
    profile: 'default',
    gop: 'default',
    codec: 'h264',
    quality: 0,
    ...more,
  };
}

const ONE = [target()];
const X265 = { preset: 'ultrafast', 'x265-params': 'log-level=none' };

/** Tried one by one: a codec or picture format goes in, a rendition has to come out. */
const TRIALS: readonly Trial[] = [
  { capability: 15, encoder: FF_ENCODER_LIBX265, format: AV_PIX_FMT_YUV420P, profiles: ONE, options: X265 },
  { capability: 16, encoder: FF_ENCODER_LIBX264, format: AV_PIX_FMT_YUV420P, profiles: [target({ codec: 'hevc' })] },
  { capability: 17, encoder: FF_ENCODER_LIBVPX_VP8, format: AV_PIX_FMT_YUV420P, profiles: ONE },
  { capability: 18, encoder: FF_ENCODER_LIBVPX_VP9, format: AV_PIX_FMT_YUV420P, profiles: ONE },
  { capability: 21, encoder: FF_ENCODER_LIBX264, format: AV_PIX_FMT_YUV444P, profiles: ONE },
  { capability: 22, encoder: FF_ENCODER_LIBX264, format: AV_PIX_FMT_YUV422P, profiles: ONE },
  { capability: 23, encoder: FF_ENCODER_LIBX264, format: AV_PIX_FMT_YUV444P10LE, profiles: ONE },
  { capability: 24, encoder: FF_ENCODER_LIBX264, format: AV_PIX_FMT_YUV422P10LE, profiles: ONE },
  { capability: 25, encoder: FF_ENCODER_LIBX264, format: AV_PIX_FMT_YUV420P10LE, profiles: ONE },
];

/** What every ordinary job needs; served or not as a whole by the one basic trial. */
const BASIC = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 26];

const BASIC_PROFILES = [
  target({ profile: 'baseline', container: 'mp4' }),
  target({ profile: 'main', fps: 30000, fpsDen: 1001 }),
  target({ profile: 'high', gop: 'intra' }),
  target({ profile: 'constrained-high', gop: 1000 }),
];

/**
 * Capability numbers that really work on a device: for each one a few frames are made, transcoded, and counted. Nothing
 * is assumed from names or versions. An empty list means that not even ordinary H.264 works.
 */
export async function testCapabilities(device: Device): Promise<number[]> {
  const basic = await passes(device, FF_ENCODER_LIBX264, AV_PIX_FMT_YUV420P, BASIC_PROFILES, true, {});
  if (!basic) return [];
  const found = [...BASIC];
  for (const { capability, encoder, format, profiles, options = {} } of TRIALS) {
    if (await passes(device, encoder, format, profiles, false, options)) found.push(capability);
  }
  return found.sort((a, b) => a - b);
}

async function passes(
  device: Device,
  encoder: Encoder,
  format: PixelFormat,
  profiles: readonly VideoProfile[],
  hash: boolean,
  options: Readonly<Record<string, string>>,
): Promise<boolean> {
  using warm = new WarmStore();
  try {
    const job = {
      sessionId: 'self-test',
      manifestId: 'self-test',
      seq: 0,
      durationMs: 200,
      profiles,
      perceptualHash: hash,
      reinitialise: false,
      serviceProvider: 'self-test',
    };
    const sizes: number[] = [];
    const context = {
      device,
      threads: { decoder: 1, encoders: 1 },
      lanes: new Lanes({ cores: 1, slots: 1 }),
      signal: AbortSignal.timeout(10_000),
      warm,
      output: {
        decoded: () => {},
        counted: () => {},
        bytes: (index: number, piece: Uint8Array) => (sizes[index] = (sizes[index] ?? 0) + piece.length),
        complete: () => {},
      },
    };
    const bytes = GrowingBytes.of(await sample(encoder, format, options));
    const result = await transcodeSegment(job, { bytes, starvation: new Starvation() }, context);
    return (
      result.source.frames === FRAMES && result.renditions.every(({ frames }, index) => frames > 0 && (sizes[index] ?? 0) > 25)
    );
  } catch {
    // Whatever the reason, it doesn't work here; the protocol only asks whether it does.
    return false;
  }
}

async function sample(name: Encoder, format: PixelFormat, options: Readonly<Record<string, string>>): Promise<Buffer> {
  const codec = Codec.findEncoderByName(name);
  if (!codec) throw new Error('encoder not built in');
  using context = new CodecContext();
  context.allocContext3(codec);
  context.width = SIDE;
  context.height = SIDE;
  context.pixelFormat = format;
  context.timeBase = new Rational(1, 30);
  context.framerate = new Rational(30, 1);
  context.threadCount = 1;
  context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
  for (const [key, value] of Object.entries(options)) context.setOption(key, value);
  check(context.open2Sync(codec, null), 'open sample encoder');
  using muxer = new MemoryMuxer({ container: 'matroska', expectedBytes: 1 << 16 });
  muxer.addEncoder(context);
  muxer.start();
  using frame = new Frame();
  frame.alloc();
  using packet = new Packet();
  packet.alloc();
  const drain = async () => {
    while ((await context.receivePacket(packet)) >= 0) muxer.write(packet, 0, context.timeBase);
  };
  for (let index = 0; index < FRAMES; index++) {
    frame.unref();
    frame.width = SIDE;
    frame.height = SIDE;
    frame.format = format;
    check(frame.getBuffer(), 'allocate picture');
    for (const [plane, bytes] of (frame.data ?? []).entries())
      bytes.fill(plane === 0 ? 0 : 2).fill(1, 0, (bytes.length * (index + 1)) >> 3);
    frame.pts = BigInt(index);
    check(await context.sendFrame(frame), 'encode sample');
    await drain();
  }
  check(await context.sendFrame(null), 'encode sample');
  await drain();
  return muxer.finish();
}
