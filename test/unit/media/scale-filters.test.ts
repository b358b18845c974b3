import { AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_YUVJ420P } from 'node-av/constants';
import { Filter, FilterGraph, Frame, Rational } from 'node-av/lib';
import { describe, expect, it } from 'vitest';
import { DecodedFrame } from '../../../engine/media/ffmpeg/decoded-frame.ts';
import type { Lane } from '../../../engine/media/ffmpeg/lanes.ts';
import { scaleInMemory, scaleOnGpu } from '../../../engine/media/ffmpeg/scale-filters.ts';
import { PictureGraph } from '../../../engine/media/ffmpeg/scaler.ts';
import type { Size } from '../../../engine/media/size.ts';

const lane: Lane = (work) => work();

/** One picture with detail in every plane, of the properties that `setparams` gives it. */
function picture({ width, height }: Size, properties = 'range=tv'): Frame {
  using graph = new FilterGraph();
  graph.alloc();
  const filters = [
    ['testsrc2', `size=${width}x${height}:rate=30`],
    ['format', 'yuv420p'],
    ['noise', 'alls=20'],
    ['setparams', properties],
    ['buffersink', ''],
  ].map(([name = '', text]) => {
    const found = Filter.getByName(name);
    const filter = found && graph.allocFilter(found, name);
    if (!filter) throw new Error(`no filter ${name}`);
    expect(filter.initStr(text || null)).toBeGreaterThanOrEqual(0);
    return filter;
  });
  for (const [index, filter] of filters.entries()) {
    const next = filters[index + 1];
    if (next) expect(filter.link(0, next, 0)).toBeGreaterThanOrEqual(0);
  }
  expect(graph.configSync()).toBeGreaterThanOrEqual(0);
  const frame = new Frame();
  frame.alloc();
  expect(filters.at(-1)?.buffersinkGetFrameSync(frame)).toBeGreaterThanOrEqual(0);
  return frame;
}

/** Luma and both chroma planes after the filters, without the padding of their lines. */
async function planes(source: Frame, filters: string, { width, height }: Size): Promise<Buffer[]> {
  using graph = new PictureGraph({ sample: source, timeBase: new Rational(1, 30), filters });
  using scaled = new Frame();
  scaled.alloc();
  expect(await graph.run(source, scaled, lane)).toBe(true);
  expect([scaled.width, scaled.height, scaled.format]).toEqual([width, height, AV_PIX_FMT_YUV420P]);
  return [0, 1, 2].map((plane) => {
    const [across, down] = plane === 0 ? [width, height] : [width / 2, height / 2];
    const line = scaled.linesize[plane] ?? 0;
    const bytes = scaled.data?.[plane] ?? Buffer.alloc(0);
    return Buffer.concat(Array.from({ length: down }, (_, y) => bytes.subarray(y * line, y * line + across)));
  });
}

/** Peak signal to noise, dB. */
function psnr(one: Buffer, other: Buffer): number {
  expect(one.length).toBe(other.length);
  let squares = 0;
  for (const [index, value] of one.entries()) squares += (value - (other[index] ?? 0)) ** 2;
  return squares === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(255 ** 2 / (squares / one.length));
}

describe('scaling in memory', () => {
  it.each([
    [
      { width: 1280, height: 720 },
      { width: 426, height: 240 },
    ],
    [
      { width: 1280, height: 720 },
      { width: 854, height: 480 },
    ],
    [
      { width: 1920, height: 1080 },
      { width: 1280, height: 720 },
    ],
    [
      { width: 640, height: 360 },
      { width: 1280, height: 720 },
    ],
    [
      { width: 1279, height: 719 },
      { width: 640, height: 360 },
    ],
    [
      { width: 360, height: 640 },
      { width: 146, height: 260 },
    ],
  ])('gives what swscale gives, to a rounding: %o → %o', async (from, to) => {
    using source = picture(from);
    const mine = await planes(source, scaleInMemory(to, source.format), to);
    const swscale = await planes(source, `scale=${to.width}:${to.height},format=yuv420p`, to);
    // A step of 1 in a third of the samples is 53 dB; another kernel, or chroma a quarter of a sample away, is below 50.
    for (const [plane, bytes] of mine.entries()) expect(psnr(bytes, swscale[plane] ?? Buffer.alloc(0))).toBeGreaterThan(54);
  });

  it.each(['color_trc=log100', 'colorspace=ycgco', 'colorspace=ictcp', 'colorspace=gbr', 'color_primaries=film', 'range=pc'])(
    'takes decoded pictures whatever their colours: %s',
    async (properties) => {
      const decoded = new DecodedFrame(picture({ width: 320, height: 180 }, properties));
      const size = { width: 160, height: 90 };
      await planes(decoded.frame, scaleInMemory(size, decoded.frame.format), size);
      decoded.release();
    },
  );

  it('leaves what has to be converted to swscale', () => {
    const size = { width: 426, height: 240 };
    expect(scaleInMemory(size, AV_PIX_FMT_YUV420P)).toMatch(/^zscale=w=426:h=240:/);
    expect(scaleInMemory(size, AV_PIX_FMT_YUVJ420P)).toBe('scale=426:240,format=yuv420p');
    expect(scaleInMemory(size, AV_PIX_FMT_YUV420P10LE)).toBe('scale=426:240,format=yuv420p');
  });
});

it('scales on the GPU, where a picture in memory is brought first', () => {
  expect(scaleOnGpu({ width: 426, height: 240 }, true)).toBe('scale_cuda=426:240:format=nv12:interp_algo=bicubic');
  expect(scaleOnGpu({ width: 426, height: 240 }, false)).toMatch(/^format=nv12,hwupload,scale_cuda=/);
});
