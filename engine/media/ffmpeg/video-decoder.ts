import {
  AV_CODEC_ID_AV1,
  AV_CODEC_ID_H264,
  AV_CODEC_ID_HEVC,
  AV_CODEC_ID_VP8,
  AV_CODEC_ID_VP9,
  AV_NOPTS_VALUE,
  AV_PIX_FMT_CUDA,
  AVERROR_INVALIDDATA,
  FF_THREAD_FRAME,
} from 'node-av/constants';
import {
  Codec,
  CodecContext,
  type CodecParameters,
  Frame,
  type HardwareDeviceContext,
  type Packet,
  type Rational,
} from 'node-av/lib';
import { mediaError } from '../media-error.ts';
import { AvError, check, isDone } from './av-error.ts';
import type { Lane } from './lanes.ts';

/** Video codecs a segment may have; the rest of FFmpeg's decoders stay out of a stranger's reach. */
const CODECS: ReadonlySet<number> = new Set<number>([
  AV_CODEC_ID_H264,
  AV_CODEC_ID_HEVC,
  AV_CODEC_ID_VP8,
  AV_CODEC_ID_VP9,
  AV_CODEC_ID_AV1,
]);

/** NVDEC surfaces beyond what the stream itself needs; the queues on a GPU are shorter than this. */
export const GPU_EXTRA_FRAMES = 8;

/** What a decoder is opened with. */
export interface DecoderParameters {
  readonly parameters: CodecParameters;
  readonly timeBase: Rational;
  readonly threads: number;
  /** CUDA device; then NVDEC decodes where it can. */
  readonly device?: HardwareDeviceContext;
}

/** Decodes one video stream; frames come out with strictly rising time stamps. */
export class VideoDecoder implements Disposable {
  readonly #context = new CodecContext();
  readonly #scratch = new Frame();
  #lastPts: bigint | undefined;
  #lastStep = 1n;
  /** Packets that FFmpeg refused as broken. */
  brokenPackets = 0;

  constructor({ parameters, timeBase, threads, device }: DecoderParameters) {
    const codec = CODECS.has(parameters.codecId) ? Codec.findDecoder(parameters.codecId) : null;
    if (!codec) {
      throw mediaError(
        'media-unsupported-codec',
        'Unsupported input codec',
        'The segment has a video codec that is not supported.',
      );
    }
    try {
      this.#context.allocContext3(codec);
      check(this.#context.parametersToContext(parameters), 'describe decoder');
      this.#context.pktTimebase = timeBase;
      this.#context.threadCount = threads;
      this.#context.threadType = FF_THREAD_FRAME;
      if (device && codec.hasHardwareAcceleration()) {
        this.#context.hwDeviceCtx = device;
        this.#context.setHardwarePixelFormat(AV_PIX_FMT_CUDA);
        // A few frames wait in the renditions' queues; NVDEC takes 32 surfaces at most, so not many can.
        this.#context.extraHWFrames = GPU_EXTRA_FRAMES;
        this.#context.threadCount = 1;
      }
      check(this.#context.open2Sync(codec, null), 'open decoder');
      this.#scratch.alloc();
    } catch (error) {
      this.#context.freeContext();
      throw error;
    }
  }

  /** What a decoder must have been opened for to be used again. */
  static key({ parameters, threads }: DecoderParameters): string {
    const { codecId, width, height, format, extradata } = parameters;
    return `${codecId} ${width}x${height} ${format} ${threads} ${extradata?.toString('base64') ?? ''}`;
  }

  /** Makes an ended decoder ready for the next segment. */
  reset(timeBase: Rational): void {
    this.#context.flushBuffers();
    this.#context.pktTimebase = timeBase;
    this.#lastPts = undefined;
    this.#lastStep = 1n;
    this.brokenPackets = 0;
  }

  /** Feeds one packet (null at the end) and yields the frames that come out; the caller frees each. */
  async *decode(packet: Packet | null, lane: Lane): AsyncGenerator<Frame, void, undefined> {
    const sent = await lane(() => this.#context.sendPacket(packet));
    if (sent < 0 && !isDone(sent)) {
      if (sent !== AVERROR_INVALIDDATA) throw new AvError(sent, 'decode');
      this.brokenPackets += 1;
      return;
    }
    while (true) {
      // Draining runs the decoder for each frame; otherwise the work was done while sending.
      const result =
        packet === null
          ? await lane(() => this.#context.receiveFrame(this.#scratch))
          : this.#context.receiveFrameSync(this.#scratch);
      if (isDone(result)) return;
      if (result < 0) {
        if (result !== AVERROR_INVALIDDATA) throw new AvError(result, 'decode');
        this.brokenPackets += 1;
        continue;
      }
      const frame = new Frame();
      frame.alloc();
      check(frame.ref(this.#scratch), 'keep picture');
      this.#scratch.unref();
      this.#stamp(frame);
      yield frame;
    }
  }

  /** Missing time stamps and those that go backwards are repaired to rise strictly (reference: transcoder.md §6.2). */
  #stamp(frame: Frame): void {
    let pts = frame.bestEffortTimestamp;
    if (pts === AV_NOPTS_VALUE) pts = frame.pts;
    if (this.#lastPts !== undefined) {
      if (pts === AV_NOPTS_VALUE || pts <= this.#lastPts)
        pts = this.#lastPts + (frame.duration > 0n ? frame.duration : this.#lastStep);
      this.#lastStep = pts - this.#lastPts;
    } else if (pts === AV_NOPTS_VALUE) pts = 0n;
    this.#lastPts = pts;
    frame.pts = pts;
    if (frame.duration <= 0n) frame.duration = this.#lastStep;
  }

  [Symbol.dispose](): void {
    this.#scratch.free();
    this.#context.freeContext();
  }
}
