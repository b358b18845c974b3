import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import path from 'node:path';

/** File in the data folder that holds the local API's token; readable by its owner only. */
export const TOKEN_FILE = 'api-token';

/**
 * Makes a fresh token for this run of the engine and writes it to the data folder (mode 0600).
 * Whoever can read the file may drive the engine; nobody else on the machine can.
 */
export function writeToken(dataDir: string): string {
  const token = randomBytes(32).toString('base64url');
  const file = path.join(dataDir, TOKEN_FILE);
  writeFileSync(file, `${token}\n`, { mode: 0o600 });
  if (process.platform !== 'win32') chmodSync(file, 0o600);
  return token;
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

const LOOPBACK_NAMES = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * Refuses requests that a page from elsewhere could make a browser send: the Host must be a loopback name with our port
 * (stops DNS rebinding) and the Origin, if there is one, must be our own.
 */
export function isLocalRequest(request: IncomingMessage, port: number): boolean {
  const host = hostOf(request.headers.host);
  if (!host || host.port !== port || !LOOPBACK_NAMES.has(host.name)) return false;
  const { origin } = request.headers;
  if (origin === undefined) return true;
  const from = /^http:\/\/(.+)$/.exec(origin)?.[1];
  const originHost = hostOf(from);
  return originHost !== undefined && originHost.port === port && LOOPBACK_NAMES.has(originHost.name);
}

function hostOf(value: string | undefined): { name: string; port: number } | undefined {
  const match = /^(\[[0-9a-f:]+\]|[^:/]+)(?::(\d{1,5}))?$/i.exec(value ?? '');
  if (!match?.[1]) return undefined;
  return { name: match[1].toLowerCase(), port: match[2] ? Number(match[2]) : 80 };
}
