import { AV_NOPTS_VALUE, AVFMT_FLAG_AUTO_BSF } from 'node-av/constants';
import { avGetCodecName, avRescaleQ, FormatContext, Packet, type Stream } from 'node-av/lib';
import { EngineError } from '../../base/errors.ts';
import type { FileFacts } from '../source-types.ts';
import { check } from './av-error.ts';
import { Demuxer } from './demuxer.ts';

const MICROSECONDS = { num: 1, den: 1_000_000 };

/** Reads what a local file holds, without decoding it. Throws `media-no-video` when there is no video. */
export async function factsOf(path: string): Promise<FileFacts> {
  using input = await Demuxer.fromFile(path);
  const { video, audio, format } = input;
  if (!video)
    throw new EngineError({ code: 'media-no-video', message: 'The file has no video stream.', nextStep: 'Choose a video file.' });
  const rate = video.avgFrameRate.num > 0 ? video.avgFrameRate : video.rFrameRate;
  return {
    durationMs: format.duration === AV_NOPTS_VALUE ? 0 : Math.round(Number(format.duration) / 1000),
    codec: avGetCodecName(video.codecpar.codecId) ?? 'unknown',
    width: video.codecpar.width,
    height: video.codecpar.height,
    fps: rate.den > 0 ? rate.num / rate.den : 0,
    hasAudio: audio !== undefined,
  };
}

/** Copies a file's streams into an MP4 with its index in front. */
export async function remuxToMp4(from: string, to: string): Promise<void> {
  using input = await Demuxer.fromFile(from);
  const origin = input.format.startTime === AV_NOPTS_VALUE ? 0n : input.format.startTime;
  const output = new FormatContext();
  check(output.allocOutputContext2(null, 'mp4', `file:${to}`), 'open MP4 muxer');
  output.setFlags(AVFMT_FLAG_AUTO_BSF);
  try {
    const streams = new Map<number, { readonly from: Stream; readonly to: Stream }>();
    for (const source of [input.video, input.audio]) {
      if (!source) continue;
      const target = output.newStream(null);
      check(source.codecpar.copy(target.codecpar), 'copy stream parameters');
      target.codecpar.codecTag = 0;
      target.timeBase = source.timeBase;
      streams.set(source.index, { from: source, to: target });
    }
    output.setOption('movflags', 'faststart');
    check(await output.openOutput(), 'create file');
    check(await output.writeHeader(null), 'write MP4 header');
    using packet = new Packet();
    packet.alloc();
    while (await input.read(packet)) {
      const pair = streams.get(packet.streamIndex);
      if (!pair) continue;
      // A file begins at zero, wherever its segments lay on the stream's time line.
      const start = avRescaleQ(origin, MICROSECONDS, pair.from.timeBase);
      if (packet.pts !== AV_NOPTS_VALUE) packet.pts -= start;
      if (packet.dts !== AV_NOPTS_VALUE) packet.dts -= start;
      packet.rescaleTs(pair.from.timeBase, pair.to.timeBase);
      packet.streamIndex = pair.to.index;
      check(await output.interleavedWriteFrame(packet), 'write MP4 packet');
    }
    check(await output.writeTrailer(), 'finish MP4');
  } finally {
    await output.closeOutput();
    output.freeContext();
  }
}
