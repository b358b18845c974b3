import { AV_CODEC_ID_H264, AV_CODEC_ID_HEVC } from 'node-av/constants';
import { CodecParameters, type FormatContext, type Packet, type Rational, type Stream } from 'node-av/lib';
import type { VideoStream } from './access-units.ts';

interface KnownStream {
  readonly id: number;
  readonly codecId: number;
  readonly parameters: CodecParameters;
  readonly avgFrameRate: Rational;
  readonly rFrameRate: Rational;
}

/**
 * What the last segment of a session taught about its MPEG-TS streams. It holds for the next segment when that has the
 * same programme map and its first key frame repeats the same parameter sets byte for byte.
 */
export class KnownStreams implements Disposable {
  readonly parameterSets: Buffer;
  readonly video: VideoStream;
  readonly #streams: readonly KnownStream[];

  /** Use {@link KnownStreams.learn}. */
  constructor(streams: readonly KnownStream[], video: VideoStream, sets: Buffer) {
    this.#streams = streams;
    this.video = video;
    this.parameterSets = sets;
  }

  /** Learns from an open MPEG-TS input and its first key frame; undefined when it isn't one that can be recognised again. */
  static learn(format: FormatContext, video: Stream, keyFrame: Packet): KnownStreams | undefined {
    const codecId = video.codecpar.codecId;
    if (format.iformat?.name !== 'mpegts' || (codecId !== AV_CODEC_ID_H264 && codecId !== AV_CODEC_ID_HEVC)) return undefined;
    const sets = parameterSets(keyFrame.data ?? Buffer.alloc(0));
    if (sets.length === 0) return undefined;
    const streams = format.streams.map(({ id, codecpar, avgFrameRate, rFrameRate }) => {
      const parameters = new CodecParameters();
      parameters.alloc();
      codecpar.copy(parameters);
      return { id, codecId: codecpar.codecId, parameters, avgFrameRate, rFrameRate };
    });
    return new KnownStreams(streams, { pid: video.id, codecId }, sets);
  }

  /** Gives a freshly opened input what is known, if its streams are the same ones; false if not. */
  apply(format: FormatContext): boolean {
    const streams = format.streams;
    if (format.iformat?.name !== 'mpegts' || streams.length !== this.#streams.length) return false;
    const same = streams.every(({ id, codecpar }, index) => {
      const known = this.#streams[index];
      return known?.id === id && known.codecId === codecpar.codecId;
    });
    if (!same) return false;
    for (const [index, stream] of streams.entries()) {
      const known = this.#streams[index];
      if (!known) return false;
      known.parameters.copy(stream.codecpar);
      stream.avgFrameRate = known.avgFrameRate;
      stream.rFrameRate = known.rFrameRate;
    }
    return true;
  }

  [Symbol.dispose](): void {
    for (const { parameters } of this.#streams) parameters.free();
  }
}

/**
 * The parameter sets (H.264 SPS and PPS; HEVC VPS, SPS and PPS) at the start of an access unit in Annex B form, one
 * after the other. Only what stands before the first picture slice is looked at.
 */
export function parameterSets(unit: Buffer): Buffer {
  const sets: Buffer[] = [];
  let start = unit.indexOf('\0\0\x01', 0, 'latin1');
  while (start >= 0 && start + 3 < unit.length) {
    const first = unit[start + 3] ?? 0;
    const h264 = first & 0x1f;
    const hevc = (first >> 1) & 0x3f;
    const isSet = h264 === 7 || h264 === 8 || (hevc >= 32 && hevc <= 34);
    // An IDR or I slice ends the search: types 1–5 of H.264, 0–31 of HEVC with the usual layer and temporal bytes.
    if (!isSet && ((h264 >= 1 && h264 <= 5) || (hevc <= 31 && unit[start + 4] === 1))) break;
    const end = unit.indexOf('\0\0\x01', start + 3, 'latin1');
    if (isSet) sets.push(unit.subarray(start + 3, end < 0 ? unit.length : end));
    start = end;
  }
  return Buffer.concat(sets);
}
