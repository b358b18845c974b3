import { describe, expect, test } from 'vitest';
import {
  CLIP_HEIGHT,
  CLIP_WIDTH,
  decodeClip,
  encodeClip,
  openCuda,
  runFilter,
  scaleOnGpu,
} from '../../../engine/gpu/probe-clip.ts';
import { attempt, FfmpegLog } from '../../../engine/gpu/probe-device.ts';

const CODECS = [
  ['libx264', 'h264', { preset: 'ultrafast' }],
  ['libx265', 'hevc', { preset: 'ultrafast', 'x265-params': 'log-level=none' }],
] as const;

describe('the probe machinery, on the CPU with real FFmpeg', () => {
  test.each(CODECS)(
    'a clip of %s is encoded and comes back as frames that are not on a GPU',
    async (encoder, decoder, options) => {
      const clip = await encodeClip(encoder, options, null);
      expect(clip.packets.length).toBeGreaterThan(1);
      expect(await decodeClip(decoder, clip, null)).toEqual({ frames: clip.packets.length, onGpu: 0 });
      for (const packet of clip.packets) packet.free();
    },
  );

  test('a filter chain is run, and a wrong size is noticed', async () => {
    await runFilter('scale=160:96', 160, 96);
    await expect(runFilter('null', 160, 96)).rejects.toThrow(`gave ${CLIP_WIDTH} × ${CLIP_HEIGHT} instead of 160 × 96`);
  });

  test('an encoder that does not exist, and a filter that does not exist, are errors', async () => {
    await expect(encodeClip('libx999', {}, null)).rejects.toThrow('libx999');
    await expect(runFilter('no_such_filter', 1, 1)).rejects.toThrow(/filter/);
  });

  test('what FFmpeg says during a try explains its failure, and is not mixed up with the next one', async () => {
    using log = new FfmpegLog();
    const bad = await attempt('encoding', log, 'linux', () => encodeClip('libx264', { preset: 'no-such-preset' }, null));
    expect(bad).toMatchObject({ ok: false, cause: 'unknown', reason: expect.stringContaining('preset') });
    const good = await attempt('filtering', log, 'linux', () => runFilter('scale=160:96', 160, 96));
    expect(good).toEqual({ ok: true });
    const other = await attempt('filtering', log, 'linux', () => runFilter('no_such_filter', 1, 1));
    expect(other).toMatchObject({ ok: false, reason: expect.not.stringContaining('preset') });
  });

  test('opening CUDA and scale_cuda either work or fail with an error, never with a crash', async () => {
    let opened = false;
    try {
      openCuda().free();
      opened = true;
    } catch {
      // no driver here
    }
    const scaled = await scaleOnGpu().then(
      () => true,
      () => false,
    );
    expect(scaled).toBe(opened);
  });
});
