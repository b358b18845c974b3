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

/** Builds the multipart/mixed body of a success (go-livepeer `server/ot_rpc.go`): CRLF framing, part headers in alphabetical order. */
export function encodeResults(renditions: readonly ResultRendition[], boundary: string = createBoundary()): ResultsBody {
  const chunks: Uint8Array[] = [];
  let first = true;
  const part = (headers: string, data: Uint8Array) => {
    chunks.push(Buffer.from(`${first ? '' : '\r\n'}--${boundary}\r\n${headers}\r\n`, 'latin1'), data);
    first = false;
  };
  for (const { container, pixels, data, signature } of renditions) {
    part(`Content-Length: ${data.length}\r\nContent-Type: ${mediaType(container)}\r\nPixels: ${pixels}\r\n`, data);
    if (signature) part(`Content-Length: ${signature.length}\r\nContent-Type: ${HASH_CONTENT_TYPE}\r\n`, signature);
  }
  chunks.push(Buffer.from(`${first ? '' : '\r\n'}--${boundary}--\r\n`, 'latin1'));
  const contentLength = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return { contentType: `multipart/mixed; boundary=${boundary}`, contentLength, chunks };
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
