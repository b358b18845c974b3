import { describe, expect, test } from 'vitest';
import { explainProbeFailure, type ProbeCause } from '../../../engine/gpu/probe-words.ts';

const what = 'H.264 encoding (NVENC)';
const explain = (log: string[], platform: 'linux' | 'win32' = 'linux', errorText = 'Operation not permitted') =>
  explainProbeFailure({ what, log, errorText }, platform);

describe("FFmpeg's and NVENC's messages in plain words", () => {
  test('a driver that is too old is told with the oldest one that will do', () => {
    const explained = explain([
      'Driver does not support the required nvenc API version. Required: 13.1 Found: 13.0',
      'The minimum required Nvidia driver for nvenc is 610.00 or newer',
    ]);
    expect(explained).toEqual({
      cause: 'driver-old',
      minimumDriver: '610.00',
      reason:
        'The NVIDIA driver is too old for H.264 encoding (NVENC) (NVENC 13.1 is needed, it has 13.0). It must be 610.00 or newer.',
    });
  });

  test.each<[string, string[], ProbeCause, RegExp]>([
    ['no CUDA on Linux', ['Cannot load libcuda.so.1', 'Could not dynamically load CUDA'], 'driver-missing', /not installed/],
    ['no CUDA on Windows', ['Cannot load nvcuda.dll'], 'driver-missing', /not installed/],
    ['no encoder library', ['Cannot load libnvidia-encode.so.1'], 'driver-missing', /libnvidia-encode/],
    ['no decoder library', ['Cannot load libnvcuvid.so.1', 'Failed loading nvcuvid.'], 'driver-missing', /libnvcuvid/],
    ['session cap', ['OpenEncodeSessionEx failed: out of memory (10): (no details)'], 'sessions-full', /OBS/],
    [
      'session cap, old words',
      ['OpenEncodeSessionEx failed: incompatible client key (21): (no details)'],
      'sessions-full',
      /limit/,
    ],
    [
      'data-centre card',
      ['OpenEncodeSessionEx failed: unsupported device (2): (no details)', 'No capable devices found'],
      'no-nvenc',
      /no video encoder/,
    ],
    [
      'codec the chip lacks',
      ['Codec not supported', "Provided device doesn't support required NVENC features"],
      'codec-unsupported',
      /cannot do H\.264/,
    ],
    ['no capable device', ['No capable devices found'], 'codec-unsupported', /cannot do/],
    ['card gone', ['cuInit(0) failed -> CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected'], 'gpu-lost', /no usable card/],
    [
      'card crashed',
      ['cuCtxCreate failed -> CUDA_ERROR_ILLEGAL_ADDRESS: an illegal memory access'],
      'gpu-lost',
      /CUDA_ERROR_ILLEGAL_ADDRESS/,
    ],
    ['memory full', ['cuMemAlloc failed -> CUDA_ERROR_OUT_OF_MEMORY: out of memory'], 'out-of-memory', /memory is full/],
    [
      'driver of another version',
      ['cuInit(0) failed -> CUDA_ERROR_SYSTEM_DRIVER_MISMATCH: mismatch'],
      'driver-old',
      /without a restart/,
    ],
    ['another CUDA error', ['cuCtxCreate failed -> CUDA_ERROR_UNKNOWN: unknown error'], 'unknown', /CUDA_ERROR_UNKNOWN/],
    ['words never seen', ['The flux capacitor is empty'], 'unknown', /The flux capacitor is empty\.$/],
    ['no words at all', [], 'unknown', /Operation not permitted\.$/],
  ])('%s', (_title, log, cause, words) => {
    const explained = explain(log);
    expect(explained.cause).toBe(cause);
    expect(explained.reason).toMatch(words);
  });

  test('a missing library is named as the system at hand names it', () => {
    expect(explain(['Cannot load nvEncodeAPI64.dll'], 'win32').reason).toContain('nvEncodeAPI64.dll');
    expect(explain(['Cannot load nvEncodeAPI64.dll'], 'win32').reason).not.toContain('package');
  });
});
