import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** Where the page lives inside the app. */
export const PAGE_ORIGIN = 'app://siphon';

/** One answer of the app's own protocol. */
export interface PageAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
};

/**
 * Nothing from anywhere but the app's own files; connections only to engines on this machine (which of its ports is held by
 * the guard of the session); media from memory for the player. No inline script or style.
 */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self' http://127.0.0.1:* ws://127.0.0.1:*",
  "media-src 'self' blob:",
  "worker-src 'self' blob:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Answers a request for `app://siphon/…` from the folder of the built page; no address leads out of it. */
export async function answerPage(folder: string, address: string): Promise<PageAnswer> {
  const headers = {
    'content-security-policy': PAGE_POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cache-control': 'no-cache',
  };
  const file = fileOf(folder, address);
  const type = file === undefined ? undefined : TYPES[path.extname(file)];
  if (file === undefined || type === undefined) return { status: 404, headers, body: new Uint8Array() };
  try {
    return { status: 200, headers: { ...headers, 'content-type': type }, body: await readFile(file) };
  } catch {
    return { status: 404, headers, body: new Uint8Array() };
  }
}

function fileOf(folder: string, address: string): string | undefined {
  try {
    const url = new URL(address);
    if (url.protocol !== 'app:' || url.host !== 'siphon') return undefined;
    const name = decodeURIComponent(url.pathname === '/' ? '/index.html' : url.pathname);
    const file = path.join(folder, path.normalize(name));
    return file.startsWith(folder + path.sep) && !name.includes('\0') ? file : undefined;
  } catch {
    return undefined;
  }
}

/** Whether an address is of the page itself, and so may use what the preload offers. */
export function isPageAddress(address: string): boolean {
  return address === PAGE_ORIGIN || address.startsWith(`${PAGE_ORIGIN}/`);
}
