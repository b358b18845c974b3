import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import path from 'node:path';

/** File in the data folder that holds the local API's token; readable by its owner only. */
const TOKEN_FILE = 'api-token';

/**
 * The token of this data folder, in a file only its owner can read (mode 0600): made at the first start and kept, so that an
 * open page finds its way back after a restart. A file that others could read is replaced. Delete it to make a new one.
 */
export function ensureToken(dataDir: string): string {
  const file = path.join(dataDir, TOKEN_FILE);
  const kept = keptToken(file);
  if (kept !== undefined) return kept;
  const token = randomBytes(32).toString('base64url');
  // A new file: who opened one that others could read would read on in it.
  rmSync(file, { force: true });
  writeFileSync(file, `${token}\n`, { mode: 0o600, flag: 'wx' });
  if (process.platform !== 'win32') chmodSync(file, 0o600);
  return token;
}

function keptToken(file: string): string | undefined {
  try {
    const isPrivate = process.platform === 'win32' || (statSync(file).mode & 0o077) === 0;
    const token = readFileSync(file, 'utf8').trim();
    return isPrivate && /^[\w-]{43}$/.test(token) ? token : undefined;
  } catch {
    return undefined;
  }
}

/** Reads the token a running engine has written. Throws the file system's error when there is none. */
export function readToken(dataDir: string): string {
  return readFileSync(path.join(dataDir, TOKEN_FILE), 'utf8').trim();
}

/** Compares in constant time. */
export function tokenMatches(expected: string, given: unknown): boolean {
  if (typeof given !== 'string') return false;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(expected), digest(given));
}

/** The token in an `Authorization: Bearer …` header, if any. */
export function bearer(request: IncomingMessage): string | undefined {
  return /^Bearer ([\w-]+)$/.exec(request.headers.authorization ?? '')?.[1];
}

/** The path that is asked for, without query; undefined for what is none (`//`), at which `new URL` would throw and end the engine. */
export function pathOf({ url }: IncomingMessage): string | undefined {
  return URL.parse(url ?? '/', 'http://here')?.pathname;
}

const LOOPBACK_NAMES = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Origin of the page inside the desktop app, which serves it from its own files. No website can have it. */
export const APP_ORIGIN = 'app://siphon';

/**
 * Refuses requests that a page from elsewhere could make a browser send: the Host must be a loopback name with our port
 * (stops DNS rebinding) and the Origin, if there is one, must be our own or the desktop app's.
 */
export function isLocalRequest(request: IncomingMessage, port: number): boolean {
  const host = hostOf(request.headers.host);
  if (!host || host.port !== port || !LOOPBACK_NAMES.has(host.name)) return false;
  const { origin } = request.headers;
  if (origin === undefined || origin === APP_ORIGIN) return true;
  const from = /^http:\/\/(.+)$/.exec(origin)?.[1];
  const originHost = hostOf(from);
  return originHost !== undefined && originHost.port === port && LOOPBACK_NAMES.has(originHost.name);
}

function hostOf(value: string | undefined): { name: string; port: number } | undefined {
  const match = /^(\[[0-9a-f:]+\]|[^:/]+)(?::(\d{1,5}))?$/i.exec(value ?? '');
  if (!match?.[1]) return undefined;
  return { name: match[1].toLowerCase(), port: match[2] ? Number(match[2]) : 80 };
}
