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
import { MemoryWriter, PieceWriter } from './memory-io.ts';

/** What a {@link MemoryMuxer} needs to know before its first packet. */
export interface MuxerParameters {
  readonly container: Container | 'matroska';
  /** Values of the keys `service_provider` and `comment` (reference: transcoder.md §6.4); absent = FFmpeg's own. */
  readonly serviceProvider?: string;
  readonly expectedBytes: number;
  /** Where the output begins on its time line, seconds; decides how MPEG-TS sound can be packed. */
  readonly startSeconds?: number;
  /** Takes the file piece by piece while it is written, if its format allows (MPEG-TS); then only the rest comes at the end. */
  readonly onPiece?: (piece: Buffer) => void;
}

/**
 * The mpegts muxer packs several audio frames into one PES packet only within half of `max_delay`, and moves all time
 * stamps by twice that; with the API's default every frame gets a padded packet of its own, up to 15 % of a small
 * rendition. So a delay is set and its shift taken off beforehand, where the time line has room for it.
 */
const PACKING_DELAY_US = 200_000;
const PACKING_SHIFT_TICKS = 36_000n;
/** Enough for the dts of B-frames at one frame a second to stay above the shift. */
const PACKING_FROM_SECONDS = 5;

interface OutputStream {
  readonly stream: Stream;
  lastDts: bigint;
}

/** Writes one file into memory: streams are added first, then `start`, packets, `finish`. */
export class MemoryMuxer implements Disposable {
  readonly #format = new FormatContext();
  readonly #writer: MemoryWriter | PieceWriter;
  readonly #container: Container | 'matroska';
  readonly #streams: OutputStream[] = [];
  #shift = 0n;
  #freed = false;

  constructor({ container, serviceProvider, expectedBytes, startSeconds = 0, onPiece }: MuxerParameters) {
    this.#container = container;
    this.#writer = onPiece && container === 'mpegts' ? PieceWriter.open(onPiece) : MemoryWriter.open(expectedBytes);
    check(this.#format.allocOutputContext2(null, container, null), `open ${container} muxer`);
    this.#format.pb = this.#writer.io;
    // Negative stamps are dealt with in `write`; the muxer's way would move the whole segment.
    if (container === 'mpegts') check(this.#format.setOption('avoid_negative_ts', 'disabled'), 'set avoid_negative_ts');
    if (container === 'mpegts' && startSeconds >= PACKING_FROM_SECONDS) {
      check(this.#format.setOption('max_delay', String(PACKING_DELAY_US)), 'set max_delay');
      this.#shift = PACKING_SHIFT_TICKS;
    }
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
      packet.dts = dts - this.#shift;
      packet.pts = pts - this.#shift;
      output.lastDts = dts;
    }
    check(this.#format.interleavedWriteFrameSync(packet), `write ${this.#container} packet`);
  }

  /** Ends the file and returns it, or what is left of it after its pieces; MP4 with its index in front. */
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
    this.#writer[Symbol.dispose]();
  }
}
