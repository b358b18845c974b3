import { describe, expect, test } from 'vitest';
import { parseManifest, plainNotes } from '../../../../main/updates/manifest.ts';
import { manifestText } from '../../../support/update-server.ts';

const GOOD = { version: '1.2.3', name: 'Siphon-1.2.3-x64.AppImage', content: Buffer.from('app') };
const parse = (text: string) => parseManifest('latest-linux.yml', Buffer.from(text));

describe('a manifest', () => {
  test("of electron-builder's form is read, fields of later versions too", () => {
    const manifest = parse(`${manifestText({ ...GOOD, stagingPercentage: 25, notes: 'hi' })}someday: true\n`);
    expect(manifest).toMatchObject({ version: '1.2.3', stagingPercentage: 25, releaseNotes: 'hi' });
    expect(manifest.files).toMatchObject([{ url: GOOD.name, size: 3 }]);
  });

  test.each([
    ['a path that leaves the folder', manifestText({ ...GOOD, name: '../other/Siphon.AppImage' })],
    ['another server', manifestText({ ...GOOD, name: 'https://example.org/Siphon.AppImage' })],
    ['a server without a protocol', manifestText({ ...GOOD, name: '//example.org/Siphon.AppImage' })],
    ['an encoded path', manifestText({ ...GOOD, name: '%2e%2e%2fSiphon.AppImage' })],
    ['a hash that is none', manifestText({ ...GOOD, sha512: 'abc' })],
    ['a size beyond reason', manifestText({ ...GOOD, size: 2 ** 40 })],
    ['no size at all', manifestText({ ...GOOD, size: 0 })],
    ['a version that is none', manifestText({ ...GOOD, version: 'latest' })],
    ['a share of people beyond everybody', manifestText({ ...GOOD, stagingPercentage: 101 })],
    ['no files', 'version: 1.2.3\nfiles: []\n'],
    ['a list', '- 1\n- 2\n'],
    ['nothing', ''],
    ['broken YAML', 'version: [1.2.3\n'],
    ['a YAML type that makes code', 'version: !!js/function "function(){}"\n'],
    ['HTML', '<!doctype html><p>hello</p>'],
  ])('with %s is refused', (_what, text) => {
    expect(() => parse(text)).toThrow('bad-manifest');
  });
});

describe('release notes', () => {
  test('are plain text: markup goes, line breaks stay', () => {
    expect(plainNotes('<h2>New</h2><p>One<br>Two</p><script src="x"></script>')).toBe('New\nOne\nTwo');
  });

  test('hold no characters that control a terminal or turn text around', () => {
    expect(plainNotes('a\u001b[31mb\u202ec\u200bd\te')).toBe('a[31mbcd\te');
  });

  test('are cut at a length, and may be missing', () => {
    expect(plainNotes('x'.repeat(100_000)).length).toBeLessThan(8100);
    expect(plainNotes(undefined)).toBe('');
  });
});
