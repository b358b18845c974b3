import { randomBytes } from 'node:crypto';
import type { Container } from '../api/media.ts';

/** Path on the orchestrator that results are posted to. */
export const RESULTS_PATH = '/transcodeResults';

/** Value of the `Authorization` header of a result (go-livepeer `server/ot_rpc.go`). */
export const RESULTS_AUTHORIZATION = 'Livepeer-Transcoder-1.0';

/** Content type of a failure; the body is the error's text, plain. */
export const ERROR_CONTENT_TYPE = 'livepeer/transcoding-error';

/** Content type of a perceptual hash part. */
export const HASH_CONTENT_TYPE = 'application/octet-stream';

const MEDIA_TYPES: Readonly<Record<Container, string>> = { mpegts: 'video/mp2t', mp4: 'video/mp4' };

/** Content type of a rendition in a container. */
function mediaType(container: Container): string {
  return MEDIA_TYPES[container];
}

/** A body ready to be sent: its pieces are the caller's own buffers, not copies. */
export interface ResultsBody {
  readonly contentType: string;
  /** Bytes of all chunks together. */
  readonly contentLength: number;
  readonly chunks: readonly Uint8Array[];
}

/** One rendition as it is posted. */
export interface ResultRendition {
  readonly container: Container;
  /** Encoded pixels. */
  readonly pixels: number;
  readonly data: Uint8Array;
  /** MPEG-7 signature; give it only when the job asked for it. */
  readonly signature?: Uint8Array;
}

/** A fresh boundary: 20 hex characters, as the reference's. */
function createBoundary(): string {
  return randomBytes(10).toString('hex');
}

/** What a {@link ResultsStream} holds of one rendition. */
interface PendingRendition {
  readonly container: Container;
  pixels: number | undefined;
  pieces: Uint8Array[];
  bytes: number;
  signature: Uint8Array | undefined;
  complete: boolean;
}

/**
 * Writes the multipart/mixed body of a success (go-livepeer `server/ot_rpc.go`) while its renditions are still being made: CRLF framing,
 * parts in the order of the renditions, part headers in alphabetical order. A part is begun when its pixels are known, those before it
 * being complete; one that is begun before all of it is there has no `Content-Length`, which no orchestrator reads.
 */
export class ResultsStream {
  readonly contentType: string;
  readonly #boundary: string;
  readonly #renditions: readonly PendingRendition[];
  readonly #onChunk: (chunk: Uint8Array) => void;
  /** The rendition whose part comes next or is being written. */
  #at = 0;
  #open = false;
  #first = true;

  /** `onChunk` takes the body, in pieces that are the caller's own buffers, not copies. */
  constructor(containers: readonly Container[], onChunk: (chunk: Uint8Array) => void, boundary: string = createBoundary()) {
    this.#boundary = boundary;
    this.contentType = `multipart/mixed; boundary=${boundary}`;
    this.#onChunk = onChunk;
    this.#renditions = containers.map((container) => ({
      container,
      pixels: undefined,
      pieces: [],
      bytes: 0,
      signature: undefined,
      complete: false,
    }));
  }

  /** The encoded pixels of a rendition are known. */
  counted(index: number, pixels: number): void {
    const rendition = this.#renditions[index];
    if (!rendition) return;
    rendition.pixels ??= pixels;
    this.#advance();
  }

  /** The next bytes of a rendition. */
  bytes(index: number, piece: Uint8Array): void {
    const rendition = this.#renditions[index];
    if (!rendition) return;
    if (this.#open && index === this.#at) this.#onChunk(piece);
    else rendition.pieces.push(piece);
    rendition.bytes += piece.length;
  }

  /** All bytes of a rendition were given. With `signature`, which only a job that asked for one may have. */
  complete(index: number, signature?: Uint8Array): void {
    const rendition = this.#renditions[index];
    if (!rendition) return;
    rendition.signature = signature;
    rendition.complete = true;
    this.#advance();
  }

  /** Whether all renditions are written. */
  get written(): boolean {
    return this.#at === this.#renditions.length;
  }

  /** Closes the body. Throws when a rendition is missing. */
  end(): void {
    if (!this.written) throw new Error(`rendition ${this.#at} is not complete`);
    this.#line(`--${this.#boundary}--\r\n`);
  }

  #advance(): void {
    for (;;) {
      const rendition = this.#renditions[this.#at];
      if (!rendition) return;
      if (!this.#open && rendition.pixels !== undefined) this.#begin(rendition, rendition.pixels);
      if (!this.#open || !rendition.complete) return;
      if (rendition.signature) {
        this.#part(`Content-Length: ${rendition.signature.length}\r\nContent-Type: ${HASH_CONTENT_TYPE}\r\n`);
        this.#onChunk(rendition.signature);
      }
      this.#open = false;
      this.#at += 1;
    }
  }

  #begin({ container, complete, bytes, pieces }: PendingRendition, pixels: number): void {
    const length = complete ? `Content-Length: ${bytes}\r\n` : '';
    this.#part(`${length}Content-Type: ${mediaType(container)}\r\nPixels: ${pixels}\r\n`);
    for (const piece of pieces.splice(0)) this.#onChunk(piece);
    this.#open = true;
  }

  #part(headers: string): void {
    this.#line(`--${this.#boundary}\r\n${headers}\r\n`);
  }

  #line(text: string): void {
    this.#onChunk(Buffer.from(`${this.#first ? '' : '\r\n'}${text}`, 'latin1'));
    this.#first = false;
  }
}

/** Builds the whole body of a success when all of it is there. */
export function encodeResults(renditions: readonly ResultRendition[], boundary: string = createBoundary()): ResultsBody {
  const chunks: Uint8Array[] = [];
  const stream = new ResultsStream(
    renditions.map(({ container }) => container),
    (chunk) => chunks.push(chunk),
    boundary,
  );
  for (const [index, { pixels, data, signature }] of renditions.entries()) {
    stream.bytes(index, data);
    stream.complete(index, signature);
    stream.counted(index, pixels);
  }
  stream.end();
  const contentLength = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return { contentType: stream.contentType, contentLength, chunks };
}

/** Body of a failure: the text, undecorated, since gateways compare it exactly. */
export function encodeError(wireText: string): ResultsBody {
  const body = Buffer.from(wireText, 'utf8');
  return { contentType: ERROR_CONTENT_TYPE, contentLength: body.length, chunks: [body] };
}

/** Headers of a result's POST, beside content type and length. */
export function resultHeaders(parameters: {
  readonly secret: string;
  readonly taskId: bigint;
  /** Decoded pixels; 0 on failure. */
  readonly decodedPixels: number;
}): Record<string, string> {
  return {
    authorization: RESULTS_AUTHORIZATION,
    credentials: parameters.secret,
    taskid: parameters.taskId.toString(),
    pixels: String(parameters.decodedPixels),
  };
}
