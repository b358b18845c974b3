import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { net, session } from 'electron';
import { UpdateError } from './update-error.ts';

/** Redirects that are followed at most. */
const MOST_REDIRECTS = 3;

/** Milliseconds without a byte after which a server counts as hung. */
const IDLE_MS = 20_000;

/** Milliseconds for something small. */
const SMALL_MS = 30_000;

/** Milliseconds for a package: slow lines may take hours. */
const PACKAGE_MS = 6 * 3600_000;

/** What every request is held to. */
export interface DownloadRules {
  /** Origins that may answer, e.g. `https://example.org`. */
  readonly origins: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

interface Reading extends DownloadRules {
  readonly limitBytes: number;
  readonly totalMs: number;
  /** Takes each piece; a returned promise holds the next ones back only in so far as the file keeps their order. */
  readonly onData: (piece: Buffer) => void;
}

/**
 * Fetches something small into memory.
 * @throws UpdateError
 */
export async function fetchSmall(url: URL, limitBytes: number, rules: DownloadRules): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  await read(url, { ...rules, limitBytes, totalMs: SMALL_MS, onData: (piece) => pieces.push(piece) });
  return Buffer.concat(pieces);
}

/** A package to download, as the signed manifest describes it. */
export interface PackageParameters extends DownloadRules {
  readonly url: URL;
  readonly destination: string;
  readonly size: number;
  /** SHA-512, base64. */
  readonly sha512: string;
  readonly onProgress: (percent: number) => void;
}

/**
 * Downloads a package and checks its size and hash while it is written. The file is only whole when this resolves.
 * @throws UpdateError
 */
export async function downloadPackage({
  url,
  destination,
  size,
  sha512,
  onProgress,
  ...rules
}: PackageParameters): Promise<void> {
  const file = await open(destination, 'w', 0o600);
  try {
    const hash = createHash('sha512');
    let received = 0;
    let written: Promise<unknown> = Promise.resolve();
    let failure: unknown;
    const onData = (piece: Buffer): void => {
      hash.update(piece);
      received += piece.length;
      const at = received - piece.length;
      written = written
        .then(() => file.write(piece, 0, piece.length, at))
        .catch((error: unknown) => {
          failure ??= error;
        });
      onProgress(Math.min(100, Math.floor((received / size) * 100)));
    };
    await read(url, { ...rules, limitBytes: size, totalMs: PACKAGE_MS, onData });
    await written;
    if (failure) throw failure;
    if (received !== size || hash.digest('base64') !== sha512) throw new UpdateError('wrong-hash', url.pathname);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** One GET with every limit; through Chromium's network, so that the system's proxy and certificates count. */
function read(url: URL, { origins, signal, limitBytes, totalMs, onData }: Reading): Promise<void> {
  return new Promise((resolve, reject) => {
    // A session of its own, in memory: no cookies, no cache.
    const request = net.request({
      url: url.href,
      redirect: 'manual',
      session: session.fromPartition('siphon-updates', { cache: false }),
    });
    let idle: NodeJS.Timeout;
    let received = 0;
    let redirects = 0;
    let ended = false;
    const end = (error?: unknown): void => {
      if (ended) return;
      ended = true;
      clearTimeout(idle);
      clearTimeout(total);
      signal.removeEventListener('abort', onAbort);
      if (error === undefined) {
        resolve();
      } else {
        request.abort();
        reject(error);
      }
    };
    const onAbort = (): void => end(signal.reason);
    const touch = (): void => {
      clearTimeout(idle);
      idle = setTimeout(() => end(new UpdateError('too-slow', url.href)), IDLE_MS);
    };
    const total = setTimeout(() => end(new UpdateError('too-slow', url.href)), totalMs);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    touch();
    request.on('redirect', (_status, _method, target) => {
      redirects += 1;
      if (redirects > MOST_REDIRECTS || !origins.has(originOf(target))) return end(new UpdateError('redirected', target));
      request.followRedirect();
    });
    request.on('error', (error) => end(new UpdateError('unreachable', error.message)));
    request.on('response', (response) => {
      const { statusCode } = response;
      if (statusCode === 404) return end(new UpdateError('not-found', url.href));
      if (statusCode !== 200) return end(new UpdateError('server-error', `${statusCode} ${url.href}`));
      response.on('data', (piece) => {
        touch();
        received += piece.length;
        if (received > limitBytes) return end(new UpdateError('too-big', url.href));
        if (!ended) onData(piece);
      });
      response.on('end', () => end());
      response.on('aborted', () => end(new UpdateError('unreachable', 'cut off')));
      response.on('error', () => end(new UpdateError('unreachable', 'cut off')));
    });
    request.end();
  });
}

function originOf(url: string): string {
  try {
    return new URL(url).origin;
  } catch {
    return '';
  }
}
