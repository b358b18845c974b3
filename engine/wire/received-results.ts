import { EngineError } from '../base/errors.ts';
import { MAX_BODY_BYTES, MAX_PROFILES, TOO_BIG_TEXT } from './limits.ts';
import { MultipartError, type MultipartPart, MultipartReader, parseMediaType } from './multipart.ts';
import { HASH_CONTENT_TYPE } from './transcode-results.ts';

/** One rendition as the orchestrator received it. */
export interface ReceivedRendition {
  readonly data: Uint8Array;
  /** Encoded pixels as the transcoder counts them. */
  readonly pixels: number;
  /** Content type of the part, verbatim. */
  readonly contentType: string;
  /** MPEG-7 signature, when the transcoder sent one. */
  readonly hash?: Uint8Array;
}

/** Bounds of a result's body, bytes. */
export interface ReceiveResultsOptions {
  readonly maxPartBytes?: number;
  readonly maxTotalBytes?: number;
}

function broken(wireText: string, cause?: unknown): EngineError {
  return new EngineError({
    code: 'transcoder-failed',
    message: `The transcoder's result cannot be read: ${wireText}.`,
    details: { wireText },
    cause,
  });
}

/** Parses a decimal 64-bit integer the way Go's `strconv.ParseInt` does; undefined when it is none. */
export function parseInt64(text: string): bigint | undefined {
  if (!/^[+-]?\d{1,40}$/.test(text)) return undefined;
  const value = BigInt(text.replace(/^\+/, ''));
  return value >= -(2n ** 63n) && value < 2n ** 63n ? value : undefined;
}

function pixelsOf(text: string): number {
  const value = parseInt64(text);
  if (value === undefined) throw broken(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(value);
}

/**
 * Collects the renditions of a result's multipart/mixed body as it arrives (go-livepeer `server/ot_rpc.go`). Memory is bounded
 * by the limits; when one is passed, reading stops there.
 * @throws EngineError `transcoder-failed` with the text to answer (500) and to fail the task with in `details.wireText`
 */
export async function receiveResults(
  body: AsyncIterable<Uint8Array>,
  contentType: string,
  options: ReceiveResultsOptions = {},
): Promise<ReceivedRendition[]> {
  const boundary = parseMediaType(contentType)?.parameters.get('boundary');
  if (!boundary) throw broken('multipart: boundary is empty');
  const maxPartBytes = options.maxPartBytes ?? MAX_BODY_BYTES;
  const reader = new MultipartReader(boundary, {
    maxPartBytes,
    maxTotalBytes: options.maxTotalBytes ?? 2 * maxPartBytes,
    // Each rendition has at most one hash; a few unknown parts are tolerated, since the reference skips them.
    maxParts: 2 * MAX_PROFILES + 12,
    tooBigText: TOO_BIG_TEXT,
  });
  const renditions: ReceivedRendition[] = [];
  try {
    for await (const chunk of body) {
      for (const part of reader.push(chunk)) collect(renditions, part);
      // Nothing after the closing boundary matters, as in the reference.
      if (reader.complete) break;
    }
    reader.end();
  } catch (error) {
    throw error instanceof MultipartError ? broken(error.message, error) : error;
  }
  return renditions;
}

function collect(renditions: ReceivedRendition[], part: MultipartPart): void {
  const pixels = part.headers.get('pixels');
  const contentType = part.headers.get('content-type') ?? '';
  if (pixels !== undefined) {
    renditions.push({ data: part.data, pixels: pixelsOf(pixels), contentType });
    return;
  }
  if (contentType !== HASH_CONTENT_TYPE) return;
  const last = renditions.pop();
  if (!last) throw broken('Unknown perceptual hash');
  renditions.push({ ...last, hash: part.data });
}
