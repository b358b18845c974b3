import { afterEach, describe, expect, test } from 'vitest';
import { Disposables } from '../../engine/base/disposables.ts';
import { Admission } from '../../engine/transcoder/admission.ts';
import { Downloader, type DownloaderOptions } from '../../engine/transcoder/download.ts';
import { ResultPoster } from '../../engine/transcoder/results.ts';
import { encodeError, encodeResults } from '../../engine/wire/transcode-results.ts';
import { FakeOrchestrator, type FakeOrchestratorOptions } from '../support/fake-orchestrator.ts';

let owned = new Disposables();

afterEach(async () => {
  await owned[Symbol.asyncDispose]();
  owned = new Disposables();
});

type Answer = NonNullable<FakeOrchestratorOptions['onSegment']>;

async function fetcher(onSegment: Answer, options: DownloaderOptions = {}) {
  const fake = owned.use(await FakeOrchestrator.start({ onSegment }));
  const downloader = owned.use(new Downloader(options));
  const admission = new Admission(() => 4);
  const admitted = owned.use(admission.admit('s'));
  const get = async (
    path = '/stream/a/0.tempfile',
    signal = new AbortController().signal,
    watch: (piece: Uint8Array) => void = () => {},
  ): Promise<Buffer> => {
    const pieces: Uint8Array[] = [];
    const onPiece = (piece: Uint8Array) => {
      pieces.push(piece);
      watch(piece);
    };
    const bytes = await downloader.download({ url: `${fake.address.uri}${path}`, memory: admitted.memory, signal, onPiece });
    const body = Buffer.concat(pieces);
    expect(body.length).toBe(bytes);
    return body;
  };
  return { fake, get, admission };
}

const failsWith = (code: string, wireText: string) => ({ code, details: { wireText } });

describe('downloading a segment', () => {
  test('a body of known length arrives whole', async () => {
    const body = Buffer.alloc(3_000_000, 'abcdefg');
    const { get } = await fetcher((_request, response) => {
      response.setHeader('content-length', body.length);
      response.end(body);
    });
    const data = await get();
    expect(Buffer.compare(data, body)).toBe(0);
  });

  test('a body of unknown length arrives whole, too', async () => {
    const { get, admission } = await fetcher((_request, response) => {
      for (let part = 0; part < 10; part += 1) response.write(Buffer.alloc(100_000, String(part)));
      response.end();
    });
    const data = await get();
    expect(data.length).toBe(1_000_000);
    expect(String.fromCharCode(data[0] ?? 0, data[999_999] ?? 0)).toBe('09');
    expect(admission.bytesInFlight).toBe(1_000_000);
  });

  test('a fast line leaves the event loop its turns', async () => {
    const { get } = await fetcher((_request, response) => response.end(Buffer.alloc(8_000_000)));
    let most = 0;
    let inThisTurn = 0;
    const done = get('/', undefined, ({ length }) => {
      if (inThisTurn === 0) setImmediate(() => (inThisTurn = 0));
      inThisTurn += length;
      most = Math.max(most, inThisTurn);
    });
    expect(await done).toHaveLength(8_000_000);
    // A read's worth more than the downloader's own bound.
    expect(most).toBeLessThanOrEqual(256 * 1024);
  });

  test('an empty body is a segment of no bytes', async () => {
    const { get } = await fetcher((_request, response) => response.end());
    expect(await get()).toHaveLength(0);
  });

  test('redirects are followed, relative ones too', async () => {
    const { get, fake } = await fetcher((request, response) => {
      const next = { '/a': '/b', '/b': `${fake.address.uri}/c` }[String(request.url)];
      if (next) response.writeHead(302, { location: next });
      response.end('there');
    });
    expect(Buffer.from(await get('/a')).toString()).toBe('there');
  });

  test('a connection that the server closed while it was kept is replaced unnoticed', async () => {
    const { get, fake } = await fetcher((_request, response) => response.end('x'));
    await get();
    const [socket] = fake.downloads;
    // Closes at the moment of the next request, before any answer.
    socket?.once('data', () => socket.destroy());
    await get();
    expect(fake.downloads.length).toBeGreaterThanOrEqual(2);
  });

  test.each([
    [404, '404 Not Found'],
    [500, '500 Internal Server Error'],
    [204, '204 No Content'],
  ])('error: status %i gives its text', async (status, text) => {
    const { get } = await fetcher((_request, response) => {
      response.statusCode = status;
      response.end();
    });
    await expect(get()).rejects.toMatchObject(failsWith('download-failed', text));
  });

  test('error: a server that never answers is given up in time', async () => {
    const { get } = await fetcher(() => {}, { timeoutMs: 300 });
    const started = performance.now();
    await expect(get()).rejects.toMatchObject({ code: 'download-timeout' });
    expect(performance.now() - started).toBeLessThan(1000);
  });

  test('error: a server that stops in the middle is given up in time', async () => {
    const { get } = await fetcher(
      (_request, response) => {
        response.setHeader('content-length', 1000);
        response.write('a');
      },
      { timeoutMs: 300 },
    );
    await expect(get()).rejects.toMatchObject({ code: 'download-timeout' });
  });

  test('error: a body cut short is noticed', async () => {
    const { get } = await fetcher((request, response) => {
      response.setHeader('content-length', 1000);
      response.write('a');
      setTimeout(() => request.socket.destroy(), 50);
    });
    await expect(get()).rejects.toMatchObject(failsWith('download-failed', 'unexpected EOF'));
  });

  test('error: five announced gigabytes are refused before a byte is kept', async () => {
    const { get, admission } = await fetcher((_request, response) => {
      response.setHeader('content-length', 5_000_000_000);
      response.write(Buffer.alloc(1000));
    });
    await expect(get()).rejects.toMatchObject(failsWith('download-too-large', 'input bigger than max buffer size'));
    expect(admission.bytesInFlight).toBe(0);
  });

  test('error: an endless body is cut at the limit', async () => {
    let sent = 0;
    const { get, admission } = await fetcher(
      (_request, response) => {
        const more = () => {
          while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536;
        };
        response.on('drain', more);
        response.on('error', () => {});
        more();
      },
      { maxBytes: 1_000_000 },
    );
    await expect(get()).rejects.toMatchObject(failsWith('download-too-large', 'input bigger than max buffer size'));
    expect(admission.bytesInFlight).toBeLessThanOrEqual(1_000_000);
    expect(sent).toBeLessThan(20_000_000);
  });

  test('error: a loop of redirects ends', async () => {
    const { get } = await fetcher((_request, response) => {
      response.writeHead(302, { location: '/again' });
      response.end();
    });
    await expect(get()).rejects.toMatchObject(failsWith('download-failed', 'stopped after 10 redirects'));
  });

  test('error: a redirect to a file is not followed', async () => {
    const { get } = await fetcher((_request, response) => {
      response.writeHead(302, { location: 'file:///etc/passwd' });
      response.end();
    });
    await expect(get()).rejects.toMatchObject(failsWith('download-failed', 'unsupported protocol scheme'));
  });

  test('error: nobody there', async () => {
    const downloader = owned.use(new Downloader());
    const admitted = owned.use(new Admission(() => 1).admit('s'));
    const { signal } = new AbortController();
    await expect(
      downloader.download({ url: 'https://127.0.0.1:1/x', memory: admitted.memory, signal, onPiece: () => {} }),
    ).rejects.toMatchObject({
      code: 'download-failed',
      details: { wireText: expect.stringContaining('ECONNREFUSED') },
    });
  });

  test("the caller's abort wins, with its own reason", async () => {
    const { get } = await fetcher(() => {});
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('stopped')), 50);
    await expect(get('/x', controller.signal)).rejects.toThrow('stopped');
  });
});

describe('posting a result', () => {
  const post = (fake: FakeOrchestrator, poster: ResultPoster, taskId: bigint) =>
    poster
      .post({ taskId, decodedPixels: 7, body: encodeError('text'), signal: AbortSignal.timeout(5000) })
      .then(() => fake.results.at(-1));

  test.each([true, false])(
    'goes over HTTP/1.1 on a kept connection, HTTP/2 offered or not (only HTTP/1.1: %s)',
    async (http1Only) => {
      const fake = owned.use(await FakeOrchestrator.start({ http1Only }));
      const poster = owned.use(new ResultPoster(fake.address, 's3cret'));
      expect(await post(fake, poster, 0n)).toMatchObject({ taskId: '0', httpVersion: '1.1' });
      expect(await post(fake, poster, 1n)).toMatchObject({ taskId: '1', httpVersion: '1.1', body: Buffer.from('text') });
      expect(new Set(fake.results.map(({ socket }) => socket)).size).toBe(1);
    },
  );

  test('many at once do not wait for one another, and the next ones find their connections', async () => {
    const fake = owned.use(await FakeOrchestrator.start());
    const poster = owned.use(new ResultPoster(fake.address, 's3cret'));
    const data = Buffer.alloc(500_000, 'v');
    for (let round = 0; round < 2; round += 1) {
      await Promise.all(
        Array.from({ length: 8 }, (_unused, index) =>
          poster.post({
            taskId: BigInt(round * 8 + index),
            decodedPixels: 1,
            body: encodeResults([{ container: 'mpegts', pixels: 1, data }]),
            signal: AbortSignal.timeout(10_000),
          }),
        ),
      );
    }
    expect(new Set(fake.results.map(({ socket }) => socket)).size).toBe(8);
    expect(fake.results.map(({ body }) => body.length)).toEqual(new Array(16).fill(fake.results[0]?.body.length));
  });

  test('a connection that the orchestrator closed between two results is made anew', async () => {
    const fake = owned.use(await FakeOrchestrator.start());
    const poster = owned.use(new ResultPoster(fake.address, 's3cret'));
    await post(fake, poster, 0n);
    fake.dropConnections();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await post(fake, poster, 1n))?.taskId).toBe('1');
    // And when it is noticed only by the post itself:
    fake.dropConnections();
    expect((await post(fake, poster, 2n))?.taskId).toBe('2');
  });

  test('disposal ends what hangs', async () => {
    const fake = owned.use(await FakeOrchestrator.start({ onResult: () => true }));
    const poster = new ResultPoster(fake.address, 's3cret');
    const hanging = post(fake, poster, 0n);
    await fake.untilResults(1);
    poster[Symbol.dispose]();
    await expect(hanging).rejects.toMatchObject({ code: 'aborted' });
  });
});
