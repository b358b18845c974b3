import { AV_PKT_FLAG_KEY } from 'node-av/constants';
import { avGetCodecName, avRescaleQ, type Frame, Packet, Rational } from 'node-av/lib';
import type { OutputListener, SourceInfo, TranscodeJob } from '../../api/media.ts';
import type { EngineError } from '../../base/errors.ts';
import { mediaError } from '../media-error.ts';
import { outputSize } from '../size.ts';
import { ClipWindow } from './clip-window.ts';
import { DecodedFrame } from './decoded-frame.ts';
import { Demuxer, type SegmentBytes } from './demuxer.ts';
import type { Device } from './device.ts';
import { KnownStreams } from './known-streams.ts';
import type { Lane, Lanes } from './lanes.ts';
import { RenditionChain, type RenditionResult } from './rendition.ts';
import { encoderThreads, type ThreadBudget } from './threads.ts';
import { VideoDecoder } from './video-decoder.ts';
import type { WarmStore } from './warm-store.ts';

const MAX_OUTPUTS = 10;
const MAX_DURATION_US = 300_000_000n;
const MILLISECONDS = { num: 1, den: 1000 };
const MICROSECONDS = { num: 1, den: 1_000_000 };

/** What the pipeline runs on. */
export interface PipelineContext {
  readonly device: Device;
  readonly threads: ThreadBudget;
  /** Order of the codec calls of all segments that run at once. */
  readonly lanes: Lanes;
  readonly signal: AbortSignal;
  /** What the session keeps between its segments. */
  readonly warm: WarmStore;
  /** Takes the renditions as they are made. */
  readonly output: OutputListener;
  /** Called now and then with the milliseconds of the source done so far. */
  readonly onProgress?: (doneMs: number) => void;
}

/** What was found in a segment, and its renditions' numbers; their bytes went to the listener. */
export interface SegmentResult {
  readonly source: SourceInfo;
  readonly renditions: readonly RenditionResult[];
}

type Job = Omit<TranscodeJob, 'input'>;

function checkJob({ profiles, clip }: Job): void {
  if (profiles.length > MAX_OUTPUTS)
    throw mediaError(
      'media-profile-invalid',
      'Too many outputs',
      `${profiles.length} renditions were asked for; ten is the most.`,
    );
  if (clip && (clip.fromMs < 0 || clip.toMs < 0 || (clip.fromMs > 0 && clip.toMs > 0 && clip.toMs < clip.fromMs))) {
    throw mediaError('media-clip-invalid', 'TranscoderInvalidClipConfig', 'The clip asked for ends before it begins.');
  }
}

/**
 * Transcodes one segment: demuxed and decoded once, all renditions side by side. In a session whose streams are known that begins while
 * the segment is still coming in.
 */
export async function transcodeSegment(job: Job, input: SegmentBytes, context: PipelineContext): Promise<SegmentResult> {
  checkJob(job);
  // MP4 outputs need the sound's parameters, and these could have changed unseen; MPEG-TS ones don't.
  const reusable = job.profiles.every(({ container }) => container === 'mpegts');
  using known = reusable ? context.warm.lease('streams', 'mpegts', KnownStreams) : undefined;
  using demuxer = await Demuxer.fromMemory(input, known?.value);
  const { video, audio, format } = demuxer;
  if (format.duration > MAX_DURATION_US) throw tooLong();
  if (!video || video.codecpar.width <= 0 || video.codecpar.height <= 0) {
    throw mediaError('media-no-video', 'TranscoderInvalidVideo', 'The segment has no video.');
  }
  const rate = video.avgFrameRate.num > 0 ? video.avgFrameRate : video.rFrameRate;
  const frameRate = rate.num > 0 && rate.den > 0 && rate.num / rate.den <= 1000 ? rate : new Rational(0, 1);
  const timeBase = video.timeBase;
  const sizes = job.profiles.map((profile) => outputSize(profile, video.codecpar));
  const threads = encoderThreads(sizes, context.threads);
  const decoding = {
    // Everything waits for decoded pictures, so they come first; the queues keep the decoder from running ahead.
    lane: input.starvation.lane(context.lanes.first()),
    parameters: video.codecpar,
    timeBase,
    threads: context.threads.decoder,
    ...(context.device.context === undefined ? {} : { device: context.device.context }),
  };
  using lease = context.warm.lease('decoder', VideoDecoder.key(decoding), VideoDecoder, () => new VideoDecoder(decoding));
  const decoder = lease.value;

  const dueMs = performance.now() + job.durationMs;
  const lane = (place: number, left: () => number): Lane => {
    const { width, height } = sizes[place] ?? { width: 0, height: 0 };
    const work = { remaining: () => width * height * left(), threads: threads[place] ?? 1, dueMs, place };
    return input.starvation.lane(context.lanes.lane(work));
  };
  let frames = 0;
  let pixels = 0;
  const chains = job.profiles.map(
    (profile, index) =>
      new RenditionChain({
        profile,
        device: context.device,
        timeBase,
        frameRate,
        audio: audio && { parameters: audio.codecpar, timeBase: audio.timeBase },
        serviceProvider: job.serviceProvider,
        durationMs: job.durationMs,
        threads: threads[index] ?? 1,
        signature: job.perceptualHash,
        warm: context.warm,
        index,
        signal: context.signal,
        lane: (left) => lane(index, left),
        decoded: () => frames,
        output: context.output,
      }),
  );
  const running = chains.map((chain) => chain.run());
  for (const run of running) run.catch(() => {});
  let firstPts: bigint | undefined;
  let lastPts = 0n;
  const window = new ClipWindow(job.clip, timeBase, audio, (packet) => {
    for (const chain of chains) chain.audio(packet);
  });
  const dispatch = async (frame: Frame): Promise<void> => {
    const picture = new DecodedFrame(frame);
    try {
      frames += 1;
      pixels += frame.width * frame.height;
      firstPts ??= frame.pts;
      lastPts = frame.pts + frame.duration;
      if (avRescaleQ(lastPts - firstPts, timeBase, MICROSECONDS) > MAX_DURATION_US) throw tooLong();
      if (frames % 15 === 0) context.onProgress?.(Number(avRescaleQ(lastPts - firstPts, timeBase, MILLISECONDS)));
      if (!window.keep(frame)) return;
      for (const chain of chains) if (!(await chain.offer(picture))) throw new ChainStopped();
    } finally {
      picture.release();
    }
  };
  let learnt: KnownStreams | undefined;
  using packet = new Packet();
  packet.alloc();
  try {
    let begun = false;
    while (await demuxer.read(packet)) {
      context.signal.throwIfAborted();
      if (packet.streamIndex === audio?.index) window.audio(packet);
      else if (packet.streamIndex === video.index) {
        if (!begun && packet.hasFlags(AV_PKT_FLAG_KEY)) {
          begun = true;
          learnt = reusable && !demuxer.recognised ? KnownStreams.learn(format, video, packet) : undefined;
        }
        if (begun) for await (const frame of decoder.decode(packet, decoding.lane)) await dispatch(frame);
      }
    }
    for await (const frame of decoder.decode(null, decoding.lane)) await dispatch(frame);
    if (frames === 0)
      throw mediaError('media-no-keyframe', 'No keyframes in input', 'The segment has no picture that can be decoded.');
  } catch (error) {
    learnt?.[Symbol.dispose]();
    for (const chain of chains) chain.cancel(error);
    const results = await Promise.allSettled(running);
    if (!(error instanceof ChainStopped)) throw error;
    throw (
      results.flatMap((result) => (result.status === 'rejected' && result.reason !== error ? [result.reason] : []))[0] ?? error
    );
  } finally {
    window[Symbol.dispose]();
  }
  const spanUs = firstPts === undefined ? 0n : avRescaleQ(lastPts - firstPts, timeBase, MICROSECONDS);
  const source: SourceInfo = {
    container: format.iformat?.name ?? 'unknown',
    codec: avGetCodecName(video.codecpar.codecId) ?? 'unknown',
    width: video.codecpar.width,
    height: video.codecpar.height,
    fps: frameRate.num > 0 ? frameRate.num / frameRate.den : spanUs > 0n ? (frames * 1e6) / Number(spanUs) : 0,
    durationMs: Math.round(Number(spanUs) / 1000),
    hasAudio: audio !== undefined,
    frames,
    pixels,
  };
  context.output.decoded(source);
  for (const chain of chains) chain.end();
  await Promise.allSettled(running);
  const renditions = await Promise.all(running);
  decoder.reset(timeBase);
  lease.keep();
  if (demuxer.recognised) known?.keep();
  else if (learnt) context.warm.put('streams', 'mpegts', learnt);
  return { source, renditions };
}

function tooLong(): EngineError {
  return mediaError('media-too-long', 'TranscoderInvalidDuration', 'The segment is longer than 300 s.');
}

/** A rendition has failed while frames were still coming; its own error is the one to report. */
class ChainStopped extends Error {}
