import { AVDISCARD_ALL, AVDISCARD_DEFAULT, AVMEDIA_TYPE_AUDIO, AVMEDIA_TYPE_VIDEO } from 'node-av/constants';
import { FormatContext, type Packet, type Stream } from 'node-av/lib';
import { check, isEof } from './av-error.ts';
import { MemoryReader } from './memory-io.ts';

/**
 * Demuxers a segment may use. Everything else is refused: playlists and the like would make FFmpeg open other files or
 * addresses, and a segment comes from a stranger.
 */
const FORMATS = 'mpegts,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm';

/** An opened input with its one video and one audio stream picked. */
export class Demuxer implements Disposable {
  readonly format: FormatContext;
  readonly video: Stream | undefined;
  readonly audio: Stream | undefined;
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

  /** Opens bytes in memory (MPEG-TS, MP4, Matroska). */
  static async fromMemory(data: Uint8Array): Promise<Demuxer> {
    const reader = MemoryReader.open(data);
    const format = new FormatContext();
    format.allocContext();
    format.pb = reader.io;
    try {
      format.setOption('format_whitelist', FORMATS);
      format.setOption('protocol_whitelist', 'none');
      check(format.openInputSync('', null, null), 'open input');
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
    const result = this.format.readFrameSync(packet);
    if (result >= 0) return true;
    if (!isEof(result)) this.tailError = result;
    return false;
  }

  /** FFmpeg's code when reading ended before the end of the data. */
  tailError: number | undefined;

  [Symbol.dispose](): void {
    this.format.closeInputSync();
    this.#reader?.[Symbol.dispose]();
  }
}
