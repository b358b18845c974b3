const PACKET = 188;
const SYNC = 0x47;
const WRAP = 2n ** 33n;

function shifted(ticks: bigint, offset: bigint): bigint {
  return (((ticks + offset) % WRAP) + WRAP) % WRAP;
}

function readStamp(data: Buffer, at: number): bigint {
  const high = BigInt((data.readUInt8(at) >> 1) & 0x07);
  const middle = BigInt(data.readUInt16BE(at + 1) >> 1);
  const low = BigInt(data.readUInt16BE(at + 3) >> 1);
  return (high << 30n) | (middle << 15n) | low;
}

function writeStamp(data: Buffer, at: number, ticks: bigint): void {
  const prefix = data.readUInt8(at) & 0xf0;
  data.writeUInt8(prefix | (Number((ticks >> 30n) & 0x07n) << 1) | 1, at);
  data.writeUInt16BE((Number((ticks >> 15n) & 0x7fffn) << 1) | 1, at + 1);
  data.writeUInt16BE((Number(ticks & 0x7fffn) << 1) | 1, at + 3);
}

function shiftPcr(data: Buffer, at: number, offset: bigint): void {
  const base = (BigInt(data.readUInt32BE(at)) << 1n) | BigInt(data.readUInt8(at + 4) >> 7);
  const moved = shifted(base, offset);
  data.writeUInt32BE(Number(moved >> 1n), at);
  data.writeUInt8((Number(moved & 1n) << 7) | (data.readUInt8(at + 4) & 0x7f), at + 4);
}

function shiftPes(data: Buffer, start: number, end: number, offset: bigint): void {
  if (end - start < 14 || data.readUIntBE(start, 3) !== 1) return;
  const streamId = data.readUInt8(start + 3);
  // Video 0xe0–0xef, audio 0xc0–0xdf and private stream 1 have the optional header that holds the stamps.
  if (streamId !== 0xbd && (streamId < 0xc0 || streamId > 0xef)) return;
  const flags = data.readUInt8(start + 7) >> 6;
  if (flags & 2) writeStamp(data, start + 9, shifted(readStamp(data, start + 9), offset));
  if (flags === 3 && end - start >= 19) writeStamp(data, start + 14, shifted(readStamp(data, start + 14), offset));
}

/**
 * A copy of an MPEG-TS segment whose clock (PTS, DTS, PCR; ISO/IEC 13818-1 §2.4.3) runs `offsetMs` later; the 33-bit
 * clock wraps. A clip is repeated without a jump by shifting its n-th round by n × its length. Bytes that aren't
 * transport packets stay as they are.
 */
export function shiftTransportClock(segment: Uint8Array, offsetMs: number): Buffer {
  const data = Buffer.from(segment);
  const offset = BigInt(Math.round(offsetMs * 90));
  for (let at = 0; at + PACKET <= data.length; at += PACKET) {
    if (data[at] !== SYNC) continue;
    const start = ((data[at + 1] ?? 0) & 0x40) !== 0;
    const control = ((data[at + 3] ?? 0) >> 4) & 3;
    let payload = at + 4;
    if (control & 2) {
      const length = data[at + 4] ?? 0;
      if (length >= 7 && ((data[at + 5] ?? 0) & 0x10) !== 0) shiftPcr(data, at + 6, offset);
      payload += 1 + length;
    }
    if (start && control & 1 && payload < at + PACKET) shiftPes(data, payload, at + PACKET, offset);
  }
  return data;
}
