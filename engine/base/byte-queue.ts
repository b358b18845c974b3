import type { IncomingSegment, SegmentSink } from '../api/media.ts';

/** Bytes that are not kept back for more. */
const BATCH = 64 * 1024;

/**
 * Bytes on their way from one hand to the next, piece by piece, until they end or break off with an error. What comes before there is a
 * taker waits for it; then what comes in the same turn of the event loop goes on together, but no more than a batch, so that it can be
 * worked on meanwhile. Nothing is kept. Callbacks, not an iteration: between the first byte of a segment and its first picture each
 * turn of the microtask queue shows (docs/decisions/0020).
 */
export class ByteQueue implements IncomingSegment {
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  #sink: SegmentSink | undefined;
  #turn: NodeJS.Immediate | undefined;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;

  add(piece: Uint8Array): void {
    if (this.#settled || piece.length === 0) return;
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    if (!this.#sink) return;
    if (this.#bytes >= BATCH) this.#pass();
    else this.#turn ??= setImmediate(() => this.#pass());
  }

  end(): void {
    if (this.#settled) return;
    this.#ended = true;
    if (this.#sink) this.#close(this.#sink);
  }

  /** Without effect after the end. What waits is lost. */
  fail(error: unknown): void {
    if (this.#settled) return;
    this.#failure = { error };
    if (this.#sink) this.#close(this.#sink);
  }

  /** Gives everything to `sink`, from now on as it comes. There is one taker. */
  to(sink: SegmentSink): void {
    if (this.#sink) throw new Error('these bytes are taken already');
    this.#sink = sink;
    if (this.#settled) this.#close(sink);
    else this.#pass();
  }

  get #settled(): boolean {
    return this.#ended || this.#failure !== undefined;
  }

  #pass(): void {
    clearImmediate(this.#turn);
    this.#turn = undefined;
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#bytes = 0;
    if (pieces.length > 0) this.#sink?.add(pieces);
  }

  #close(sink: SegmentSink): void {
    if (this.#failure) this.#pieces = [];
    this.#pass();
    if (this.#failure) sink.fail(this.#failure.error);
    else sink.end();
  }
}
