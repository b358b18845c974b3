import { describe, expect, test } from 'vitest';
import { ERROR_CODES } from '../../../engine/api/errors.ts';
import { parseDuration } from '../../../engine/cli/durations.ts';
import { EXIT, EXIT_CODES, exitCodeFor } from '../../../engine/cli/exit-codes.ts';
import { formatBytes, formatDuration, formatPixels, formatTable, plain } from '../../../engine/cli/format.ts';
import { parseProfiles } from '../../../engine/cli/profiles.ts';

const OPTIONS = { codec: 'h264', container: 'mpegts' } as const;

describe('profiles', () => {
  test('ladder names get their size and bit rate, and the timing of the source', () => {
    expect(parseProfiles('240p, 720p', OPTIONS)).toEqual([
      {
        name: '240p',
        width: 426,
        height: 240,
        bitrate: 250_000,
        fps: 0,
        fpsDen: 1,
        container: 'mpegts',
        profile: 'default',
        gop: 'default',
        codec: 'h264',
        quality: 0,
      },
      {
        name: '720p',
        width: 1280,
        height: 720,
        bitrate: 3_000_000,
        fps: 0,
        fpsDen: 1,
        container: 'mpegts',
        profile: 'default',
        gop: 'default',
        codec: 'h264',
        quality: 0,
      },
    ]);
  });

  test.each([
    ['1280x720@30:2.5M', { width: 1280, height: 720, fps: 30, fpsDen: 1, bitrate: 2_500_000 }],
    ['360p@30000/1001', { width: 640, height: 360, fps: 30_000, fpsDen: 1001, bitrate: 800_000 }],
    ['360p@29.97', { fps: 30_000, fpsDen: 1001 }],
    ['360p@23.976:0', { fps: 24_000, fpsDen: 1001, bitrate: 0 }],
    ['360p@12.5', { fps: 12_500, fpsDen: 1000 }],
    ['720x1280:800k', { width: 720, height: 1280, bitrate: 800_000 }],
    ['640x360', { bitrate: 750_000 }],
    ['640x360:64000', { bitrate: 64_000 }],
  ])('%s is read in full', (text, expected) => {
    const [profile] = parseProfiles(text, OPTIONS);
    expect(profile).toMatchObject(expected);
    expect(profile?.name).toMatch(/^[\w.]+$/);
  });

  test.each([
    '',
    ',',
    '99p',
    '720',
    '720p@0',
    '720p@999',
    '10x10',
    '99999x720',
    '720p,720p',
    '720p@29.97/2',
    '720p:fast',
    '720p:3G',
    '../720p',
  ])('%j is refused with what profiles look like', (text) => {
    expect(() => parseProfiles(text, OPTIONS)).toThrow(
      expect.objectContaining({ code: 'media-profile-invalid', nextStep: expect.stringContaining('240p,360p') }),
    );
  });
});

test.each([
  ['90s', 90_000],
  ['10m', 600_000],
  ['10 min', 600_000],
  ['1h30m', 5_400_000],
  ['2d', 172_800_000],
  ['5', 300_000],
  ['0.5h', 1_800_000],
])('the duration %j is %i ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(['', 'soon', '10x', '-5m', '0', '1h 30'])('%j is refused as a duration', (text) => {
  expect(() => parseDuration(text)).toThrow(expect.objectContaining({ code: 'bad-request' }));
});

test('numbers are written for people', () => {
  expect([0, 999, 1000, 999_499, 999_950, 1_234_567].map(formatBytes)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '999 kB',
    '1.0 MB',
    '1.2 MB',
  ]);
  expect(formatPixels(5_000_000_000)).toBe('5.0 Gpx');
  expect([0, 340.4, 999.6, 1200, 60_000, 185_000, 7_440_000, 266_400_000].map(formatDuration)).toEqual([
    '0 ms',
    '340 ms',
    '1.0 s',
    '1.2 s',
    '1 min',
    '3 min 5 s',
    '2 h 4 min',
    '3 d 2 h',
  ]);
});

test('tables align numbers to the right and text to the left', () => {
  expect(
    formatTable(
      ['name', 'ms'],
      [
        ['a', '5'],
        ['long', '1234'],
      ],
    ),
  ).toBe('name    ms\na        5\nlong  1234');
});

test('text from outside cannot move the cursor', () => {
  expect(plain('a\u001b[2Jb\r\nc\u009b')).toBe('a [2Jb  c ');
});

test('every error code has a documented exit code, and the numbers are those of the contract', () => {
  const documented = new Set(EXIT_CODES.map(([code]) => code));
  expect(ERROR_CODES.filter((code) => !documented.has(exitCodeFor(code)))).toEqual([]);
  expect(EXIT).toEqual({
    ok: 0,
    failure: 1,
    usage: 2,
    config: 3,
    dataFolder: 4,
    refused: 5,
    notFound: 6,
    notRunning: 7,
    interrupted: 130,
  });
});
