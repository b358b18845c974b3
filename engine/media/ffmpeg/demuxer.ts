import { AV_PKT_FLAG_KEY, AVDISCARD_ALL, AVDISCARD_DEFAULT, AVMEDIA_TYPE_AUDIO, AVMEDIA_TYPE_VIDEO } from 'node-av/constants';
import { FormatContext, Packet, type Stream } from 'node-av/lib';
import { check, isEof } from './av-error.ts';
import { type KnownStreams, parameterSets } from './known-streams.ts';
import { MemoryReader } from './memory-io.ts';

/**
 * Demuxers a segment may use. Everything else is refused: playlists and the like would make FFmpeg open other files or
 * addresses, and a segment comes from a stranger.
 */
const FORMATS = 'mpegts,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm';

/** Packets looked at before the first key frame. */
const MAX_EARLY = 200;

/** An opened input with its one video and one audio stream picked. */
export class Demuxer implements Disposable {
  readonly format: FormatContext;
  readonly video: Stream | undefined;
  readonly audio: Stream | undefined;
  readonly #early: Packet[] = [];
  readonly #reader: MemoryReader | undefined;

  private constructor(format: FormatContext, reader: MemoryReader | undefined) {
    this.format = format;
    this.#reader = reader;
    const best = (type: typeof AVMEDIA_TYPE_VIDEO): Stream | undefined => {
      const index = format.findBestStream(type, -1, -1);
      return index < 0 ? undefined : format.streams[index];
    };
    this.video = best(AVMEDIA_TYPE_VIDEO);
    this.audio = best(AVMEDIA_TYPE_AUDIO);
    for (const stream of format.streams) {
      stream.discard =
        stream.index === this.video?.index || stream.index === this.audio?.index ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
    }
  }

  /**
   * Opens bytes in memory (MPEG-TS, MP4, Matroska). With `known` streams of the session's last segment, FFmpeg's search
   * for stream information is left out: it decodes the first frames a second time only to learn what is known already.
   */
  static async fromMemory(data: Uint8Array, known?: KnownStreams): Promise<Demuxer> {
    const reader = MemoryReader.open(data);
    const format = new FormatContext();
    format.allocContext();
    format.pb = reader.io;
    try {
      format.setOption('format_whitelist', FORMATS);
      format.setOption('protocol_whitelist', 'none');
      check(format.openInputSync('', null, null), 'open input');
      if (known?.apply(format)) {
        const demuxer = new Demuxer(format, reader);
        if (demuxer.#startsLike(known)) return demuxer;
        demuxer[Symbol.dispose]();
        return Demuxer.fromMemory(data);
      }
      check(await format.findStreamInfo(null), 'read stream information');
      return new Demuxer(format, reader);
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
      return new Demuxer(format, undefined);
    } catch (error) {
      format.closeInputSync();
      throw error;
    }
  }

  /** Reads the next packet; false at the end. A broken tail counts as the end. */
  read(packet: Packet): boolean {
    packet.unref();
    const early = this.#early.shift();
    if (early) {
      packet.ref(early);
      early.free();
      return true;
    }
    const result = this.format.readFrameSync(packet);
    if (result >= 0) return true;
    if (!isEof(result)) this.tailError = result;
    return false;
  }

  /** FFmpeg's code when reading ended before the end of the data. */
  tailError: number | undefined;

  /** Reads up to the first key frame, keeping the packets; true when its parameter sets are the known ones. */
  #startsLike(known: KnownStreams): boolean {
    using packet = new Packet();
    packet.alloc();
    for (let count = 0; count < MAX_EARLY && this.format.readFrameSync(packet) >= 0; count++) {
      const copy = packet.clone();
      if (copy) this.#early.push(copy);
      if (packet.streamIndex === this.video?.index && packet.hasFlags(AV_PKT_FLAG_KEY)) {
        return known.parameterSets.equals(parameterSets(packet.data ?? Buffer.alloc(0)));
      }
      packet.unref();
    }
    return false;
  }

  [Symbol.dispose](): void {
    for (const packet of this.#early.splice(0)) packet.free();
    this.format.closeInputSync();
    this.#reader?.[Symbol.dispose]();
  }
}
