import { AV_PKT_FLAG_KEY, AVDISCARD_ALL, AVDISCARD_DEFAULT, AVMEDIA_TYPE_AUDIO, AVMEDIA_TYPE_VIDEO } from 'node-av/constants';
import { FormatContext, Packet, type Stream } from 'node-av/lib';
import type { GrowingBytes } from '../../base/growing-bytes.ts';
import { check, isEof } from './av-error.ts';
import { type KnownStreams, parameterSets, type Steps } from './known-streams.ts';
import { MemoryReader } from './memory-io.ts';
import type { Starvation } from './starvation.ts';

/**
 * Demuxers a segment may use. Everything else is refused: playlists and the like would make FFmpeg open other files or
 * addresses, and a segment comes from a stranger.
 */
const FORMATS = 'mpegts,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm';

/** Packets looked at before the first key frame. */
const MAX_EARLY = 200;

/** Bytes within which FFmpeg has recognised MPEG-TS, and room for a packet that is a little larger than the last segment's. */
const MARGIN = 16 * 1024;

/** A segment in memory, and where the time of waiting for its bytes is counted. */
export interface SegmentBytes {
  readonly bytes: GrowingBytes;
  readonly starvation: Starvation;
}

/** An opened input with its one video and one audio stream picked. */
export class Demuxer implements Disposable {
  readonly format: FormatContext;
  /** The most bytes taken for one packet so far, up to the first key frame and afterwards. */
  readonly #taken = { head: 0, rest: 0 };
  #part: keyof Steps = 'rest';
  #video: Stream | undefined;
  #audio: Stream | undefined;
  readonly #early: Packet[] = [];
  readonly #memory: { readonly input: SegmentBytes; readonly reader: MemoryReader } | undefined;
  /** Bytes that should be there before a packet is read. */
  readonly #steps: Steps | undefined;

  private constructor(format: FormatContext, memory?: { input: SegmentBytes; reader: MemoryReader }, steps?: Steps) {
    this.format = format;
    this.#memory = memory;
    this.#steps = steps;
  }

  /**
   * Opens bytes in memory (MPEG-TS, MP4, Matroska). With `known` streams of the session's last segment, FFmpeg's search
   * for stream information is left out: it decodes the first frames a second time only to learn what is known already.
   * Then the bytes may still be coming in; otherwise all of them are waited for.
   */
  static async fromMemory(input: SegmentBytes, known?: KnownStreams): Promise<Demuxer> {
    if (known) {
      await input.starvation.wait(() => input.bytes.until(MARGIN));
      const demuxer = await Demuxer.#openMemory(input, known.steps);
      try {
        if (known.apply(demuxer.format)) {
          demuxer.#pick();
          if (await demuxer.#startsLike(known)) return demuxer;
        }
      } catch (error) {
        demuxer[Symbol.dispose]();
        throw error;
      }
      demuxer[Symbol.dispose]();
    }
    await input.starvation.wait(() => input.bytes.until(Number.POSITIVE_INFINITY));
    const demuxer = await Demuxer.#openMemory(input);
    try {
      check(await demuxer.format.findStreamInfo(null), 'read stream information');
      demuxer.#pick();
      return demuxer;
    } catch (error) {
      demuxer[Symbol.dispose]();
      throw error;
    }
  }

  static async #openMemory(input: SegmentBytes, steps?: Steps): Promise<Demuxer> {
    const { bytes, starvation } = input;
    const reader = MemoryReader.open(bytes);
    const format = new FormatContext();
    format.allocContext();
    format.pb = reader.io;
    try {
      format.setOption('format_whitelist', FORMATS);
      format.setOption('protocol_whitelist', 'none');
      const opened = bytes.ended
        ? format.openInputSync('', null, null)
        : await starvation.wait(() => format.openInput('', null, null));
      check(opened, 'open input');
      return new Demuxer(format, { input, reader }, steps);
    } catch (error) {
      format.closeInputSync();
      reader[Symbol.dispose]();
      throw error;
    }
  }

  /** Opens a local file of the user's own. */
  static async fromFile(path: string): Promise<Demuxer> {
    const format = new FormatContext();
    format.allocContext();
    try {
      format.setOption('protocol_whitelist', 'file');
      check(await format.openInput(`file:${path}`, null, null), 'open file');
      check(await format.findStreamInfo(null), 'read stream information');
      const demuxer = new Demuxer(format);
      demuxer.#pick();
      return demuxer;
    } catch (error) {
      format.closeInputSync();
      throw error;
    }
  }

  get video(): Stream | undefined {
    return this.#video;
  }

  get audio(): Stream | undefined {
    return this.#audio;
  }

  /** Reads the next packet, waiting for its bytes where they are still coming in; false at the end. A broken tail counts as the end. */
  async read(packet: Packet): Promise<boolean> {
    packet.unref();
    const early = this.#early.shift();
    if (early) {
      packet.ref(early);
      early.free();
      return true;
    }
    const result = await this.#next(packet);
    if (result >= 0) return true;
    if (!isEof(result)) this.tailError = result;
    return false;
  }

  /** Picks the streams; the others' packets are not looked at. */
  #pick(): void {
    const { format } = this;
    const best = (type: typeof AVMEDIA_TYPE_VIDEO): Stream | undefined => {
      const index = format.findBestStream(type, -1, -1);
      return index < 0 ? undefined : format.streams[index];
    };
    this.#video = best(AVMEDIA_TYPE_VIDEO);
    this.#audio = best(AVMEDIA_TYPE_AUDIO);
    for (const stream of format.streams) {
      const wanted = stream.index === this.#video?.index || stream.index === this.#audio?.index;
      stream.discard = wanted ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
    }
  }

  async #next(packet: Packet): Promise<number> {
    if (!this.#memory) return this.format.readFrameSync(packet);
    const { reader, input } = this.#memory;
    const { bytes, starvation } = input;
    const from = reader.consumed;
    let result: number;
    if (bytes.ended) result = this.format.readFrameSync(packet);
    else {
      // FFmpeg would wait as well, but on a thread that codecs need.
      await starvation.wait(() => bytes.until(from + (this.#steps?.[this.#part] ?? 0) + MARGIN));
      result = await starvation.wait(() => this.format.readFrame(packet));
      // Bytes that broke off look like the end to FFmpeg.
      await bytes.until(0);
    }
    this.#taken[this.#part] = Math.max(this.#taken[this.#part], reader.consumed - from);
    return result;
  }

  /** What was taken for the packets; a guess when FFmpeg's search for stream information read them beforehand. */
  get steps(): Steps {
    if (this.#steps) return this.#taken;
    const size = this.#memory?.input.bytes.size ?? 0;
    return { head: size / 2, rest: size / 8 };
  }

  /** FFmpeg's code when reading ended before the end of the data. */
  tailError: number | undefined;

  /** Reads up to the first key frame, keeping the packets; true when its parameter sets are the known ones. */
  async #startsLike(known: KnownStreams): Promise<boolean> {
    using packet = new Packet();
    packet.alloc();
    this.#part = 'head';
    for (let count = 0; count < MAX_EARLY && (await this.#next(packet)) >= 0; count++) {
      const copy = packet.clone();
      if (copy) this.#early.push(copy);
      if (packet.streamIndex === this.#video?.index && packet.hasFlags(AV_PKT_FLAG_KEY)) {
        this.#part = 'rest';
        return known.parameterSets.equals(parameterSets(packet.data ?? Buffer.alloc(0)));
      }
      packet.unref();
    }
    return false;
  }

  [Symbol.dispose](): void {
    for (const packet of this.#early.splice(0)) packet.free();
    this.format.closeInputSync();
    this.#memory?.reader[Symbol.dispose]();
  }
}
