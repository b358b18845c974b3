import { AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_NOPTS_VALUE, AV_PKT_FLAG_KEY } from 'node-av/constants';
import { avRescaleQ, Packet } from 'node-av/lib';
import { EngineError } from '../../base/errors.ts';
import type { SegmentFileParameters, SourceSegment } from '../source-types.ts';
import { Demuxer } from './demuxer.ts';
import { MemoryMuxer } from './muxer.ts';

const MS = { num: 1, den: 1000 };
const TICKS = { num: 1, den: 90_000 };

/**
 * Cuts a local H.264 or HEVC file into MPEG-TS segments at key frames, without decoding: packets are copied, time stamps
 * run on from segment to segment. Other video codecs are refused with `media-unsupported-codec`.
 */
export async function* cutFile(
  path: string,
  { segmentSeconds, startMs = 10_000 }: SegmentFileParameters,
): AsyncGenerator<SourceSegment, void, undefined> {
  using input = await Demuxer.fromFile(path);
  const video = input.video;
  if (!video) {
    throw new EngineError({ code: 'media-no-video', message: 'The file has no video stream.', nextStep: 'Choose a video file.' });
  }
  const codecId = video.codecpar.codecId;
  if (codecId !== AV_CODEC_ID_H264 && codecId !== AV_CODEC_ID_HEVC) {
    throw new EngineError({
      code: 'media-unsupported-codec',
      message: 'Only H.264 and HEVC video can be cut into segments without converting it.',
      nextStep: 'Convert the file to H.264 first.',
    });
  }
  const audio = input.audio;
  const videoBase = video.timeBase;
  const audioBase = audio?.timeBase ?? videoBase;
  const { width, height } = video.codecpar;
  const rate = video.avgFrameRate.num > 0 ? video.avgFrameRate : video.rFrameRate;
  const fps = rate.den > 0 ? rate.num / rate.den : 0;
  const frameMs = fps > 0 ? 1000 / fps : 40;
  const segmentMs = segmentSeconds * 1000;

  using packet = new Packet();
  packet.alloc();
  let muxer: MemoryMuxer | undefined;
  let seq = 0;
  let offset: bigint | undefined;
  let fileStartMs = 0;
  let segmentStartMs = 0;
  let lastMs = 0;
  const open = (): MemoryMuxer => {
    const next = new MemoryMuxer({ container: 'mpegts', expectedBytes: 1 << 20 });
    next.addCopy(video.codecpar, videoBase);
    if (audio) next.addCopy(audio.codecpar, audioBase);
    next.start();
    return next;
  };
  const close = (done: MemoryMuxer, endMs: number): SourceSegment => {
    const segment = { seq, data: done.finish(), durationMs: Math.round(endMs - segmentStartMs), width, height, fps };
    done[Symbol.dispose]();
    seq += 1;
    return segment;
  };
  try {
    while (await input.read(packet)) {
      const isVideo = packet.streamIndex === video.index;
      if (!isVideo && packet.streamIndex !== audio?.index) continue;
      const stamp = packet.pts === AV_NOPTS_VALUE ? packet.dts : packet.pts;
      if (stamp === AV_NOPTS_VALUE) continue;
      const base = isVideo ? videoBase : audioBase;
      const atMs = Number(avRescaleQ(stamp, base, MS));
      if (isVideo && packet.hasFlags(AV_PKT_FLAG_KEY)) {
        if (!muxer) {
          fileStartMs = atMs;
          segmentStartMs = atMs;
          offset = avRescaleQ(BigInt(startMs) - BigInt(atMs), MS, TICKS);
          muxer = open();
        } else if (atMs - fileStartMs >= (seq + 1) * segmentMs || atMs - segmentStartMs >= segmentMs) {
          const done = muxer;
          muxer = undefined;
          yield close(done, atMs);
          segmentStartMs = atMs;
          muxer = open();
        }
      }
      if (!muxer || offset === undefined) continue;
      if (isVideo) lastMs = Math.max(lastMs, atMs);
      const shift = avRescaleQ(offset, TICKS, base);
      if (packet.pts !== AV_NOPTS_VALUE) packet.pts += shift;
      if (packet.dts !== AV_NOPTS_VALUE) packet.dts += shift;
      muxer.write(packet, isVideo ? 0 : 1, base);
    }
    if (muxer) {
      const done = muxer;
      muxer = undefined;
      yield close(done, lastMs + frameMs);
    }
  } finally {
    muxer?.[Symbol.dispose]();
  }
  if (seq === 0) {
    throw new EngineError({ code: 'media-no-keyframe', message: 'The file has no key frame to start from.' });
  }
}
