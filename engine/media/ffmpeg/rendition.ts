import { AV_PIX_FMT_YUV420P } from 'node-av/constants';
import { type CodecParameters, Frame, Packet, Rational } from 'node-av/lib';
import type { OutputListener, VideoProfile } from '../../api/media.ts';
import { type EncoderPlan, planEncoder } from '../encoder-plan.ts';
import { FrameRateConverter } from '../frame-rate.ts';
import { mediaError } from '../media-error.ts';
import { outputSize, type Size } from '../size.ts';
import { check } from './av-error.ts';
import type { Colours, DecodedFrame } from './decoded-frame.ts';
import type { Device } from './device.ts';
import { FrameQueue } from './frame-queue.ts';
import type { Lane } from './lanes.ts';
import { MemoryMuxer } from './muxer.ts';
import { scaleInMemory, scaleOnGpu } from './scale-filters.ts';
import { PictureGraph } from './scaler.ts';
import { SignatureTap } from './signature.ts';
import { GPU_EXTRA_FRAMES } from './video-decoder.ts';
import { VideoEncoder } from './video-encoder.ts';
import type { WarmStore } from './warm-store.ts';

/** Decoded frames a rendition may lag behind the decoder; more only take memory and cache. */
const QUEUE_LIMIT = 8;
/** On a GPU each waiting frame holds one of NVDEC's few surfaces. */
const GPU_QUEUE_LIMIT = GPU_EXTRA_FRAMES / 2;
/** A rendition may have this many times more frames than were decoded (LPMS `filter.c`). */
const RUNAWAY_FACTOR = 25;

/** A copied audio stream. */
export interface AudioSource {
  readonly parameters: CodecParameters;
  readonly timeBase: Rational;
}

/** What one rendition of one segment is made from. */
export interface RenditionParameters {
  readonly profile: VideoProfile;
  readonly device: Device;
  /** Time base and frame rate of the decoded frames. */
  readonly timeBase: Rational;
  readonly frameRate: Rational;
  readonly audio: AudioSource | undefined;
  readonly serviceProvider: string;
  readonly durationMs: number;
  readonly threads: number;
  readonly signature: boolean;
  /** Ends the work between two codec calls. */
  readonly signal: AbortSignal;
  /** Makes the lane its codec calls run on, which asks how many pictures are left to be encoded. */
  readonly lane: (left: () => number) => Lane;
  /** Filters and, on a GPU, encoders kept from the session's last segment. */
  readonly warm: WarmStore;
  /** Place among the job's renditions. */
  readonly index: number;
  /** Frames decoded so far. */
  readonly decoded: () => number;
  readonly output: OutputListener;
}

/** A finished rendition's numbers. */
export interface RenditionResult extends Size {
  readonly frames: number;
  readonly pixels: number;
}

interface Shape extends Size {
  readonly format: number;
}

/** Scale, rate, encode, mux: everything of one rendition. Runs beside the others; they share only the decoded pictures. */
export class RenditionChain {
  readonly #parameters: RenditionParameters;
  readonly #plan: EncoderPlan;
  readonly #queue: FrameQueue<DecodedFrame>;
  readonly #pacer: FrameRateConverter<DecodedFrame> | undefined;
  readonly #outputTimeBase: Rational;
  readonly #held: Packet[] = [];
  #graph: PictureGraph | undefined;
  #graphKey = '';
  #encoderKey = '';
  #shape: Shape | undefined;
  #encoder: VideoEncoder | undefined;
  #muxer: MemoryMuxer | undefined;
  #tap: SignatureTap | undefined;
  readonly #packet = new Packet();
  readonly #lane: Lane;
  #size: Size = { width: 0, height: 0 };
  #frames = 0;
  #pixels = 0;
  /** Pictures that have left the encoder. */
  #encoded = 0;
  /** Pictures between the queue and the encoder. */
  #inHand = 0;
  #endPts = 0n;

  constructor(parameters: RenditionParameters) {
    this.#parameters = parameters;
    const { profile, device, timeBase, decoded, lane } = parameters;
    this.#queue = new FrameQueue(device.kind === 'gpu' ? GPU_QUEUE_LIMIT : QUEUE_LIMIT);
    this.#plan = planEncoder(profile, device.kind);
    if (profile.fps > 0) {
      let stamped = 0;
      this.#pacer = new FrameRateConverter({ timeBase, fps: profile.fps, fpsDen: profile.fpsDen }, () => {
        stamped += 1;
        if (stamped > RUNAWAY_FACTOR * decoded()) {
          throw mediaError(
            'media-runaway',
            'Encoded frames runaway',
            'The frame rate asked for would make far more frames than the source has.',
          );
        }
      });
    }
    this.#outputTimeBase = profile.fps > 0 ? new Rational(profile.fpsDen, profile.fps) : timeBase;
    this.#packet.alloc();
    this.#lane = lane(() => this.#queue.length + this.#inHand + this.#frames - this.#encoded);
  }

  /** Waits for room for one more frame, then takes a share of it. False when this rendition has failed. */
  async offer(frame: DecodedFrame): Promise<boolean> {
    if (!(await this.#queue.room())) return false;
    this.#queue.push(frame.hold());
    return true;
  }

  /** No frame follows. */
  end(): void {
    this.#queue.end();
  }

  /** Ends the work with an error. */
  cancel(error: unknown): void {
    this.#queue.fail(error);
  }

  /** Copies an audio packet into the output. */
  audio(packet: Packet): void {
    const audio = this.#parameters.audio;
    const copy = packet.clone();
    if (!audio || !copy) return;
    if (this.#muxer) {
      this.#mux(copy, 1, audio.timeBase);
      copy.free();
    } else this.#held.push(copy);
  }

  /** Runs to the end of the segment. Frees everything, also when it fails. */
  async run(): Promise<RenditionResult> {
    const output = new Frame();
    output.alloc();
    try {
      while (true) {
        this.#parameters.signal.throwIfAborted();
        const decoded = await this.#queue.next();
        if (!decoded) break;
        this.#inHand = 1;
        await this.#take(decoded, output);
        this.#inHand = 0;
      }
      const last = this.#pacer?.finish(this.#endPts);
      if (last) await this.#render(last.frame, last.stamps, output);
      return await this.#finish();
    } finally {
      output.free();
      for (const decoded of this.#queue.abandon()) decoded.release();
      this.#pacer?.abandon()?.release();
      for (const packet of this.#held.splice(0)) packet.free();
      this.#packet.free();
      this.#tap?.[Symbol.dispose]();
      this.#graph?.[Symbol.dispose]();
      this.#encoder?.[Symbol.dispose]();
      this.#muxer?.[Symbol.dispose]();
    }
  }

  async #take(decoded: DecodedFrame, output: Frame): Promise<void> {
    const { pts, duration } = decoded.frame;
    this.#endPts = pts + duration;
    if (!this.#pacer) return this.#render(decoded, [pts], output);
    const done = this.#pacer.push(decoded, pts);
    if (done) await this.#render(done.frame, done.stamps, output);
  }

  /** Scales a frame and encodes it once per time stamp. Lets go of it. */
  async #render(decoded: DecodedFrame, stamps: readonly bigint[], output: Frame): Promise<void> {
    try {
      if (stamps.length === 0) return;
      const lane = this.#lane;
      const { frame } = decoded;
      await this.#fit(frame);
      output.unref();
      if (!this.#graph) check(output.ref(frame), 'share picture');
      else if (!(await this.#graph.run(frame, output, lane))) return;
      for (const stamp of stamps) {
        output.pts = stamp;
        if (this.#parameters.signature) {
          this.#tap ??= await SignatureTap.open(output, this.#outputTimeBase);
          await this.#tap.see(output, lane);
        }
        const encoder = this.#encoder ?? this.#open(output, decoded.colours);
        await encoder.encode(output, lane);
        this.#frames += 1;
        this.#pixels += encoder.context.width * encoder.context.height;
        while (encoder.take(this.#packet)) this.#muxPicture(encoder);
      }
    } finally {
      output.unref();
      decoded.release();
    }
  }

  /** Builds the scaler for the shape of the frames that come; again when it changes inside the segment. */
  async #fit(frame: Frame): Promise<void> {
    const { width, height, format } = frame;
    if (this.#shape && this.#shape.width === width && this.#shape.height === height && this.#shape.format === format) return;
    const { profile, device, timeBase } = this.#parameters;
    const size = outputSize(profile, frame);
    const changed = this.#encoder !== undefined && (size.width !== this.#size.width || size.height !== this.#size.height);
    this.#graph?.[Symbol.dispose]();
    this.#graph = undefined;
    if (changed) await this.#drain();
    this.#shape = { width, height, format };
    this.#size = size;
    const asIs = size.width === width && size.height === height && format === AV_PIX_FMT_YUV420P && device.kind === 'cpu';
    if (asIs) return;
    const parameters = {
      sample: frame,
      timeBase,
      filters: device.kind === 'cpu' ? scaleInMemory(size, format) : scaleOnGpu(size, frame.isHwFrame()),
      ...(device.context === undefined ? {} : { device: device.context }),
    };
    this.#graphKey = PictureGraph.key(parameters);
    this.#graph = this.#parameters.warm.take(this.#slot('graph'), this.#graphKey, PictureGraph) ?? new PictureGraph(parameters);
  }

  #open(sample: Frame, colours: Colours): VideoEncoder {
    const { profile, frameRate, threads, audio, serviceProvider, durationMs, output, index } = this.#parameters;
    const parameters = {
      plan: this.#plan,
      sample,
      colours,
      timeBase: this.#outputTimeBase,
      frameRate: profile.fps > 0 ? new Rational(profile.fps, profile.fpsDen) : frameRate,
      globalHeader: profile.container === 'mp4',
      threads,
    };
    this.#encoderKey = VideoEncoder.key(parameters);
    const encoder =
      this.#parameters.warm.take(this.#slot('encoder'), this.#encoderKey, VideoEncoder) ?? new VideoEncoder(parameters);
    this.#encoder = encoder;
    if (this.#muxer) return encoder;
    const muxer = new MemoryMuxer({
      container: profile.container,
      serviceProvider,
      startSeconds: (Number(sample.pts) * this.#outputTimeBase.num) / this.#outputTimeBase.den,
      expectedBytes: ((profile.bitrate || 4_000_000) * Math.max(1000, durationMs)) / 8000 + (1 << 18),
      onPiece: (piece) => output.bytes(index, piece),
    });
    this.#muxer = muxer;
    muxer.addEncoder(encoder.context, encoder.context.framerate);
    if (audio) muxer.addCopy(audio.parameters, audio.timeBase);
    muxer.start();
    for (const packet of this.#held.splice(0)) {
      if (audio) this.#mux(packet, 1, audio.timeBase);
      packet.free();
    }
    return encoder;
  }

  #muxPicture(encoder: VideoEncoder): void {
    this.#encoded += 1;
    this.#mux(this.#packet, 0, encoder.context.timeBase);
  }

  #mux(packet: Packet, index: number, timeBase: Rational): void {
    this.#muxer?.write(packet, index, timeBase);
  }

  async #drain(): Promise<void> {
    const encoder = this.#encoder;
    if (!encoder) return;
    await encoder.finish(this.#packet, this.#lane, () => {
      this.#parameters.signal.throwIfAborted();
      this.#muxPicture(encoder);
    });
    this.#encoder = undefined;
    // On a CPU opening an encoder costs a millisecond and a fresh rate control is what the reference has; NVENC's
    // sessions are slow to open and few, so they stay.
    if (this.#parameters.device.kind === 'gpu') {
      encoder.reset();
      this.#parameters.warm.put(this.#slot('encoder'), this.#encoderKey, encoder);
    } else encoder[Symbol.dispose]();
  }

  #slot(what: string): string {
    return `${what} ${this.#parameters.index}`;
  }

  async #finish(): Promise<RenditionResult> {
    const { output, index, warm } = this.#parameters;
    const numbers = { ...this.#size, frames: this.#frames, pixels: this.#pixels };
    if (this.#muxer) output.counted(index, numbers);
    await this.#drain();
    if (!this.#muxer)
      throw mediaError('media-no-keyframe', 'No keyframes in input', 'The segment has no picture that can be decoded.');
    const rest = this.#muxer.finish();
    if (rest.length > 0) output.bytes(index, rest);
    output.complete(index, await this.#tap?.finish());
    if (this.#graph) warm.put(this.#slot('graph'), this.#graphKey, this.#graph);
    this.#graph = undefined;
    return numbers;
  }
}
