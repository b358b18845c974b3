const CONTAINERS = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl']);

interface Box {
  readonly type: string;
  readonly start: number;
  readonly header: number;
  readonly end: number;
}

function* boxes(data: Buffer, from: number, to: number): Generator<Box> {
  let start = from;
  while (start + 8 <= to) {
    let size = data.readUInt32BE(start);
    let header = 8;
    if (size === 1) {
      size = Number(data.readBigUInt64BE(start + 8));
      header = 16;
    } else if (size === 0) size = to - start;
    if (size < header || start + size > to) return;
    yield { type: data.toString('latin1', start + 4, start + 8), start, header, end: start + size };
    start += size;
  }
}

function shiftOffsets(data: Buffer, from: number, to: number, shift: number): void {
  for (const box of boxes(data, from, to)) {
    const body = box.start + box.header;
    if (CONTAINERS.has(box.type)) shiftOffsets(data, body, box.end, shift);
    else if (box.type === 'stco') {
      const count = data.readUInt32BE(body + 4);
      for (let i = 0; i < count; i++) {
        const at = body + 8 + 4 * i;
        data.writeUInt32BE(data.readUInt32BE(at) + shift, at);
      }
    } else if (box.type === 'co64') {
      const count = data.readUInt32BE(body + 4);
      for (let i = 0; i < count; i++) {
        const at = body + 8 + 8 * i;
        data.writeBigUInt64BE(data.readBigUInt64BE(at) + BigInt(shift), at);
      }
    }
  }
}

/**
 * Moves an MP4's `moov` box before its media data, as `movflags=faststart` does. FFmpeg's own way re-opens the output by
 * its file name, which an output in memory doesn't have. Files without a trailing `moov` come back unchanged.
 */
export function faststart(data: Buffer): Buffer {
  const top = [...boxes(data, 0, data.length)];
  const moov = top.find((box) => box.type === 'moov');
  const mdat = top.find((box) => box.type === 'mdat');
  if (!moov || !mdat || moov.start < mdat.start) return data;
  const before = top.filter((box) => box.start < mdat.start && (box.type === 'ftyp' || box.type === 'uuid'));
  const headEnd = before.at(-1)?.end ?? 0;
  const moovBytes = Buffer.from(data.subarray(moov.start, moov.end));
  shiftOffsets(moovBytes, 0, moovBytes.length, moovBytes.length);
  return Buffer.concat([data.subarray(0, headEnd), moovBytes, data.subarray(headEnd, moov.start), data.subarray(moov.end)]);
}
