import {
  AV_CHANNEL_LAYOUT_STEREO,
  AV_PICTURE_TYPE_I,
  AV_PICTURE_TYPE_NONE,
  AV_PIX_FMT_YUV420P,
  AV_SAMPLE_FMT_FLTP,
  FF_ENCODER_AAC,
  FF_ENCODER_LIBX264,
  FF_ENCODER_LIBX265,
} from 'node-av/constants';
import { Codec, CodecContext, Frame, Packet, Rational } from 'node-av/lib';
import type { ClipParameters, SourceSegment } from '../source-types.ts';
import { check } from './av-error.ts';
import { MemoryMuxer } from './muxer.ts';
import { paint } from './picture.ts';

const SAMPLE_RATE = 48_000;
const AUDIO_FRAME = 1024;
const TICKS = 90_000;
/** The clip's first time stamp, 90 kHz: room for the negative dts that B-frames bring. */
const CLIP_START_TICKS = 10 * TICKS;

interface EncodedAudio {
  readonly encoder: CodecContext;
  readonly packets: readonly Packet[];
}

/** Paints and encodes a practice clip, cut into MPEG-TS segments with continuous time stamps. */
export async function* generateSegments(parameters: ClipParameters): AsyncGenerator<SourceSegment, void, undefined> {
  const { width, height, fps, fpsDen = 1, seconds, segmentSeconds = 2 } = parameters;
  const frameTicks = (TICKS * fpsDen) / fps;
  const perSegment = Math.max(1, Math.round((segmentSeconds * fps) / fpsDen));
  const total = Math.max(perSegment, Math.round((seconds * fps) / fpsDen));
  using stack = new DisposableStack();
  const encoder = openVideo(parameters, perSegment);
  stack.defer(() => encoder.freeContext());
  const audio = parameters.audio === false ? undefined : await encodeTone(total * frameTicks);
  stack.defer(() => {
    for (const packet of audio?.packets ?? []) packet.free();
    audio?.encoder.freeContext();
  });
  const frame = new Frame();
  frame.alloc();
  stack.defer(() => frame.free());
  const packet = new Packet();
  packet.alloc();
  stack.defer(() => packet.free());

  let pending: Packet[] = [];
  let seq = 0;
  let nextAudio = 0;
  const cut = (): SourceSegment => {
    const count = Math.min(perSegment, total - seq * perSegment);
    const endTicks = CLIP_START_TICKS + Math.round((seq * perSegment + count) * frameTicks);
    using muxer = new MemoryMuxer({ container: 'mpegts', expectedBytes: 1 << 20 });
    const videoIndex = muxer.addEncoder(encoder);
    const audioIndex = audio ? muxer.addEncoder(audio.encoder) : -1;
    muxer.start();
    for (const item of pending) {
      muxer.write(item, videoIndex, encoder.timeBase);
      item.free();
    }
    pending = [];
    for (let item = audio?.packets[nextAudio]; audio && item; item = audio.packets[++nextAudio]) {
      if ((Number(item.pts) * TICKS) / SAMPLE_RATE >= endTicks) break;
      muxer.write(item, audioIndex, audio.encoder.timeBase);
    }
    const segment = {
      seq,
      data: muxer.finish(),
      durationMs: Math.round((count * 1000 * fpsDen) / fps),
      width,
      height,
      fps: fps / fpsDen,
    };
    seq += 1;
    return segment;
  };
  const lastOf = () => Math.min(perSegment, total - seq * perSegment);
  const drain = async function* () {
    while ((await encoder.receivePacket(packet)) >= 0) {
      const copy = packet.clone();
      if (copy) pending.push(copy);
      packet.unref();
      if (pending.length === lastOf()) yield cut();
    }
  };

  for (let index = 0; index < total; index++) {
    paintFrame(frame, parameters, index, total);
    frame.pts = BigInt(CLIP_START_TICKS + Math.round(index * frameTicks));
    frame.pictType = index % perSegment === 0 ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    check(await encoder.sendFrame(frame), 'encode clip');
    yield* drain();
  }
  check(await encoder.sendFrame(null), 'encode clip');
  yield* drain();
}

function paintFrame(frame: Frame, { width, height, fps, fpsDen = 1 }: ClipParameters, index: number, total: number): void {
  frame.unref();
  frame.width = width;
  frame.height = height;
  frame.format = AV_PIX_FMT_YUV420P;
  check(frame.getBuffer(), 'allocate picture');
  const [y, u, v] = frame.data ?? [];
  const [sy = width, su = width >> 1, sv = width >> 1] = frame.linesize;
  if (!y || !u || !v) throw new Error('picture without planes');
  const second = Math.floor((index * fpsDen) / fps);
  const inSecond = index - Math.ceil((second * fps) / fpsDen);
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const label = `${two(second / 60)}:${two(second % 60)}:${two(inSecond)}`;
  paint({ width, height, y, u, v, strides: [sy, su, sv] }, index / total, label);
}

function openVideo({ width, height, fps, fpsDen = 1, bitrate, codec: name = 'h264' }: ClipParameters, gop: number): CodecContext {
  const codec = Codec.findEncoderByName(name === 'h264' ? FF_ENCODER_LIBX264 : FF_ENCODER_LIBX265);
  if (!codec) throw new Error(`no ${name} encoder in this FFmpeg`);
  const rate = bitrate ?? Math.round(width * height * 4);
  const encoder = new CodecContext();
  encoder.allocContext3(codec);
  encoder.width = width;
  encoder.height = height;
  encoder.pixelFormat = AV_PIX_FMT_YUV420P;
  encoder.timeBase = new Rational(1, TICKS);
  encoder.framerate = new Rational(fps, fpsDen);
  encoder.gopSize = gop;
  encoder.maxBFrames = 2;
  encoder.bitRate = BigInt(rate);
  encoder.rcMaxRate = BigInt(rate);
  encoder.rcBufferSize = rate;
  const options =
    name === 'h264'
      ? { preset: 'veryfast', 'forced-idr': '1', sc_threshold: '0' }
      : { preset: 'ultrafast', 'forced-idr': '1', 'x265-params': 'log-level=none:scenecut=0:open-gop=0' };
  for (const [key, value] of Object.entries(options)) check(encoder.setOption(key, value), `set ${key}`);
  check(encoder.open2Sync(codec, null), 'open clip encoder');
  return encoder;
}

/** A soft 440 Hz tone that breathes once a second, long enough to cover `ticks`. The encoder's priming packet is left out. */
async function encodeTone(ticks: number): Promise<EncodedAudio> {
  const codec = Codec.findEncoderByName(FF_ENCODER_AAC);
  if (!codec) throw new Error('no AAC encoder in this FFmpeg');
  const encoder = new CodecContext();
  encoder.allocContext3(codec);
  encoder.sampleRate = SAMPLE_RATE;
  encoder.sampleFormat = AV_SAMPLE_FMT_FLTP;
  encoder.channelLayout = AV_CHANNEL_LAYOUT_STEREO;
  encoder.timeBase = new Rational(1, SAMPLE_RATE);
  encoder.bitRate = 96_000n;
  check(await encoder.open2(codec, null), 'open clip sound');
  const start = BigInt((CLIP_START_TICKS / TICKS) * SAMPLE_RATE);
  const packets: Packet[] = [];
  const packet = new Packet();
  packet.alloc();
  const frame = new Frame();
  frame.alloc();
  const collect = () => {
    while (encoder.receivePacketSync(packet) >= 0) {
      const copy = packet.pts >= start ? packet.clone() : null;
      if (copy) packets.push(copy);
      packet.unref();
    }
  };
  const frames = Math.ceil((ticks * SAMPLE_RATE) / TICKS / AUDIO_FRAME) + 2;
  for (let index = 0; index < frames; index++) {
    frame.unref();
    frame.nbSamples = AUDIO_FRAME;
    frame.format = AV_SAMPLE_FMT_FLTP;
    frame.sampleRate = SAMPLE_RATE;
    frame.channelLayout = encoder.channelLayout;
    check(frame.getBuffer(), 'allocate sound');
    for (const plane of frame.extendedData ?? frame.data ?? []) {
      const samples = new Float32Array(plane.buffer, plane.byteOffset, AUDIO_FRAME);
      for (let i = 0; i < AUDIO_FRAME; i++) {
        const at = (index * AUDIO_FRAME + i) / SAMPLE_RATE;
        samples[i] = (0.1 + 0.06 * Math.sin(2 * Math.PI * at)) * Math.sin(2 * Math.PI * 440 * at);
      }
    }
    frame.pts = start + BigInt(index * AUDIO_FRAME);
    check(encoder.sendFrameSync(frame), 'encode sound');
    collect();
  }
  check(encoder.sendFrameSync(null), 'encode sound');
  collect();
  packet.free();
  frame.free();
  return { encoder, packets };
}
