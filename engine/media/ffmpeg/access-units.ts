import { AV_CODEC_ID_HEVC } from 'node-av/constants';
import type { GrowingBytes } from './growing-bytes.ts';

/** Bytes of an MPEG-TS packet, and what each begins with (ISO/IEC 13818-1, 2.4.3.2). */
const PACKET = 188;
const SYNC = 0x47;

/** Bytes of a PES packet's head before its optional fields, the last of which is the length of these (2.4.3.6). */
const PES_HEAD = 9;

/**
 * Pictures that must have begun after one before FFmpeg gives it: its demuxer hands a picture's bytes on when the next one begins, and its
 * parser sees in these that the one before has ended.
 */
const LAG = 2;

/** The stream whose pictures are counted. */
export interface VideoStream {
  /** PID of its packets. */
  readonly pid: number;
  /** FFmpeg's id of H.264 or HEVC. */
  readonly codecId: number;
}

/**
 * Counts the pictures (access units) of an MPEG-TS video stream while its bytes come in, by the delimiters that must stand in front of
 * each (2.14.1 for H.264, 2.17.1 for HEVC). Where there are none, or packets are not where they should be, it counts none, or no further;
 * of several pictures in one PES packet it counts the first. What it does not count is read when the last byte is there.
 */
export class AccessUnits {
  readonly #video: VideoStream;
  readonly #torn = Buffer.alloc(PACKET);
  /** Where the next packet begins; undefined when that is not known any more. */
  #at: number | undefined = 0;
  #begun = 0;

  constructor(video: VideoStream) {
    this.#video = video;
  }

  /** Pictures that FFmpeg gives for the bytes seen so far. */
  get readable(): number {
    return Math.max(0, this.#begun - LAG);
  }

  /** Looks at the bytes that came since the last time. */
  look(bytes: GrowingBytes): void {
    while (this.#at !== undefined) {
      const piece = bytes.at(this.#at, Number.POSITIVE_INFINITY);
      const whole = piece.length - (piece.length % PACKET);
      for (let offset = 0; offset < whole && this.#at !== undefined; offset += PACKET) this.#see(piece, offset);
      if (whole > 0) continue;
      // A packet may be torn between pieces.
      if (bytes.size - this.#at < PACKET) return;
      for (let filled = 0; filled < PACKET; ) {
        const part = bytes.at(this.#at + filled, PACKET - filled);
        this.#torn.set(part, filled);
        filled += part.length;
      }
      this.#see(this.#torn, 0);
    }
  }

  /** Takes the packet at `offset`. */
  #see(bytes: Uint8Array, offset: number): void {
    if (this.#at === undefined) return;
    if (bytes[offset] !== SYNC) {
      this.#at = undefined;
      return;
    }
    this.#at += PACKET;
    const flags = bytes[offset + 1] ?? 0;
    const startsUnit = (flags & 0x40) !== 0;
    const pid = ((flags & 0x1f) << 8) | (bytes[offset + 2] ?? 0);
    if (startsUnit && pid === this.#video.pid && this.#delimits(bytes.subarray(offset, offset + PACKET))) this.#begun += 1;
  }

  /** Whether a packet's PES packet begins with an access unit delimiter. */
  #delimits(packet: Uint8Array): boolean {
    const control = packet[3] ?? 0;
    const payload = 4 + (control & 0x20 ? 1 + (packet[4] ?? 0) : 0);
    if (!(control & 0x10)) return false;
    if (packet[payload] !== 0 || packet[payload + 1] !== 0 || packet[payload + 2] !== 1) return false;
    let at = payload + PES_HEAD + (packet[payload + PES_HEAD - 1] ?? 0);
    while (packet[at] === 0) at += 1;
    const unit = packet[at + 1] ?? 0;
    if (packet[at] !== 1) return false;
    return this.#video.codecId === AV_CODEC_ID_HEVC ? ((unit >> 1) & 0x3f) === 35 : (unit & 0x1f) === 9;
  }
}
