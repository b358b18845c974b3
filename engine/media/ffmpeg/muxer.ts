import { AV_NOPTS_VALUE, AVFMT_FLAG_BITEXACT } from 'node-av/constants';
import {
  type CodecContext,
  type CodecParameters,
  Dictionary,
  FormatContext,
  type Packet,
  type Rational,
  type Stream,
} from 'node-av/lib';
import type { Container } from '../../api/media.ts';
import { check } from './av-error.ts';
import { faststart } from './faststart.ts';
import { MemoryWriter } from './memory-io.ts';

/** What a {@link MemoryMuxer} needs to know before its first packet. */
export interface MuxerParameters {
  readonly container: Container | 'matroska';
  /** Values of the keys `service_provider` and `comment` (reference: transcoder.md §6.4); absent = FFmpeg's own. */
  readonly serviceProvider?: string;
  readonly expectedBytes: number;
}

interface OutputStream {
  readonly stream: Stream;
  lastDts: bigint;
}

/** Writes one file into memory: streams are added first, then `start`, packets, `finish`. */
export class MemoryMuxer implements Disposable {
  readonly #format = new FormatContext();
  readonly #writer: MemoryWriter;
  readonly #container: Container | 'matroska';
  readonly #streams: OutputStream[] = [];
  #freed = false;

  constructor({ container, serviceProvider, expectedBytes }: MuxerParameters) {
    this.#container = container;
    this.#writer = new MemoryWriter(expectedBytes);
    check(this.#format.allocOutputContext2(null, container, null), `open ${container} muxer`);
    this.#format.pb = this.#writer.io;
    if (serviceProvider !== undefined) {
      this.#format.metadata = Dictionary.fromObject({
        service_provider: serviceProvider,
        comment: `Processed by ${serviceProvider}`,
      });
    }
  }

  /** Adds the stream of an opened encoder; returns its index. */
  addEncoder(encoder: CodecContext, frameRate?: Rational): number {
    const stream = this.#format.newStream(null);
    check(stream.codecpar.fromContext(encoder), 'describe encoder');
    stream.timeBase = encoder.timeBase;
    if (frameRate && frameRate.num > 0) stream.avgFrameRate = frameRate;
    return this.#add(stream);
  }

  /** Adds a stream whose packets are copied; returns its index. */
  addCopy(parameters: CodecParameters, timeBase: Rational): number {
    const stream = this.#format.newStream(null);
    check(parameters.copy(stream.codecpar), 'copy stream parameters');
    stream.codecpar.codecTag = 0;
    stream.timeBase = timeBase;
    return this.#add(stream);
  }

  /** Writes the header. The muxer may change the streams' time bases here. */
  start(): void {
    check(this.#format.writeHeaderSync(null), `write ${this.#container} header`);
  }

  /**
   * Writes a packet; the packet is empty afterwards. Time stamps that would go backwards are raised
   * (reference: transcoder.md §6.4); MPEG-TS can't hold negative ones, so its dts start at zero.
   */
  write(packet: Packet, index: number, timeBase: Rational): void {
    const output = this.#streams[index];
    if (!output) throw new Error(`no output stream ${index}`);
    packet.streamIndex = index;
    packet.rescaleTs(timeBase, output.stream.timeBase);
    let dts = packet.dts;
    let pts = packet.pts;
    if (dts === AV_NOPTS_VALUE) dts = pts;
    if (pts === AV_NOPTS_VALUE) pts = dts;
    if (dts !== AV_NOPTS_VALUE) {
      const floor =
        output.lastDts === AV_NOPTS_VALUE ? (this.#container === 'mpegts' ? 0n : AV_NOPTS_VALUE) : output.lastDts + 1n;
      if (dts > pts) {
        const middle = [pts, dts, output.lastDts === AV_NOPTS_VALUE ? pts : output.lastDts + 1n].sort((a, b) =>
          a < b ? -1 : a > b ? 1 : 0,
        );
        pts = middle[1] ?? pts;
        dts = pts;
      }
      if (floor !== AV_NOPTS_VALUE && dts < floor) dts = floor;
      if (pts < dts) pts = dts;
      packet.dts = dts;
      packet.pts = pts;
      output.lastDts = dts;
    }
    check(this.#format.interleavedWriteFrameSync(packet), `write ${this.#container} packet`);
  }

  /** Ends the file and returns it; MP4 with its index in front. */
  finish(): Buffer {
    check(this.#format.writeTrailerSync(), `finish ${this.#container}`);
    this.#writer.io.flushSync();
    const bytes = this.#writer.bytes();
    return this.#container === 'mp4' ? faststart(bytes) : bytes;
  }

  /** Makes the output the same on every run (no versions, no dates); for generated clips. */
  bitExact(): void {
    this.#format.setFlags(AVFMT_FLAG_BITEXACT);
  }

  #add(stream: Stream): number {
    this.#streams.push({ stream, lastDts: AV_NOPTS_VALUE });
    return stream.index;
  }

  [Symbol.dispose](): void {
    if (this.#freed) return;
    this.#freed = true;
    this.#format.pb = null;
    this.#format.freeContext();
    this.#writer.io.freeContext();
  }
}
