import {
  AVERROR_DECODER_NOT_FOUND,
  AVERROR_EINVAL,
  AVERROR_ENOMEM,
  AVERROR_INVALIDDATA,
  AVERROR_OPTION_NOT_FOUND,
} from 'node-av/constants';
import { describe, expect, test } from 'vitest';
import { EngineError } from '../../../engine/base/errors.ts';
import { AvError, check } from '../../../engine/media/ffmpeg/av-error.ts';
import { mapFailure, toWorkerFailure } from '../../../engine/media/ffmpeg/failure.ts';

describe('FFmpeg failures', () => {
  test.each([
    [AVERROR_INVALIDDATA, 'media-malformed', 'Invalid data found when processing input'],
    [AVERROR_DECODER_NOT_FOUND, 'media-unsupported-codec', 'Decoder not found'],
    [AVERROR_OPTION_NOT_FOUND, 'media-profile-invalid', 'Option not found'],
    [AVERROR_EINVAL, 'media-encoder-failed', 'Invalid argument'],
  ])('code %i becomes %s with the protocol’s text', (averror, code, wireText) => {
    const error = mapFailure(new AvError(averror, 'do something'));
    expect(error).toMatchObject({ code, details: { wireText, operation: 'do something' } });
  });

  test('an NVENC session that can’t be opened is told apart from other memory trouble', () => {
    expect(mapFailure(new AvError(AVERROR_ENOMEM, 'open encoder h264_nvenc')).code).toBe('nvenc-sessions-full');
    expect(mapFailure(new AvError(AVERROR_ENOMEM, 'open encoder libx264')).code).toBe('media-encoder-failed');
  });

  test('our own errors pass as they are', () => {
    const own = new EngineError({ code: 'busy', message: 'busy', details: { wireText: 'TranscoderBusy' } });
    expect(mapFailure(own)).toBe(own);
    expect(toWorkerFailure(own)).toEqual({ code: 'busy', message: 'busy', details: { wireText: 'TranscoderBusy' } });
  });

  test('a bug is internal', () => {
    expect(mapFailure(new TypeError('x is not a function')).code).toBe('internal');
  });

  test('check passes results and throws codes', () => {
    expect(check(3, 'x')).toBe(3);
    expect(() => check(AVERROR_EINVAL, 'x')).toThrow(AvError);
  });
});
