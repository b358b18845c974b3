import { AVERROR_EOF, AVSEEK_CUR, AVSEEK_END, AVSEEK_SET, AVSEEK_SIZE } from 'node-av/constants';
import { IOContext } from 'node-av/lib';
import { GrowingBytes } from './growing-bytes.ts';

/** Bytes FFmpeg moves per call of a callback: few crossings of the JavaScript border. */
const BUFFER = 256 * 1024;
/** Bytes of a piece of an output that is sent on while it is made. */
const PIECE = 64 * 1024;
/** Smallest output memory. */
const MIN_OUTPUT = 64 * 1024;
/** A place far beyond any input; going there and back empties FFmpeg's own buffer. */
const FAR = 1n << 50n;
/** FFmpeg's answer to a size that is not known (AVERROR(ENOSYS)). */
const UNKNOWN_SIZE = -38n;
const NOTHING = GrowingBytes.of(new Uint8Array());

/** FFmpeg asked for bytes that are not there yet, where it could not wait for them. What it had read is lost. */
export class RanDry extends Error {}

/**
 * node-av 6.1.1 frees an I/O context but not its buffer, so contexts are used again and never freed. One that met an
 * error is left out; it costs its quarter megabyte once.
 */
class Pool<T> {
  readonly #idle: T[] = [];
  readonly #make: () => T;

  constructor(make: () => T) {
    this.#make = make;
  }

  take(): T {
    return this.#idle.pop() ?? this.#make();
  }

  giveBack(item: T): void {
    this.#idle.push(item);
  }
}

function seekTarget(offset: bigint, whence: number, position: number, size: number): number {
  if (whence === AVSEEK_CUR) return position + Number(offset);
  if (whence === AVSEEK_END) return size + Number(offset);
  return Number(offset);
}

/**
 * FFmpeg input over bytes in memory, which may still be coming in: then FFmpeg's asynchronous calls wait for them, and blocking ones are
 * made with `atOnce`. What broke off looks like the end. Dispose it after the demuxer that reads from it was closed.
 */
export class MemoryReader implements Disposable {
  static readonly #pool = new Pool(() => new MemoryReader());
  readonly io = new IOContext();
  /** FFmpeg has its own copy before it asks again. */
  readonly #gathered = Buffer.allocUnsafeSlow(BUFFER);
  #bytes = NOTHING;
  #position = 0;
  #atOnce = false;
  #dry = false;
  #waits = 0;

  private constructor() {
    this.io.allocContextWithCallbacks(
      BUFFER,
      0,
      (size) => {
        if (this.#position < this.#bytes.size || this.#bytes.ended) return this.#read(size);
        if (this.#atOnce) {
          this.#dry = true;
          return AVERROR_EOF;
        }
        this.#waits += 1;
        return this.#bytes.until(this.#position + 1).then(
          () => this.#read(size),
          () => AVERROR_EOF,
        );
      },
      null,
      (offset, whence) => {
        if (!this.#bytes.ended && (whence === AVSEEK_SIZE || whence === AVSEEK_END)) return UNKNOWN_SIZE;
        if (whence === AVSEEK_SIZE) return BigInt(this.#bytes.size);
        this.#position = Math.max(0, seekTarget(offset, whence, this.#position, this.#bytes.size));
        return BigInt(this.#position);
      },
    );
  }

  static open(bytes: GrowingBytes): MemoryReader {
    const reader = MemoryReader.#pool.take();
    reader.#bytes = bytes;
    reader.io.seekSync(FAR, AVSEEK_SET);
    reader.io.seekSync(0n, AVSEEK_SET);
    return reader;
  }

  /** How often FFmpeg has waited for bytes. */
  get waits(): number {
    return this.#waits;
  }

  /**
   * Makes a blocking call of FFmpeg's.
   * @throws RanDry when it asked for bytes that are not there yet
   */
  atOnce<T>(call: () => T): T {
    this.#atOnce = true;
    this.#dry = false;
    try {
      const result = call();
      if (this.#dry) throw new RanDry();
      return result;
    } finally {
      this.#atOnce = false;
    }
  }

  #read(size: number): Buffer | number {
    const chunk = this.#bytes.at(this.#position, size);
    if (chunk.length === 0) return AVERROR_EOF;
    this.#position += chunk.length;
    const most = Math.min(size, BUFFER);
    if (chunk.length >= most || this.#position === this.#bytes.size)
      return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    // More follows in other pieces: putting them together is cheaper than being asked for each, which takes a change of threads.
    let filled = 0;
    for (let next = chunk; next.length > 0; next = this.#bytes.at(this.#position, most - filled)) {
      if (next !== chunk) this.#position += next.length;
      this.#gathered.set(next, filled);
      filled += next.length;
    }
    return this.#gathered.subarray(0, filled);
  }

  [Symbol.dispose](): void {
    this.#bytes = NOTHING;
    MemoryReader.#pool.giveBack(this);
  }
}

/** Growing output in memory, seekable. Dispose it after the muxer that writes to it was freed. */
export class MemoryWriter implements Disposable {
  static readonly #pool = new Pool(() => new MemoryWriter());
  readonly io = new IOContext();
  #buffer: Buffer = Buffer.alloc(0);
  #position = 0;
  #size = 0;

  private constructor() {
    this.io.allocContextWithCallbacks(
      BUFFER,
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

  /** `expectedBytes` only avoids growth; any size is taken. */
  static open(expectedBytes: number): MemoryWriter {
    const writer = MemoryWriter.#pool.take();
    writer.#buffer = Buffer.allocUnsafeSlow(Math.max(MIN_OUTPUT, Math.ceil(expectedBytes)));
    writer.io.seekSync(0n, AVSEEK_SET);
    writer.#position = 0;
    writer.#size = 0;
    return writer;
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

  [Symbol.dispose](): void {
    // What an unfinished muxer left in FFmpeg's buffer goes nowhere.
    this.io.flushSync();
    this.#buffer = Buffer.alloc(0);
    if (this.io.error === 0) MemoryWriter.#pool.giveBack(this);
  }
}

/** Output that is handed on in pieces as it is made, for formats that never seek back. Dispose it after the muxer that writes to it was freed. */
export class PieceWriter implements Disposable {
  static readonly #pool = new Pool(() => new PieceWriter());
  readonly io = new IOContext();
  #onPiece: (piece: Buffer) => void = () => {};
  #piece: Buffer = Buffer.alloc(0);
  #filled = 0;

  private constructor() {
    this.io.allocContextWithCallbacks(PIECE, 1, null, (chunk) => {
      this.#write(chunk);
      return chunk.length;
    });
  }

  /** Each piece is in memory of its own. */
  static open(onPiece: (piece: Buffer) => void): PieceWriter {
    const writer = PieceWriter.#pool.take();
    writer.#onPiece = onPiece;
    writer.#filled = 0;
    return writer;
  }

  /** What has been written since the last piece. */
  bytes(): Buffer {
    return this.#piece.subarray(0, this.#filled);
  }

  #write(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#filled === 0) this.#piece = Buffer.allocUnsafeSlow(PIECE);
      const taken = chunk.copy(this.#piece, this.#filled, at);
      at += taken;
      this.#filled += taken;
      if (this.#filled < PIECE) return;
      this.#filled = 0;
      this.#onPiece(this.#piece);
    }
  }

  [Symbol.dispose](): void {
    // What an unfinished muxer left in FFmpeg's buffer goes nowhere.
    this.#onPiece = () => {};
    this.io.flushSync();
    this.#piece = Buffer.alloc(0);
    if (this.io.error === 0) PieceWriter.#pool.giveBack(this);
  }
}
