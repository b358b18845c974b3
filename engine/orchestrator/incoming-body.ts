import type { Readable } from 'node:stream';
import { Keccak256 } from '../wire/keccak.ts';

/** Bytes of an unwanted body that are read and thrown away before its connection is cut. */
const LINGER_BYTES = 1_000_000;

/** Milliseconds an unwanted body may go on. */
const LINGER_MS = 2_000;

/** A body that was not taken: too large, too slow, or its sender went away. */
export class BodyFault extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BodyFault';
  }
}

/** Bytes that all incoming segments may hold at once. */
export class ByteBudget {
  readonly #limit: number;
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  /** Takes some; false when there is not so much left. */
  take(bytes: number): boolean {
    if (this.#used + bytes > this.#limit) return false;
    this.#used += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }
}

export interface ReadBodyParameters {
  readonly maxBytes: number;
  /** Milliseconds for the whole body. */
  readonly totalMs: number;
  /** Milliseconds without a byte. */
  readonly idleMs: number;
  readonly budget: ByteBudget;
}

/** A body in memory. Dispose it to give its bytes back to the budget. */
export interface ReadBody extends Disposable {
  readonly data: Uint8Array;
  /** Keccak-256, computed while the bytes came. */
  readonly hash: Uint8Array;
}

/**
 * Reads a body into memory, hashing it as it comes so that nothing is left to do at its end.
 * @throws BodyFault
 */
export function readBody(stream: Readable, parameters: ReadBodyParameters): Promise<ReadBody> {
  const { maxBytes, totalMs, idleMs, budget } = parameters;
  return new Promise((resolve, reject) => {
    const hash = new Keccak256();
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    let idle: NodeJS.Timeout | undefined;
    const total = setTimeout(() => fail(`not here within ${totalMs / 1000} s`), totalMs);
    const settle = () => {
      clearTimeout(total);
      clearTimeout(idle);
      stream.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone);
    };
    const fail = (reason: string) => {
      settle();
      budget.give(bytes);
      stream.pause();
      // Whatever still happens to it is of no interest.
      stream.on('error', () => {});
      reject(new BodyFault(reason));
    };
    const restart = () => {
      clearTimeout(idle);
      idle = setTimeout(() => fail(`nothing came for ${idleMs / 1000} s`), idleMs);
    };
    const onData = (chunk: Uint8Array) => {
      if (bytes + chunk.length > maxBytes) return fail(`larger than ${maxBytes} bytes`);
      if (!budget.take(chunk.length)) return fail('too many segments are coming in at once');
      bytes += chunk.length;
      hash.update(chunk);
      chunks.push(chunk);
      restart();
    };
    const onEnd = () => {
      settle();
      const only = chunks[0];
      const data = chunks.length === 1 && only ? only : Buffer.concat(chunks, bytes);
      let held = bytes;
      resolve({
        data,
        hash: hash.digest(),
        [Symbol.dispose]() {
          budget.give(held);
          held = 0;
        },
      });
    };
    const onGone = () => fail('its sender went away');
    restart();
    stream.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone);
    if (stream.destroyed && !stream.readableEnded) onGone();
  });
}

/**
 * Lets go of a body that nobody wants after its answer was sent: a little is read so that the sender sees the answer, then it is
 * cut, by `cut`.
 */
export function lingerOver(stream: Readable, cut: () => void): void {
  if (stream.readableEnded || stream.destroyed) return;
  let bytes = 0;
  const timer = setTimeout(end, LINGER_MS);
  function end(): void {
    clearTimeout(timer);
    stream.off('data', onData).off('end', end).off('close', end);
    if (!stream.readableEnded && !stream.destroyed) cut();
  }
  function onData(chunk: Uint8Array): void {
    bytes += chunk.length;
    if (bytes > LINGER_BYTES) end();
  }
  stream.on('error', () => {});
  stream.on('data', onData).once('end', end).once('close', end);
  stream.resume();
}
