import { AV_CODEC_ID_H264, AV_CODEC_ID_HEVC } from 'node-av/constants';
import { describe, expect, test } from 'vitest';
import { AccessUnits } from '../../../engine/media/ffmpeg/access-units.ts';
import { GrowingBytes } from '../../../engine/media/ffmpeg/growing-bytes.ts';

const H264_DELIMITER = [0, 0, 0, 1, 0x09, 0xf0];
const HEVC_DELIMITER = [0, 0, 1, 0x46, 0x01];

interface PacketParameters {
  readonly pid?: number;
  readonly starts?: boolean;
  /** Bytes of the adaptation field after its length; none by default. */
  readonly stuffing?: number;
  /** Bytes of the PES packet's optional fields. */
  readonly optional?: number;
  readonly payload?: readonly number[];
}

/** One MPEG-TS packet. */
function packet({ pid = 256, starts = true, stuffing, optional = 10, payload = H264_DELIMITER }: PacketParameters = {}): Buffer {
  const bytes = Buffer.alloc(188, 0xff);
  const adaptation = stuffing === undefined ? [] : [stuffing, ...new Array<number>(stuffing).fill(0xff)];
  const pes = starts ? [0, 0, 1, 0xe0, 0, 0, 0x80, 0xc0, optional, ...new Array<number>(optional).fill(0x21)] : [];
  const head = [0x47, (starts ? 0x40 : 0) | (pid >> 8), pid & 0xff, stuffing === undefined ? 0x10 : 0x30];
  Buffer.from([...head, ...adaptation, ...pes, ...payload]).copy(bytes);
  return bytes;
}

const more = packet({ starts: false, payload: [1, 2, 3] });

function readable(packets: readonly Buffer[], codecId: number = AV_CODEC_ID_H264, size = 188): number {
  const units = new AccessUnits({ pid: 256, codecId });
  const bytes = new GrowingBytes();
  const all = Buffer.concat(packets);
  for (let at = 0; at < all.length; at += size) {
    bytes.add(all.subarray(at, at + size));
    units.look(bytes);
  }
  return units.readable;
}

describe('the pictures of a segment that is coming in', () => {
  test('can be read when two more have begun', () => {
    expect(readable([packet()])).toBe(0);
    expect(readable([packet(), more, more, packet(), more])).toBe(0);
    expect(readable([packet(), more, more, packet(), more, packet()])).toBe(1);
    expect(readable([packet(), packet(), packet(), packet(), packet()])).toBe(3);
  });

  test.each([1, 7, 187, 189, 1000])('are found in pieces of %i bytes', (size) => {
    const packets = [packet({ stuffing: 7 }), more, packet({ optional: 5 }), more, packet({ stuffing: 0 }), packet(), more];
    expect(readable(packets, AV_CODEC_ID_H264, size)).toBe(2);
  });

  test('are those of their stream alone', () => {
    const sound = packet({ pid: 257 });
    expect(readable([sound, packet(), sound, sound, packet(), sound, packet()])).toBe(1);
  });

  test('have the delimiter of their codec', () => {
    const hevc = packet({ payload: HEVC_DELIMITER });
    expect(readable([hevc, hevc, hevc], AV_CODEC_ID_HEVC)).toBe(1);
    expect(readable([hevc, hevc, hevc])).toBe(0);
    expect(readable([packet(), packet(), packet()], AV_CODEC_ID_HEVC)).toBe(0);
  });

  test('are not known where they have none, or no payload, or a payload without its head', () => {
    const slice = packet({ payload: [0, 0, 1, 0x65, 0x88] });
    const empty = packet();
    empty[3] = 0x20;
    const torn = packet();
    torn[6] = 0xff;
    expect(readable([slice, slice, slice, slice])).toBe(0);
    expect(readable([empty, empty, empty, empty])).toBe(0);
    expect(readable([torn, torn, torn, torn])).toBe(0);
  });

  test('are not looked for any more where packets are not in their places', () => {
    const all = [packet(), packet(), packet(), Buffer.from([1]), packet(), packet()];
    expect(readable(all)).toBe(1);
    expect(readable([Buffer.from('<html>'.repeat(100))])).toBe(0);
  });
});
