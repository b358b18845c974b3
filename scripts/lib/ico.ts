/** One picture of an `.ico`. */
export interface IcoImage {
  /** Side in pixels, 1–256. */
  readonly size: number;
  readonly png: Buffer;
}

const HEADER_BYTES = 6;
const ENTRY_BYTES = 16;

/**
 * Puts PNGs into one Windows icon file. The format: `ICONDIR` and one `ICONDIRENTRY` a picture, then the pictures; PNGs
 * as they are since Windows Vista (https://learn.microsoft.com/previous-versions/ms997538(v=msdn.10)).
 */
export function icoOf(images: readonly IcoImage[]): Buffer {
  const head = Buffer.alloc(HEADER_BYTES + ENTRY_BYTES * images.length);
  // Reserved word, then type 1: icon.
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(images.length, 4);
  let offset = head.length;
  for (const [index, { size, png }] of images.entries()) {
    const at = HEADER_BYTES + ENTRY_BYTES * index;
    // One byte a side, so 0 says 256.
    head.writeUInt8(size % 256, at);
    head.writeUInt8(size % 256, at + 1);
    // One plane, 32 bits a pixel.
    head.writeUInt16LE(1, at + 4);
    head.writeUInt16LE(32, at + 6);
    head.writeUInt32LE(png.length, at + 8);
    head.writeUInt32LE(offset, at + 12);
    offset += png.length;
  }
  return Buffer.concat([head, ...images.map(({ png }) => png)]);
}
