import { describe, expect, test } from 'vitest';
import { outputSize } from '../../../engine/media/size.ts';

const size = (width: number, height: number, iw: number, ih: number, codec: 'h264' | 'hevc' | 'vp9' = 'h264') => {
  const out = outputSize({ width, height, codec }, { width: iw, height: ih });
  return `${out.width}x${out.height}`;
};

describe('the size of a rendition', () => {
  test.each([
    // The table of transcoder.md §6.1: profile, input, output.
    [640, 360, 1920, 1080, '640x360'],
    [854, 480, 1920, 1080, '854x480'],
    [640, 360, 1080, 1920, '360x640'],
    [640, 360, 640, 480, '640x480'],
    [640, 360, 1920, 80, '1200x50'],
    [0, 720, 1920, 1080, '720x406'],
    // The smallest and largest picture.
    [10, 10, 1920, 1080, '146x82'],
    [100, 100, 160, 160, '146x146'],
    [9000, 9000, 1920, 1080, '4096x2304'],
    // Odd profile numbers are cut to even ones.
    [427, 240, 1280, 720, '426x240'],
    // A very tall picture keeps the least width.
    [640, 360, 80, 1920, '146x3504'],
    [640, 360, 200, 200, '640x640'],
  ])('%ix%i from %ix%i is %s', (width, height, iw, ih, expected) => {
    expect(size(width, height, iw, ih)).toBe(expected);
  });

  test('HEVC has smaller and larger limits', () => {
    expect(size(10, 10, 1920, 1080, 'hevc')).toBe('132x74');
    expect(size(9000, 0, 1920, 1080, 'hevc')).toBe('8192x4608');
  });

  test('VP9 keeps the size of the source', () => {
    expect(size(640, 360, 1919, 1079, 'vp9')).toBe('1919x1079');
  });
});
