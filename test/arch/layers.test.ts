import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Rooms every engine room may import. */
const COMMON = ['api', 'base', 'health', 'metrics'];

/** The table of docs/architecture.md: room → rooms it may import besides itself and the common ones. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  api: [],
  base: ['api'],
  health: ['api', 'base'],
  metrics: ['api', 'base'],
  config: [],
  store: [],
  gpu: [],
  wire: [],
  media: ['gpu'],
  transcoder: ['media', 'wire', 'store'],
  payments: ['wire', 'store'],
  orchestrator: ['wire', 'payments', 'store'],
  invite: ['wire', 'config', 'transcoder'],
  practice: ['wire', 'orchestrator', 'media'],
  fleet: ['wire', 'config'],
  availability: ['config', 'gpu'],
  doctor: [],
  diagnostics: ['doctor'],
  cli: ['host', 'doctor'],
  host: [
    'availability',
    'config',
    'store',
    'gpu',
    'wire',
    'media',
    'transcoder',
    'payments',
    'orchestrator',
    'invite',
    'practice',
    'fleet',
    'doctor',
    'diagnostics',
    'cli',
  ],
};

/** npm library → the only rooms that may import it. */
const OWNED_LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  'better-sqlite3': ['store'],
  'node-av': ['media', 'gpu'],
  '@connectrpc/connect': ['wire', 'transcoder', 'orchestrator', 'practice'],
  systeminformation: ['gpu'],
  react: ['renderer'],
};

interface Import {
  readonly file: string;
  readonly room: string;
  readonly target: string;
}

function sources(folder: string): string[] {
  // Parts that aren't there yet have nothing to check.
  if (!existsSync(path.join(root, folder))) return [];
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|tsx)$/.test(name) && !name.endsWith('.d.ts'))
    .map((name) => path.join(folder, name).split(path.sep).join('/'));
}

function roomOf(file: string): string {
  const parts = file.split('/');
  return parts[0] === 'engine' ? (parts[1] ?? '') : (parts[0] ?? '');
}

function imports(): Import[] {
  const pattern = /(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g;
  return ['engine', 'renderer', 'main', 'preload'].flatMap((folder) =>
    sources(folder).flatMap((file) =>
      [...readFileSync(path.join(root, file), 'utf8').matchAll(pattern)].map((match) => {
        const specifier = match[1] ?? '';
        const target = specifier.startsWith('.') ? path.posix.join(path.posix.dirname(file), specifier) : specifier;
        return { file, room: roomOf(file), target };
      }),
    ),
  );
}

describe('import directions', () => {
  const all = imports();

  test('there is something to check', () => {
    expect(all.length).toBeGreaterThan(10);
  });

  test('engine rooms import only what the table allows', () => {
    const wrong = all.filter(({ room, file, target }) => {
      if (!file.startsWith('engine/') || !target.startsWith('engine/')) return false;
      const to = roomOf(target);
      if (to === room) return false;
      const allowed = MAY_IMPORT[room] ?? [];
      const common = ['api', 'base', 'health', 'metrics'].includes(room) ? [] : COMMON;
      return !allowed.includes(to) && !common.includes(to);
    });
    expect(wrong).toEqual([]);
  });

  test('renderer, main and preload reach only the contract', () => {
    const wrong = all.filter(
      ({ room, target }) =>
        ['renderer', 'main', 'preload'].includes(room) &&
        /^(engine|main|preload|renderer)\//.test(target) &&
        !target.startsWith(`${room}/`) &&
        !target.startsWith('engine/api/'),
    );
    expect(wrong).toEqual([]);
  });

  test('the engine never imports a screen', () => {
    const wrong = all.filter(
      ({ file, target }) => file.startsWith('engine/') && /^(electron|react)|^(renderer|main|preload)\//.test(target),
    );
    expect(wrong).toEqual([]);
  });

  test('a library that a room owns is imported by that room only', () => {
    const wrong = all.filter(({ room, target }) => {
      const owner = Object.entries(OWNED_LIBRARIES).find(([library]) => target === library || target.startsWith(`${library}/`));
      return owner !== undefined && !owner[1].includes(room);
    });
    expect(wrong).toEqual([]);
  });

  test('every engine room is in the table', () => {
    const rooms = new Set(sources('engine').map(roomOf));
    expect([...rooms].filter((room) => !(room in MAY_IMPORT))).toEqual([]);
  });

  test('no source file is longer than 500 lines', () => {
    const long = ['engine', 'renderer', 'main', 'preload'].flatMap(sources).filter((file) => {
      const lines = readFileSync(path.join(root, file), 'utf8').split('\n').length;
      return lines > 500 && !file.includes('/gen/');
    });
    expect(long).toEqual([]);
  });
});
