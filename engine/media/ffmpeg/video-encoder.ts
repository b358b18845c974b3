import { AV_CODEC_FLAG_GLOBAL_HEADER, AV_PICTURE_TYPE_I, AV_PICTURE_TYPE_NONE, AV_PIX_FMT_YUV420P } from 'node-av/constants';
import { Codec, CodecContext, type Frame, type Packet, type Rational } from 'node-av/lib';
import type { EncoderPlan } from '../encoder-plan.ts';
import { AvError, check, isDone } from './av-error.ts';
import type { Colours } from './decoded-frame.ts';
import type { Lane } from './lanes.ts';

/** What an encoder is opened with. */
export interface EncoderParameters {
  readonly plan: EncoderPlan;
  /** A frame like those that will come: size, format, range, CUDA pool. */
  readonly sample: Frame;
  readonly colours: Colours;
  readonly timeBase: Rational;
  /** Frames per second, as far as known; the rate control starts from it. */
  readonly frameRate: Rational;
  readonly globalHeader: boolean;
  readonly threads: number;
}

/** Encodes one rendition's pictures. */
export class VideoEncoder implements Disposable {
  readonly context = new CodecContext();
  readonly #forceEvery: bigint | undefined;
  #nextForced: bigint | undefined;

  constructor({ plan, sample, colours, timeBase, frameRate, globalHeader, threads }: EncoderParameters) {
    const codec = Codec.findEncoderByName(plan.encoder as Parameters<typeof Codec.findEncoderByName>[0]);
    if (!codec) throw new AvError(-1, `find encoder ${plan.encoder}`);
    const context = this.context;
    try {
      context.allocContext3(codec);
      context.width = sample.width;
      context.height = sample.height;
      context.timeBase = timeBase;
      if (frameRate.num > 0) context.framerate = frameRate;
      context.sampleAspectRatio = sample.sampleAspectRatio;
      context.colorRange = sample.colorRange;
      context.colorPrimaries = colours.colorPrimaries;
      context.colorTrc = colours.colorTrc;
      context.colorSpace = colours.colorSpace;
      context.maxBFrames = plan.maxBFrames;
      if (plan.gopSize !== undefined) context.gopSize = plan.gopSize;
      if (plan.bitrate > 0) {
        context.bitRate = BigInt(plan.bitrate);
        context.rcMinRate = BigInt(plan.bitrate);
        context.rcMaxRate = BigInt(plan.bitrate);
        context.rcBufferSize = plan.bitrate;
      }
      if (sample.isHwFrame()) {
        context.pixelFormat = sample.format as typeof context.pixelFormat;
        context.hwFramesCtx = sample.hwFramesCtx;
      } else {
        context.pixelFormat = AV_PIX_FMT_YUV420P;
        context.threadCount = threads;
      }
      if (globalHeader) context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
      for (const [name, value] of Object.entries(plan.options)) context.setOption(name, value);
      check(context.open2Sync(codec, null), `open encoder ${plan.encoder}`);
    } catch (error) {
      context.freeContext();
      throw error;
    }
    this.#forceEvery =
      plan.forceKeyEveryMs === undefined
        ? undefined
        : BigInt(Math.round((plan.forceKeyEveryMs * timeBase.den) / (1000 * timeBase.num)));
  }

  /** What an encoder must have been opened for to be used again. */
  static key({ plan, sample, colours, timeBase, frameRate, globalHeader }: EncoderParameters): string {
    const { width, height, format, colorRange } = sample;
    const rates = [timeBase.num, timeBase.den, frameRate.num, frameRate.den];
    return JSON.stringify([plan, width, height, format, colorRange, colours, rates, globalHeader]);
  }

  /** Makes an ended encoder ready for the next segment; only for encoders that can be flushed (NVENC, libx264). */
  reset(): void {
    this.context.flushBuffers();
    this.#nextForced = undefined;
  }

  /** Encodes one frame; its picture type is set here: the first of a segment, and each forced one, is an IDR frame. */
  async encode(frame: Frame, lane: Lane): Promise<void> {
    const forced = this.#nextForced === undefined || (this.#forceEvery !== undefined && frame.pts >= this.#nextForced);
    if (forced) this.#nextForced = frame.pts + (this.#forceEvery ?? 0n);
    frame.pictType = forced ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    check(await lane(() => this.context.sendFrame(frame)), 'encode');
  }

  /** Takes a finished packet, if there is one. The work was done by {@link encode}. */
  take(packet: Packet): boolean {
    const result = this.context.receivePacketSync(packet);
    if (isDone(result)) return false;
    check(result, 'encode');
    return true;
  }

  /** Ends the stream: hands each packet that is still inside to `onPacket`. */
  async finish(packet: Packet, lane: Lane, onPacket: (packet: Packet) => void): Promise<void> {
    check(await lane(() => this.context.sendFrame(null)), 'end encoding');
    while (true) {
      const result = await lane(() => this.context.receivePacket(packet));
      if (isDone(result)) return;
      check(result, 'encode');
      onPacket(packet);
    }
  }

  [Symbol.dispose](): void {
    this.context.freeContext();
  }
}
