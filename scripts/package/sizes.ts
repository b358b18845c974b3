import { lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Target } from './native-packages.ts';

/** Bytes of a part of the packaged app. */
export interface PartSize {
  readonly part: string;
  readonly bytes: number;
  readonly files: number;
}

/** Sizes of an unpacked app, largest first. */
export interface SizeReport {
  readonly target: Target;
  readonly totalBytes: number;
  readonly totalFiles: number;
  readonly parts: readonly PartSize[];
}

/** Which part a file belongs to; the first that matches. */
const PARTS: ReadonlyArray<readonly [part: string, file: RegExp]> = [
  ["FFmpeg (node-av's native part)", /^resources\/engine\/node_modules\/@seydx\//],
  ['Node 24 for the engine', /^resources\/engine\/node_modules\/node-(linux|win)-x64\//],
  ['SQLite (better-sqlite3)', /^resources\/engine\/node_modules\/better-sqlite3\//],
  ['node-av (JavaScript)', /^resources\/engine\/node_modules\/node-av\//],
  ["the page for a browser, in the engine's folder", /^resources\/engine\/dist\//],
  ['engine (bundled JavaScript)', /^resources\/engine\//],
  ['shell and page (app.asar)', /^resources\/app\.asar/],
  ["Chromium's languages", /^locales\//],
  ['licences', /LICEN[CS]E/i],
  ['Electron', /^/],
];

/** Measures an unpacked app. */
export function measureSizes(app: string, target: Target): SizeReport {
  const sizes = new Map<string, PartSize>(PARTS.map(([part]) => [part, { part, bytes: 0, files: 0 }]));
  for (const entry of readdirSync(app, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const full = path.join(entry.parentPath, entry.name);
    const file = path.relative(app, full).split(path.sep).join('/');
    const part = PARTS.find(([, pattern]) => pattern.test(file))?.[0] ?? '';
    const { bytes, files } = sizes.get(part) ?? { bytes: 0, files: 0 };
    sizes.set(part, { part, bytes: bytes + lstatSync(full).size, files: files + 1 });
  }
  const parts = [...sizes.values()].filter(({ files }) => files > 0).sort((a, b) => b.bytes - a.bytes);
  const sum = (key: 'bytes' | 'files') => parts.reduce((total, part) => total + part[key], 0);
  return { target, totalBytes: sum('bytes'), totalFiles: sum('files'), parts };
}

/** The report as a table for people. */
export function sizeTable({ target, totalBytes, totalFiles, parts }: SizeReport): string {
  const rows = [...parts, { part: `all of ${target}, unpacked`, bytes: totalBytes, files: totalFiles }];
  const width = Math.max(...rows.map(({ part }) => part.length));
  const line = ({ part, bytes, files }: PartSize): string =>
    `${part.padEnd(width)}  ${(bytes / 1024 / 1024).toFixed(1).padStart(7)} MiB  ${String(files).padStart(5)} files`;
  return rows.map(line).join('\n');
}
