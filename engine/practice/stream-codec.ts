const PACKET = 188;

/** ISO/IEC 13818-1 table 2-34: stream types of video. */
const VIDEO_TYPES: Readonly<Record<number, string>> = { 27: 'h264', 36: 'hevc' };

/** Video codec of an MPEG-TS segment by its program map, by FFmpeg's name; undefined when there is none it knows. */
export function videoCodecOf(segment: Uint8Array): string | undefined {
  let mapPid: number | undefined;
  for (let at = 0; at + PACKET <= segment.length; at += PACKET) {
    const packet = Buffer.from(segment.buffer, segment.byteOffset + at, PACKET);
    const pid = packet.readUInt16BE(1) & 0x1fff;
    if (packet[0] !== 0x47 || (pid !== 0 && pid !== mapPid)) continue;
    const section = sectionOf(packet);
    if (!section) continue;
    if (pid === 0) mapPid ??= firstProgram(section);
    else return firstVideo(section);
  }
  return undefined;
}

/** The table section that begins in a packet, without its CRC. */
function sectionOf(packet: Buffer): Buffer | undefined {
  const startsHere = (packet.readUInt8(1) & 0x40) !== 0;
  const control = packet.readUInt8(3) & 0x30;
  if (!startsHere || (control & 0x10) === 0) return undefined;
  const payload = control === 0x30 ? 5 + packet.readUInt8(4) : 4;
  if (payload >= PACKET) return undefined;
  const start = payload + 1 + packet.readUInt8(payload);
  if (start + 12 > PACKET) return undefined;
  const length = packet.readUInt16BE(start + 1) & 0x0fff;
  return packet.subarray(start, Math.min(PACKET, start + 3 + length - 4));
}

function firstProgram(section: Buffer): number | undefined {
  for (let at = 8; at + 4 <= section.length; at += 4) {
    if (section.readUInt16BE(at) !== 0) return section.readUInt16BE(at + 2) & 0x1fff;
  }
  return undefined;
}

function firstVideo(section: Buffer): string | undefined {
  let at = 12 + (section.readUInt16BE(10) & 0x0fff);
  while (at + 5 <= section.length) {
    const codec = VIDEO_TYPES[section.readUInt8(at)];
    if (codec) return codec;
    at += 5 + (section.readUInt16BE(at + 3) & 0x0fff);
  }
  return undefined;
}
