import type { Frame } from 'node-av/lib';
import { expect, test } from 'vitest';
import { DecodedFrame } from '../../../engine/media/ffmpeg/decoded-frame.ts';

test('a decoded frame is freed once, by the last that held it', () => {
  let freed = 0;
  const decoded = new DecodedFrame({ free: () => (freed += 1) } as unknown as Frame);
  const shares = [decoded.hold(), decoded.hold()];
  decoded.release();
  shares[0]?.release();
  expect(freed).toBe(0);
  shares[1]?.release();
  expect(freed).toBe(1);
});
