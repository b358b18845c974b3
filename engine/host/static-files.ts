import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

/** One file of the page, ready to send. */
export interface StaticFile {
  readonly body: Buffer;
  /** The same, gzipped; absent for what does not shrink. */
  readonly gzip?: Buffer;
  readonly type: string;
  /** True for names that carry a content hash and so never change. */
  readonly immutable: boolean;
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
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
};

/** No script, style, frame or connection from anywhere but the engine itself; media from memory for the player. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "media-src 'self' blob:",
  "worker-src 'self' blob:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Reads the built page into memory once: only names found then can ever be served, so no request can reach another file.
 * @returns files by URL path; empty when the page was not built
 */
export function loadStaticFiles(folder: string): ReadonlyMap<string, StaticFile> {
  const files = new Map<string, StaticFile>();
  if (!existsSync(folder)) return files;
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const type = TYPES[path.extname(name)];
    if (!type) continue;
    const body = readFileSync(path.join(folder, name));
    const url = `/${name.split(path.sep).join('/')}`;
    const shrinks = /text|javascript|json|svg/.test(type) && body.length > 1024;
    files.set(url, { body, ...(shrinks ? { gzip: gzipSync(body) } : {}), type, immutable: /^\/assets\//.test(url) });
  }
  return files;
}

/** Sends one file of the page. */
export function sendStaticFile(response: ServerResponse, file: StaticFile, acceptsGzip: boolean): void {
  const packed = acceptsGzip ? file.gzip : undefined;
  const body = packed ?? file.body;
  response.writeHead(200, {
    'content-type': file.type,
    'content-length': body.length,
    'cache-control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    vary: 'accept-encoding',
    ...(packed ? { 'content-encoding': 'gzip' } : {}),
  });
  response.end(body);
}
