import { AVERROR_EOF, AVSEEK_CUR, AVSEEK_END, AVSEEK_SIZE } from 'node-av/constants';
import { IOContext } from 'node-av/lib';

/** Bytes FFmpeg takes per call of the callback: one crossing of the JavaScript border per quarter megabyte. */
const READ_BUFFER = 256 * 1024;
const WRITE_BUFFER = 256 * 1024;

function seekTarget(offset: bigint, whence: number, position: number, size: number): number {
  if (whence === AVSEEK_CUR) return position + Number(offset);
  if (whence === AVSEEK_END) return size + Number(offset);
  return Number(offset);
}

/** FFmpeg input over bytes in memory. The caller frees the context after closing the demuxer. */
export function memoryReader(data: Uint8Array): IOContext {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  let position = 0;
  const io = new IOContext();
  io.allocContextWithCallbacks(
    READ_BUFFER,
    0,
    (size) => {
      if (position >= bytes.length) return AVERROR_EOF;
      const chunk = bytes.subarray(position, position + size);
      position += chunk.length;
      return chunk;
    },
    null,
    (offset, whence) => {
      if (whence === AVSEEK_SIZE) return BigInt(bytes.length);
      position = Math.max(0, Math.min(bytes.length, seekTarget(offset, whence, position, bytes.length)));
      return BigInt(position);
    },
  );
  return io;
}

/** Growing output in memory, seekable. */
export class MemoryWriter {
  readonly io: IOContext;
  #buffer: Buffer;
  #position = 0;
  #size = 0;

  /** `expectedBytes` only avoids growth; any size is taken. */
  constructor(expectedBytes: number) {
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(WRITE_BUFFER, Math.ceil(expectedBytes)));
    this.io = new IOContext();
    this.io.allocContextWithCallbacks(
      WRITE_BUFFER,
      1,
      null,
      (chunk) => {
        this.#write(chunk);
        return chunk.length;
      },
      (offset, whence) => {
        if (whence === AVSEEK_SIZE) return BigInt(this.#size);
        this.#position = Math.max(0, seekTarget(offset, whence, this.#position, this.#size));
        return BigInt(this.#position);
      },
    );
  }

  /** What has been written so far. The result is a view; nothing must be written afterwards. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#size);
  }

  #write(chunk: Buffer): void {
    const end = this.#position + chunk.length;
    if (end > this.#buffer.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(end, this.#buffer.length * 2));
      this.#buffer.copy(grown, 0, 0, this.#size);
      this.#buffer = grown;
    }
    chunk.copy(this.#buffer, this.#position);
    this.#position = end;
    this.#size = Math.max(this.#size, end);
  }
}
