/** Type and parameters of a Content-Type header, both lower-cased save the parameters' values. */
export interface MediaType {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Parses a Content-Type header; undefined when it isn't one. */
export function parseMediaType(value: string): MediaType | undefined {
  const [type = '', ...rest] = value.split(';');
  const name = type.trim().toLowerCase();
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+\/[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)) return undefined;
  const parameters = new Map<string, string>();
  for (const text of rest) {
    const match = /^\s*([^\s=]+)=(?:"([^"]*)"|(\S*))\s*$/.exec(text);
    if (match?.[1]) parameters.set(match[1].toLowerCase(), match[2] ?? match[3] ?? '');
  }
  return { type: name, parameters };
}

/** One part: header names lower-cased. */
export interface MultipartPart {
  readonly headers: ReadonlyMap<string, string>;
  readonly data: Uint8Array;
}

/** Why a multipart body can't be read; `text` is worded as the reference's reader words it. */
export class MultipartError extends Error {
  constructor(text: string) {
    super(text);
    this.name = 'MultipartError';
  }
}

/** Bounds of a multipart body. */
export interface MultipartLimits {
  readonly maxPartBytes: number;
  readonly maxTotalBytes: number;
  readonly maxParts: number;
  /** Text of the error for a part or body over its bound. */
  readonly tooBigText: string;
}

const MAX_HEADER_BYTES = 16 * 1024;
const CRLF = Buffer.from('\r\n');
const HEADERS_END = Buffer.from('\r\n\r\n');
const NOTHING = Buffer.alloc(0);

type State = 'preamble' | 'delimiter' | 'headers' | 'body' | 'done';

/**
 * Reads a multipart body piece by piece, as it arrives. Each part's bytes are copied once, when the part is complete;
 * nothing beyond the limits is kept.
 */
export class MultipartReader {
  readonly #delimiter: Buffer;
  readonly #limits: MultipartLimits;
  #state: State = 'preamble';
  // The first delimiter may stand at the very start; treating it as preceded by a line end makes it like all others.
  #carry: Buffer = CRLF;
  #headers: ReadonlyMap<string, string> = new Map();
  #pieces: Buffer[] = [];
  /** Bytes at the part's beginning that belong to the header block. */
  #skip = 0;
  #partBytes = 0;
  #totalBytes = 0;
  #parts = 0;

  constructor(boundary: string, limits: MultipartLimits) {
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
    this.#limits = limits;
  }

  /** True once the closing boundary was read; what follows is ignored. */
  get complete(): boolean {
    return this.#state === 'done';
  }

  /**
   * Takes the next bytes and returns the parts they complete. The reader keeps references to `chunk` until then.
   * @throws MultipartError for a broken or too large body
   */
  push(chunk: Uint8Array): MultipartPart[] {
    const complete: MultipartPart[] = [];
    let data = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.#carry.length > 0) data = Buffer.concat([this.#carry, data]);
    this.#carry = NOTHING;
    while (data.length > 0 && this.#state !== 'done') {
      const rest = this.#step(data, complete);
      if (rest === undefined) return complete;
      data = rest;
    }
    return complete;
  }

  /**
   * Says that the body has ended.
   * @throws MultipartError when the closing boundary is missing
   */
  end(): void {
    if (this.#state === 'done') return;
    throw new MultipartError(this.#state === 'body' ? 'unexpected EOF' : 'multipart: NextPart: EOF');
  }

  /** Handles one step of the grammar; undefined = more bytes needed (what is left was carried over). */
  #step(data: Buffer, complete: MultipartPart[]): Buffer | undefined {
    switch (this.#state) {
      case 'preamble':
      case 'body':
        return this.#scan(data, complete);
      case 'delimiter':
        return this.#afterDelimiter(data);
      case 'headers':
        return this.#readHeaders(data);
      default:
        return undefined;
    }
  }

  #scan(data: Buffer, complete: MultipartPart[]): Buffer | undefined {
    const at = data.indexOf(this.#delimiter);
    if (at >= 0) {
      this.#keep(data.subarray(0, at));
      if (this.#state === 'body') complete.push(this.#finishPart());
      this.#state = 'delimiter';
      return data.subarray(at + this.#delimiter.length);
    }
    // The end of the chunk may be the beginning of a delimiter: only then is anything carried over.
    let tail = data.indexOf(13, Math.max(0, data.length - this.#delimiter.length + 1));
    while (tail >= 0 && !data.subarray(tail).equals(this.#delimiter.subarray(0, data.length - tail))) {
      tail = data.indexOf(13, tail + 1);
    }
    this.#keep(tail < 0 ? data : data.subarray(0, tail));
    this.#carry = tail < 0 ? NOTHING : data.subarray(tail);
    return undefined;
  }

  #keep(bytes: Buffer): void {
    if (this.#state !== 'body') return;
    if (this.#skip > 0 && bytes.length > 0) {
      const skipped = Math.min(this.#skip, bytes.length);
      this.#skip -= skipped;
      this.#keep(bytes.subarray(skipped));
      return;
    }
    this.#partBytes += bytes.length;
    this.#totalBytes += bytes.length;
    if (this.#partBytes > this.#limits.maxPartBytes || this.#totalBytes > this.#limits.maxTotalBytes) {
      throw new MultipartError(this.#limits.tooBigText);
    }
    if (bytes.length > 0) this.#pieces.push(bytes);
  }

  #finishPart(): MultipartPart {
    // Unpooled, so that the owner may transfer the memory to another thread.
    const data = Buffer.allocUnsafeSlow(this.#partBytes);
    let offset = 0;
    for (const piece of this.#pieces) {
      data.set(piece, offset);
      offset += piece.length;
    }
    this.#pieces = [];
    this.#partBytes = 0;
    return { headers: this.#headers, data };
  }

  #afterDelimiter(data: Buffer): Buffer | undefined {
    if (data.length >= 2 && data[0] === 45 && data[1] === 45) {
      this.#state = 'done';
      return undefined;
    }
    const end = data.indexOf(CRLF);
    const padding = end < 0 ? data : data.subarray(0, end);
    // Nothing but padding may follow; at the chunk's end also the first half of what decides.
    const plain = padding.every(
      (byte, index) => byte === 32 || byte === 9 || (end < 0 && index === padding.length - 1 && (byte === 45 || byte === 13)),
    );
    if (!plain || padding.length > 1024) throw new MultipartError('multipart: expecting a new Part; got malformed boundary line');
    if (end < 0) {
      this.#carry = data;
      return undefined;
    }
    this.#parts += 1;
    if (this.#parts > this.#limits.maxParts) throw new MultipartError('multipart: too many parts');
    this.#state = 'headers';
    // The line end stays: an empty header block is then simply `\r\n\r\n` too.
    return data.subarray(end);
  }

  #readHeaders(data: Buffer): Buffer | undefined {
    const end = data.indexOf(HEADERS_END);
    if (end > MAX_HEADER_BYTES || (end < 0 && data.length > MAX_HEADER_BYTES))
      throw new MultipartError('multipart: message too large');
    if (end < 0) {
      this.#carry = data;
      return undefined;
    }
    this.#headers = parseHeaders(data.subarray(0, end).toString('latin1'));
    this.#state = 'body';
    // The blank line's own end stays in front of the body, since the delimiter of an empty part may use it; `#keep` drops it.
    this.#skip = CRLF.length;
    return data.subarray(end + CRLF.length);
  }
}

function parseHeaders(text: string): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of text.split('\r\n')) {
    if (line === '') continue;
    const colon = line.indexOf(':');
    if (colon <= 0) throw new MultipartError(`malformed MIME header line: ${line.slice(0, 80)}`);
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return headers;
}
