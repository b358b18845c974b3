import { describe, expect, test } from 'vitest';
import { whatIsWrong } from '../../../engine/practice/playable.ts';
import { fakeTs } from '../../support/fake-transcoder.ts';

describe('a look at a rendition', () => {
  test('takes MPEG-TS packets and MP4 files', () => {
    expect(whatIsWrong(fakeTs(1), 'mpegts')).toBeUndefined();
    expect(whatIsWrong(fakeTs(50), 'mpegts')).toBeUndefined();
    expect(whatIsWrong(Buffer.from(`\0\0\0\x20ftypisom${'\0'.repeat(30)}`, 'latin1'), 'mp4')).toBeUndefined();
  });

  test('says what is wrong with anything else', () => {
    expect(whatIsWrong(new Uint8Array(24), 'mpegts')).toBe('only 24 bytes');
    expect(whatIsWrong(new Uint8Array(188), 'mpegts')).toBe('no MPEG-TS stream');
    expect(whatIsWrong(fakeTs(2).subarray(0, 200), 'mpegts')).toContain('no whole number');
    expect(whatIsWrong(fakeTs(2), 'mp4')).toBe('no MP4 file');
  });
});
