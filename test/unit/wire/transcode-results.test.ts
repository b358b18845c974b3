import { describe, expect, test } from 'vitest';
import { MultipartReader, parseMediaType } from '../../../engine/wire/multipart.ts';
import { parseInt64, receiveResults } from '../../../engine/wire/received-results.ts';
import {
  encodeError,
  encodeResults,
  type ResultRendition,
  type ResultsBody,
  ResultsStream,
  resultHeaders,
} from '../../../engine/wire/transcode-results.ts';
import { extraVectors, unhex, vectors } from '../../support/vectors.ts';

const joined = (body: ResultsBody) => Buffer.concat(body.chunks);

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += size) yield bytes.subarray(offset, offset + size);
}

const CONTENT_TYPE = 'multipart/mixed; boundary=b';
const receive = (text: string, size = 1 << 20, options = {}) =>
  receiveResults(pieces(Buffer.from(text, 'latin1'), size), CONTENT_TYPE, options);

describe('building', () => {
  test.each(vectors(/^transcode_results_multipart/).map((vector) => [vector.name, vector] as const))(
    '%s',
    (_name, { inputs, outputs }) => {
      const renditions = (inputs.renditions as string[]).map(
        (text, index): ResultRendition => ({
          container: 'mpegts',
          pixels: (inputs.pixels as number[])[index] ?? 0,
          data: Buffer.from(text),
          ...(inputs.phash ? { signature: Uint8Array.from([1, 2, 3, index]) } : {}),
        }),
      );
      const body = encodeResults(renditions, String(inputs.boundary));
      expect(`0x${joined(body).toString('hex')}`).toBe(outputs.bodyHex);
      expect(body.contentType).toBe((inputs.httpHeaders as Record<string, string>)['Content-Type']);
      expect(body.contentLength).toBe(joined(body).length);
    },
  );

  test('transcode_results_error_body', () => {
    const [vector] = vectors(/^transcode_results_error_body$/);
    const body = encodeError(String(vector?.inputs.error));
    expect(joined(body).toString()).toBe(vector?.outputs.bodyUtf8);
    expect(vector?.inputs.httpHeaders).toMatchObject({ 'Content-Type': body.contentType });
  });

  test.each(extraVectors('transcode-results-post').map((vector) => [vector.description, vector] as const))(
    '%s',
    (_name, vector) => {
      const { input, expected } = vector;
      const headers = expected.headers as Record<string, string>;
      const failed = headers['content-type'] === 'livepeer/transcoding-error';
      const made = failed
        ? encodeError(String(expected.bodyText))
        : encodeResults(
            [
              {
                container: 'mpegts',
                pixels: 13_824_000,
                data: Buffer.from('TS-RENDITION-BYTES'),
                signature: Uint8Array.from([0, 1, 2, 3]),
              },
              {
                container: 'mp4',
                pixels: 13_824_000,
                data: Buffer.from('MP4-RENDITION-BYTES'),
                signature: Uint8Array.from([4, 5, 6, 7]),
              },
            ].map(({ signature, ...rendition }): ResultRendition => {
              const base = { ...rendition, container: rendition.container as 'mpegts' | 'mp4' };
              return input.perceptualHash ? { ...base, signature } : base;
            }),
            String(input.boundaryOrRandName),
          );
      expect(joined(made).toString('hex')).toBe(expected.bodyHex);
      expect({
        ...resultHeaders({
          secret: String(input.orchSecret),
          taskId: BigInt(Number(input.taskId)),
          decodedPixels: Number(headers.pixels),
        }),
        'content-type': made.contentType,
        'content-length': String(made.contentLength),
      }).toEqual(headers);
    },
  );

  test('the renditions are not copied', () => {
    const data = Buffer.alloc(1 << 20);
    expect(encodeResults([{ container: 'mpegts', pixels: 1, data }]).chunks).toContain(data);
  });
});

describe('a body that is written while its renditions are made', () => {
  const stream = (containers: readonly ('mpegts' | 'mp4')[] = ['mpegts', 'mpegts']) => {
    const chunks: Uint8Array[] = [];
    const results = new ResultsStream(containers, (chunk) => chunks.push(chunk), 'b');
    return { results, text: () => Buffer.concat(chunks).toString('latin1') };
  };

  test('a rendition goes out from when its pixels are known, and the next one waits its turn', () => {
    const { results, text } = stream();
    results.bytes(1, Buffer.from('small'));
    results.bytes(0, Buffer.from('lar'));
    results.counted(1, 10);
    results.complete(1);
    expect(text()).toBe('');
    results.counted(0, 20);
    expect(text()).toBe('--b\r\nContent-Type: video/mp2t\r\nPixels: 20\r\n\r\nlar');
    results.bytes(0, Buffer.from('ge'));
    expect(text()).toMatch(/large$/);
    results.complete(0);
    expect(text()).toMatch(/large\r\n--b\r\nContent-Length: 5\r\nContent-Type: video\/mp2t\r\nPixels: 10\r\n\r\nsmall$/);
    results.end();
    expect(text()).toMatch(/small\r\n--b--\r\n$/);
  });

  test('what comes out is read like a whole one, signatures and all, in whatever order things are told', async () => {
    const data = [Buffer.from('AAAA'), Buffer.from('BBBB'), Buffer.from('')];
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
    ]) {
      const { results, text } = stream(['mpegts', 'mp4', 'mpegts']);
      for (const index of order) results.counted(index, 100 + index);
      for (const index of order) for (const byte of data[index] ?? []) results.bytes(index, Uint8Array.of(byte));
      for (const index of order) results.complete(index, Uint8Array.of(index));
      results.end();
      const received = await receiveResults(pieces(Buffer.from(text(), 'latin1'), 7), results.contentType);
      expect(received.map(({ data: bytes, pixels, hash }) => [Buffer.from(bytes).toString(), pixels, [...(hash ?? [])]])).toEqual(
        [
          ['AAAA', 100, [0]],
          ['BBBB', 101, [1]],
          ['', 102, [2]],
        ],
      );
    }
  });

  test('error: it is not closed while a rendition is missing', () => {
    const { results } = stream();
    results.counted(0, 1);
    results.complete(0);
    results.counted(1, 1);
    expect(() => results.end()).toThrow('rendition 1 is not complete');
  });
});

describe('receiving', () => {
  test.each([1, 2, 3, 7, 20, 1000])('a body with hashes is read in pieces of %i bytes', async (size) => {
    const [vector] = vectors(/^transcode_results_multipart_with_phash$/);
    const received = await receiveResults(
      pieces(unhex(vector?.outputs.bodyHex), size),
      'multipart/mixed; boundary=0123456789abcdef0123',
    );
    expect(received.map(({ data, pixels, hash }) => [Buffer.from(data).toString(), pixels, [...(hash ?? [])]])).toEqual([
      ['AAAA-rendition-0', 1000, [1, 2, 3, 0]],
      ['BBBB-rendition-1', 2000, [1, 2, 3, 1]],
    ]);
    expect(received.map(({ contentType }) => contentType)).toEqual(['video/mp2t', 'video/mp2t']);
  });

  test('big renditions full of near-boundaries come back byte for byte, whatever the pieces', async () => {
    const boundary = 'abcdef0123456789abcd';
    const trap = Buffer.from(`\r\n--${boundary.slice(0, 19)}\r\n--\r\r\n`);
    const data = Buffer.alloc(3_000_000);
    for (let offset = 0; offset + trap.length <= data.length; offset += trap.length) trap.copy(data, offset);
    const body = encodeResults(
      [
        { container: 'mpegts', pixels: 5, data },
        { container: 'mp4', pixels: 6, data: data.subarray(1, 1_000_003) },
      ],
      boundary,
    );
    for (const size of [1021, 16_384, 65_536]) {
      const received = await receiveResults(pieces(joined(body), size), body.contentType);
      expect(
        received.map((rendition) => Buffer.compare(rendition.data, rendition.pixels === 5 ? data : data.subarray(1, 1_000_003))),
      ).toEqual([0, 0]);
    }
  });

  test.each([1, 1000])(
    'preamble, padding, foreign parts, empty parts and an epilogue are tolerated (pieces of %i)',
    async (size) => {
      const text =
        'hello\r\n--b  \r\nX: y\r\nContent-Type: text/plain\r\n\r\nskipped\r\n--b\r\npixels: 0\r\n\r\n\r\n--b\r\nPIXELS: 3\r\n\r\n--b\r\nPixels: 9\r\nContent-Type: weird/type\r\n\r\nx\r\n--b--\r\nbye';
      const received = await receive(text, size);
      expect(received.map(({ data, pixels }) => [Buffer.from(data).toString(), pixels])).toEqual([
        ['', 0],
        ['', 3],
        ['x', 9],
      ]);
    },
  );

  test.each([
    ['no closing boundary', '--b\r\nPixels: 1\r\n\r\nx', 'unexpected EOF'],
    ['nothing at all', '', 'multipart: NextPart: EOF'],
    ['ends in the headers', '--b\r\nPixels', 'multipart: NextPart: EOF'],
    ['pixels that are no number', '--b\r\nPixels: many\r\n\r\nx\r\n--b--', 'strconv.ParseInt: parsing "many": invalid syntax'],
    ['a hash before any rendition', '--b\r\nContent-Type: application/octet-stream\r\n\r\nx\r\n--b--', 'Unknown perceptual hash'],
    ['a header without a colon', '--b\r\nPixels 1\r\n\r\nx\r\n--b--', 'malformed MIME header line: Pixels 1'],
    ['junk after a boundary', '--bc\r\nPixels: 1\r\n\r\nx', 'multipart: expecting a new Part; got malformed boundary line'],
  ])('error: %s', async (_name, text, wireText) => {
    for (const size of [1, 4096]) {
      await expect(receive(text, size)).rejects.toMatchObject({ code: 'transcoder-failed', details: { wireText } });
    }
  });

  test('error: a part over its limit stops the reading there', async () => {
    let read = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('--b\r\nPixels: 1\r\n\r\n');
      while (true) {
        read += 65_536;
        yield Buffer.alloc(65_536);
      }
    }
    const wireText = 'input bigger than max buffer size';
    await expect(receiveResults(endless(), CONTENT_TYPE, { maxPartBytes: 1_000_000 })).rejects.toMatchObject({
      details: { wireText },
    });
    expect(read).toBeLessThan(1_200_000);
  });

  test('error: headers without end and too many parts are refused', async () => {
    await expect(receive(`--b\r\nX: ${'y'.repeat(20_000)}`)).rejects.toMatchObject({
      details: { wireText: 'multipart: message too large' },
    });
    await expect(receive('--b\r\n\r\n\r\n'.repeat(100))).rejects.toMatchObject({
      details: { wireText: 'multipart: too many parts' },
    });
    await expect(receiveResults(pieces(Buffer.from('x'), 1), 'multipart/mixed')).rejects.toMatchObject({
      details: { wireText: 'multipart: boundary is empty' },
    });
  });

  test('a reader that is done ignores the rest', () => {
    const reader = new MultipartReader('b', { maxPartBytes: 10, maxTotalBytes: 10, maxParts: 1, tooBigText: 'big' });
    reader.push(Buffer.from('--b--'));
    expect(reader.complete).toBe(true);
    expect(reader.push(Buffer.alloc(1000))).toEqual([]);
    reader.end();
  });
});

describe('small parsers', () => {
  test('content types', () => {
    expect(parseMediaType('Multipart/Mixed; Boundary="a b"; x=y')).toEqual({
      type: 'multipart/mixed',
      parameters: new Map([
        ['boundary', 'a b'],
        ['x', 'y'],
      ]),
    });
    expect(parseMediaType('')).toBeUndefined();
    expect(parseMediaType('livepeer/transcoding-error')?.type).toBe('livepeer/transcoding-error');
    expect(parseMediaType('nonsense')).toBeUndefined();
  });

  test('64-bit integers as Go parses them', () => {
    expect(parseInt64('9223372036854775807')).toBe(2n ** 63n - 1n);
    expect(parseInt64('9223372036854775808')).toBeUndefined();
    expect(parseInt64('-9223372036854775808')).toBe(-(2n ** 63n));
    expect(parseInt64('+5')).toBe(5n);
    for (const text of ['', ' 5', '5.0', '0x5', '1e3']) expect(parseInt64(text)).toBeUndefined();
  });
});
