import { describe, expect, test } from 'vitest';
import { EngineError } from '../../../engine/base/errors.ts';
import { planEncoder } from '../../../engine/media/encoder-plan.ts';
import { profile } from './support.ts';

describe('options of an encoder', () => {
  test('the defaults force IDR frames at medium speed with three B-frames', () => {
    const plan = planEncoder(profile({ bitrate: 1_000_000 }), 'cpu');
    expect(plan).toMatchObject({ encoder: 'libx264', maxBFrames: 3, bitrate: 1_000_000 });
    expect(plan.options).toEqual({ 'forced-idr': '1', preset: 'medium', tier: 'high' });
    expect(plan.gopSize).toBeUndefined();
  });

  test.each([
    ['baseline', 'baseline', 0],
    ['constrained-high', 'high', 0],
    ['main', 'main', 3],
    ['high', 'high', 3],
  ] as const)('profile %s is %s with %i B-frames', (asked, name, maxBFrames) => {
    const plan = planEncoder(profile({ profile: asked }), 'cpu');
    expect(plan.options.profile).toBe(name);
    expect(plan.maxBFrames).toBe(maxBFrames);
  });

  test('NVENC uses no B-frames by default, nor ever when the source timing is kept', () => {
    expect(planEncoder(profile({ fps: 30 }), 'gpu').maxBFrames).toBe(0);
    expect(planEncoder(profile({ fps: 30, profile: 'high' }), 'gpu').maxBFrames).toBe(3);
    expect(planEncoder(profile({ fps: 0, profile: 'high' }), 'gpu').maxBFrames).toBe(0);
  });

  test('codecs have their encoder on each device', () => {
    expect(planEncoder(profile({ codec: 'hevc' }), 'cpu').encoder).toBe('libx265');
    expect(planEncoder(profile({ codec: 'hevc' }), 'gpu').encoder).toBe('hevc_nvenc');
    expect(planEncoder(profile({ codec: 'av1' }), 'gpu').encoder).toBe('av1_nvenc');
    expect(() => planEncoder(profile({ codec: 'vp8' }), 'gpu')).toThrow(EngineError);
  });

  test.each([
    [23, { crf: '23', cq: '30' }],
    [44, { crf: '44', cq: '51' }],
    [45, { crf: '45' }],
    [63, { crf: '63' }],
    [64, {}],
    [0, {}],
  ])('quality %i', (quality, expected) => {
    const { crf, cq } = planEncoder(profile({ quality }), 'cpu').options;
    expect({ ...(crf === undefined ? {} : { crf }), ...(cq === undefined ? {} : { cq }) }).toEqual(expected);
  });

  test('a GOP in milliseconds becomes frames where there is a frame rate, by its numerator alone', () => {
    expect(planEncoder(profile({ gop: 2000, fps: 30 }), 'cpu').gopSize).toBe(60);
    expect(planEncoder(profile({ gop: 2000, fps: 30000, fpsDen: 1001 }), 'cpu').gopSize).toBe(60_000);
    expect(planEncoder(profile({ gop: 1500, fps: 25 }), 'cpu').gopSize).toBe(37);
  });

  test('a GOP in milliseconds forces key frames where source timing is kept', () => {
    const plan = planEncoder(profile({ gop: 1000 }), 'cpu');
    expect(plan.gopSize).toBeUndefined();
    expect(plan.forceKeyEveryMs).toBe(1000);
  });

  test('intra only is a GOP of zero', () => {
    expect(planEncoder(profile({ gop: 'intra' }), 'cpu').gopSize).toBe(0);
  });

  test('a negative GOP has the protocol’s own error', () => {
    expect(() => planEncoder(profile({ gop: -2 }), 'cpu')).toThrow(
      expect.objectContaining({ code: 'media-profile-invalid', details: { wireText: 'TranscoderInvalidGOP' } }),
    );
  });
});
