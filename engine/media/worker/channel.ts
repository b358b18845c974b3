import type { Duplex } from 'node:stream';

/** One message between the engine and a worker: a small object and bytes beside it, sent without copying them into the object. */
export interface Message<T> {
  readonly body: T;
  readonly buffers: readonly Uint8Array[];
}

type Stage = 'head' | 'lengths' | 'body' | 'buffer';

const MAGIC = 0x5349_5048;
const MAX_BODY = 16 * 1024 * 1024;
const MAX_BUFFERS = 64;
const MAX_BYTES = 2 ** 31;

/**
 * Writes one message: magic, body length, buffer count, buffer lengths (all 32-bit), JSON body, buffers. Returns false when the stream is
 * full. Messages of one tick are sent together, since each sending wakes the other process. A buffer given in pieces arrives whole.
 */
export function writeMessage(
  stream: Duplex,
  body: unknown,
  buffers: readonly (Uint8Array | readonly Uint8Array[])[] = [],
): boolean {
  const json = Buffer.from(JSON.stringify(body));
  const head = Buffer.allocUnsafe(12 + 4 * buffers.length);
  head.writeUInt32LE(MAGIC, 0);
  head.writeUInt32LE(json.length, 4);
  head.writeUInt32LE(buffers.length, 8);
  buffers.forEach((buffer, index) => {
    head.writeUInt32LE(byteLength(buffer), 12 + 4 * index);
  });
  if (stream.writableCorked === 0) {
    stream.cork();
    process.nextTick(() => stream.uncork());
  }
  stream.write(head);
  let room = stream.write(json);
  for (const piece of buffers.flat()) if (piece.byteLength > 0) room = stream.write(piece);
  return room;
}

function byteLength(buffer: Uint8Array | readonly Uint8Array[]): number {
  return buffer instanceof Uint8Array ? buffer.byteLength : buffer.reduce((sum, piece) => sum + piece.byteLength, 0);
}

/** Takes the next part of a message's buffer, a view of the chunk that was pushed. */
type TakePart = (part: Uint8Array) => void;

/**
 * Puts messages together from the chunks of a stream. A buffer is copied once, into memory of its own; or it is given away part by part
 * as it comes, when `partsOf` wants that of its message, which then comes without buffers.
 */
export class MessageReader<T> {
  readonly #onMessage: (message: Message<T>) => void;
  readonly #partsOf: (body: T) => TakePart | undefined;
  #takePart: TakePart | undefined;
  /** Bytes to come of a buffer that is given away. */
  #toGive = 0;
  #part = Buffer.allocUnsafe(12);
  #filled = 0;
  #stage: Stage = 'head';
  #bodyLength = 0;
  #lengths: number[] = [];
  #body: T | undefined;
  #buffers: Uint8Array[] = [];

  constructor(onMessage: (message: Message<T>) => void, partsOf: (body: T) => TakePart | undefined = () => undefined) {
    this.#onMessage = onMessage;
    this.#partsOf = partsOf;
  }

  /** Takes the next bytes. Throws when they can't be ours, which means that the two sides don't agree. */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#toGive > 0) {
        const part = chunk.subarray(at, at + this.#toGive);
        at += part.length;
        this.#give(part);
        continue;
      }
      const take = Math.min(chunk.length - at, this.#part.length - this.#filled);
      this.#part.set(chunk.subarray(at, at + take), this.#filled);
      this.#filled += take;
      at += take;
      while (this.#filled === this.#part.length && this.#advance());
    }
  }

  #expect(stage: Stage, length: number): true {
    this.#stage = stage;
    this.#part = length >= 4096 ? Buffer.allocUnsafeSlow(length) : Buffer.allocUnsafe(length);
    this.#filled = 0;
    return true;
  }

  /** Moves on after a complete part; false when more bytes are needed. */
  #advance(): boolean {
    const part = this.#part;
    if (this.#stage === 'head') {
      const count = part.readUInt32LE(8);
      this.#bodyLength = part.readUInt32LE(4);
      if (part.readUInt32LE(0) !== MAGIC || this.#bodyLength > MAX_BODY || count > MAX_BUFFERS) {
        throw new Error('worker channel out of step');
      }
      this.#lengths = [];
      this.#buffers = [];
      return this.#expect('lengths', 4 * count) && this.#filled === this.#part.length;
    }
    if (this.#stage === 'lengths') {
      for (let i = 0; i < part.length; i += 4) this.#lengths.push(part.readUInt32LE(i));
      if (this.#lengths.some((length) => length > MAX_BYTES)) throw new Error('worker channel out of step');
      return this.#expect('body', this.#bodyLength) && this.#filled === this.#part.length;
    }
    if (this.#stage === 'body') {
      const body = JSON.parse(part.toString()) as T;
      this.#body = body;
      this.#takePart = this.#lengths.length > 0 ? this.#partsOf(body) : undefined;
      if (this.#takePart) this.#toGive = this.#lengths.splice(0).reduce((sum, length) => sum + length, 0);
      if (this.#toGive > 0) return false;
    } else this.#buffers.push(part);
    const next = this.#lengths[this.#buffers.length];
    if (next !== undefined) return this.#expect('buffer', next) && this.#filled === this.#part.length;
    this.#complete();
    return false;
  }

  #give(part: Uint8Array): void {
    this.#toGive -= part.length;
    this.#takePart?.(part);
    if (this.#toGive === 0) this.#complete();
  }

  #complete(): void {
    const message = { body: this.#body as T, buffers: this.#buffers };
    this.#expect('head', 12);
    this.#onMessage(message);
  }
}
