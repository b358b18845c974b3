import { AV_PKT_FLAG_KEY, AVDISCARD_ALL, AVDISCARD_DEFAULT, AVMEDIA_TYPE_AUDIO, AVMEDIA_TYPE_VIDEO } from 'node-av/constants';
import { FormatContext, Packet, type Stream } from 'node-av/lib';
import { AccessUnits } from './access-units.ts';
import { check, isEof } from './av-error.ts';
import type { GrowingBytes } from './growing-bytes.ts';
import { type KnownStreams, parameterSets } from './known-streams.ts';
import { MemoryReader, RanDry } from './memory-io.ts';
import type { Starvation } from './starvation.ts';

/**
 * Demuxers a segment may use. Everything else is refused: playlists and the like would make FFmpeg open other files or
 * addresses, and a segment comes from a stranger.
 */
const FORMATS = 'mpegts,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm';

/** Packets looked at before the first key frame. */
const MAX_EARLY = 200;

/** Bytes within which FFmpeg has recognised MPEG-TS and found its streams. */
const HEAD = 16 * 1024;

/** A segment in memory, and where the time of waiting for its bytes is counted. */
export interface SegmentBytes {
  readonly bytes: GrowingBytes;
  readonly starvation: Starvation;
}

/** What an input in memory is read with. */
interface Memory extends SegmentBytes {
  readonly reader: MemoryReader;
  /** Of the pictures, while bytes are still coming in. */
  readonly units?: AccessUnits;
}

/** An opened input with its one video and one audio stream picked. */
export class Demuxer implements Disposable {
  readonly format: FormatContext;
  /** Pictures that FFmpeg has given. */
  #pictures = 0;
  #video: Stream | undefined;
  #audio: Stream | undefined;
  readonly #early: Packet[] = [];
  readonly #memory: Memory | undefined;

  private constructor(format: FormatContext, memory?: Memory) {
    this.format = format;
    this.#memory = memory;
  }

  /**
   * Opens bytes in memory (MPEG-TS, MP4, Matroska). With `known` streams of the session's last segment, FFmpeg's search
   * for stream information is left out: it decodes the first frames a second time only to learn what is known already.
   * Then the bytes may still be coming in; otherwise all of them are waited for.
   */
  static async fromMemory(input: SegmentBytes, known?: KnownStreams): Promise<Demuxer> {
    const early = known && (await Demuxer.#fromKnown(input, known));
    if (early) return early;
    await input.starvation.wait(() => input.bytes.until(Number.POSITIVE_INFINITY));
    const demuxer = Demuxer.#openMemory(input);
    try {
      check(await demuxer.format.findStreamInfo(null), 'read stream information');
      demuxer.#pick();
      return demuxer;
    } catch (error) {
      demuxer[Symbol.dispose]();
      throw error;
    }
  }

  /** Opens what begins like the session's last segment; undefined when it is something else. */
  static async #fromKnown(input: SegmentBytes, known: KnownStreams): Promise<Demuxer | undefined> {
    await input.starvation.wait(() => input.bytes.until(HEAD));
    const units = new AccessUnits(known.video);
    // FFmpeg keeps a first picture back when sound comes before it, until it has made sure over some packets of what that is: then the
    // segment is opened anew when more is there.
    for (let pictures = 1; ; pictures *= 2) {
      let demuxer: Demuxer | undefined;
      let like = false;
      try {
        demuxer = Demuxer.#openMemory(input, units);
        like = await demuxer.#startsLike(known, pictures);
        return like ? demuxer : undefined;
      } catch (error) {
        if (!(error instanceof RanDry)) throw error;
        // MP4, or MPEG-TS whose tables come late.
        if (!demuxer) return undefined;
      } finally {
        if (!like) demuxer?.[Symbol.dispose]();
      }
    }
  }

  static #openMemory(input: SegmentBytes, units?: AccessUnits): Demuxer {
    const reader = MemoryReader.open(input.bytes);
    const format = new FormatContext();
    format.allocContext();
    format.pb = reader.io;
    try {
      format.setOption('format_whitelist', FORMATS);
      format.setOption('protocol_whitelist', 'none');
      check(
        reader.atOnce(() => format.openInputSync('', null, null)),
        'open input',
      );
      return new Demuxer(format, { ...input, reader, ...(units ? { units } : {}) });
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

  /** Whether it began like the session's last segment. */
  get recognised(): boolean {
    return this.#memory?.units !== undefined;
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
    const { bytes, starvation, reader, units } = this.#memory;
    if (!bytes.ended) await starvation.wait(() => this.#untilReadable(1));
    if (bytes.ended) return this.format.readFrameSync(packet);
    const expected = units?.readable ?? 0;
    const waits = reader.waits;
    const result = await starvation.wait(() => this.format.readFrame(packet));
    this.#count(packet, result);
    // Broken pictures are counted but never given: what FFmpeg had to wait for is not expected again.
    if (reader.waits > waits) this.#pictures = Math.max(this.#pictures, expected);
    // Bytes that broke off look like the end to FFmpeg.
    await bytes.until(0);
    return result;
  }

  #count(packet: Packet, result: number): void {
    if (result >= 0 && packet.streamIndex === this.#video?.index) this.#pictures += 1;
  }

  /**
   * Waits until FFmpeg can give that many more pictures, and what lies before them, or all bytes are there. FFmpeg would wait as well, but
   * on a thread that codecs need.
   */
  async #untilReadable(pictures: number): Promise<void> {
    if (!this.#memory) return;
    const { bytes, units } = this.#memory;
    const enough = this.#pictures + pictures;
    for (units?.look(bytes); !bytes.ended && (units?.readable ?? 0) < enough; units?.look(bytes))
      await bytes.until(bytes.size + 1);
  }

  /** FFmpeg's code when reading ended before the end of the data. */
  tailError: number | undefined;

  /**
   * Reads up to the first key frame once that many pictures are there, keeping the packets; true when they are of the known streams and
   * its parameter sets are the known ones.
   * @throws RanDry when FFmpeg wanted more than that
   */
  async #startsLike(known: KnownStreams, pictures: number): Promise<boolean> {
    if (!this.#memory || !known.apply(this.format)) return false;
    this.#pick();
    if (this.#video?.id !== known.video.pid) return false;
    const { bytes, starvation, reader } = this.#memory;
    if (!bytes.ended) await starvation.wait(() => this.#untilReadable(pictures));
    using packet = new Packet();
    packet.alloc();
    for (let count = 0; count < MAX_EARLY; count++) {
      const result = reader.atOnce(() => this.format.readFrameSync(packet));
      if (result < 0) return false;
      this.#count(packet, result);
      const copy = packet.clone();
      if (copy) this.#early.push(copy);
      if (packet.streamIndex === this.#video.index && packet.hasFlags(AV_PKT_FLAG_KEY)) {
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
