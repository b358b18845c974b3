import { describe, expect, test } from 'vitest';
import { de } from '../../../renderer/text/de.ts';
import { en } from '../../../renderer/text/en.ts';

/** Words and names that are the same in both languages, because the field uses them so or there is nothing to translate. */
const SAME = new Set([
  '(in )',
  'App',
  'Beta',
  'Bytes',
  'CPU, x264',
  'Chromium',
  'Code',
  'Debug',
  'Decoder',
  'Download',
  'Electron',
  'Encoder',
  'Engine',
  'FFmpeg',
  'GPU GPUs',
  'GPUs',
  'Gateway',
  'HTTP/2',
  'Info',
  'MB',
  'Mbit/s',
  'Name',
  'Node',
  'Orchestrator',
  'Pause',
  'Rendition',
  'Renditions',
  'Segment',
  'Sessions',
  'Siphon',
  'Sprache language',
  'Stream',
  'Streams',
  'TLS',
  'Transcoder',
  'Updates',
  'Upload',
  'Version',
  'Video',
  'live',
  'min',
  'off-chain',
  'siphon join',
  'siphon remote on\nsiphon remote pair',
  'siphon status --link',
]);

/** The words that a function writes, from its source: what stands in quotes, without what is put in. */
function written(source: string): string {
  return [...source.matchAll(/'([^']*)'|"([^"]*)"|`([^`]*)`/g)]
    .map((match) => (match[1] ?? match[2] ?? match[3] ?? '').replace(/\$\{[^}]*\}/g, '').trim())
    .join(' ')
    .trim();
}

/** Every text of a catalogue by its path. */
function texts(value: unknown, path = ''): ReadonlyArray<readonly [string, string]> {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') return [[path, written(String(value))]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => texts(inner, path === '' ? key : `${path}.${key}`));
}

const hasWords = (text: string) => /\p{L}{2}/u.test(text);

describe('German', () => {
  const german = new Map(texts(de));

  test('says nothing in English, save the words that are meant', () => {
    const same = texts(en).filter(
      ([path, text]) => !path.startsWith('engine.') && german.get(path) === text && hasWords(text) && !SAME.has(text),
    );
    expect(same).toEqual([]);
  });
});
