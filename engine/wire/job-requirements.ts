import type { VideoProfile } from '../api/media.ts';
import { CAPABILITY } from './capabilities.ts';

/** What decides the capabilities a job asks for. */
export interface JobFacts {
  /** Codec and pixel format of the source, by FFmpeg's names (`h264`, `yuv420p`). */
  readonly source: { readonly codec: string; readonly pixelFormat: string };
  readonly profiles: readonly VideoProfile[];
  /** Where the gateway keeps segments; its own memory asks for nothing. */
  readonly storage?: 'memory' | 'direct' | 's3' | 'gcs';
  /** Perceptual hashes wanted. */
  readonly verification?: boolean;
  /** A part of the segment only. */
  readonly slicing?: boolean;
}

const SOURCE_CODECS: Readonly<Record<string, number>> = {
  h264: CAPABILITY.h264,
  hevc: CAPABILITY.hevcDecode,
  vp8: CAPABILITY.vp8Decode,
  vp9: CAPABILITY.vp9Decode,
};

const H264_PIXEL_FORMATS: Readonly<Record<string, number>> = {
  yuv444p: CAPABILITY.h264DecodeYuv444,
  yuv422p: CAPABILITY.h264DecodeYuv422,
  yuv444p10le: CAPABILITY.h264DecodeYuv444TenBit,
  yuv422p10le: CAPABILITY.h264DecodeYuv422TenBit,
  yuv420p10le: CAPABILITY.h264DecodeYuv420TenBit,
};

const OUTPUT_CODECS: Readonly<Record<string, number>> = {
  h264: CAPABILITY.h264,
  hevc: CAPABILITY.hevcEncode,
  vp8: CAPABILITY.vp8Encode,
  vp9: CAPABILITY.vp9Encode,
};

const PROFILES: Readonly<Record<string, number>> = {
  baseline: CAPABILITY.h264Baseline,
  main: CAPABILITY.h264Main,
  high: CAPABILITY.h264High,
  'constrained-high': CAPABILITY.h264ConstrainedHigh,
};

const STORAGES: Readonly<Record<string, number>> = {
  direct: CAPABILITY.storageDirect,
  s3: CAPABILITY.storageS3,
  gcs: CAPABILITY.storageGcs,
};

/** Capability numbers a job asks for, ascending (go-livepeer `core/capabilities.go`, JobCapabilities). */
export function jobRequirements(facts: JobFacts): number[] {
  const wanted = new Set<number | undefined>([CAPABILITY.authToken]);
  wanted.add(SOURCE_CODECS[facts.source.codec]);
  if (facts.source.codec === 'h264') wanted.add(H264_PIXEL_FORMATS[facts.source.pixelFormat]);
  for (const profile of facts.profiles) {
    wanted.add(profile.container === 'mp4' ? CAPABILITY.mp4 : CAPABILITY.mpegts);
    wanted.add(OUTPUT_CODECS[profile.codec]);
    wanted.add(PROFILES[profile.profile]);
    // Denominator 1 is sent as "none", so only a real fraction asks for this.
    if (profile.fpsDen > 1) wanted.add(CAPABILITY.fractionalFramerates);
    if (profile.gop !== 'default') wanted.add(CAPABILITY.gop);
  }
  wanted.add(STORAGES[facts.storage ?? 'memory']);
  if (facts.verification) wanted.add(CAPABILITY.mpeg7Signature);
  if (facts.slicing) wanted.add(CAPABILITY.segmentSlicing);
  return [...wanted].filter((number) => number !== undefined).sort((a, b) => a - b);
}
