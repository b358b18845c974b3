import type { Container } from '../api/media.ts';

const PACKET = 188;

/**
 * A light look at a rendition: MPEG-TS packets begin with 0x47, MP4 files with an `ftyp` box. Returns what is wrong, in
 * plain words, or undefined.
 */
export function whatIsWrong(data: Uint8Array, container: Container): string | undefined {
  if (data.length < 25) return `only ${data.length} bytes`;
  if (container === 'mp4') {
    return Buffer.from(data.subarray(4, 8)).toString('latin1') === 'ftyp' ? undefined : 'no MP4 file';
  }
  if (data.length % PACKET !== 0) return `${data.length} bytes are no whole number of MPEG-TS packets`;
  const packets = Math.min(4, data.length / PACKET);
  for (let packet = 0; packet < packets; packet += 1) {
    if (data[packet * PACKET] !== 0x47) return 'no MPEG-TS stream';
  }
  return undefined;
}
