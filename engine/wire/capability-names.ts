import { CAPABILITY } from './capabilities.ts';

/** Names of capability numbers for people (go-livepeer `core/capabilities.go`, CapabilityNameLookup). */
const NAMES: Readonly<Record<number, string>> = {
  [CAPABILITY.h264]: 'H.264',
  [CAPABILITY.mpegts]: 'MPEG-TS',
  [CAPABILITY.mp4]: 'MP4',
  [CAPABILITY.fractionalFramerates]: 'fractional frame rates',
  [CAPABILITY.storageDirect]: 'direct storage',
  [CAPABILITY.storageS3]: 'S3 storage',
  [CAPABILITY.storageGcs]: 'GCS storage',
  [CAPABILITY.h264Baseline]: 'H.264 Baseline',
  [CAPABILITY.h264Main]: 'H.264 Main',
  [CAPABILITY.h264High]: 'H.264 High',
  [CAPABILITY.h264ConstrainedHigh]: 'H.264 Constrained High',
  [CAPABILITY.gop]: 'GOP length',
  [CAPABILITY.authToken]: 'auth token',
  [CAPABILITY.mpeg7Signature]: 'MPEG-7 signature',
  [CAPABILITY.hevcDecode]: 'HEVC decoding',
  [CAPABILITY.hevcEncode]: 'HEVC encoding',
  [CAPABILITY.vp8Decode]: 'VP8 decoding',
  [CAPABILITY.vp9Decode]: 'VP9 decoding',
  [CAPABILITY.vp8Encode]: 'VP8 encoding',
  [CAPABILITY.vp9Encode]: 'VP9 encoding',
  [CAPABILITY.h264DecodeYuv444]: 'H.264 4:4:4 decoding',
  [CAPABILITY.h264DecodeYuv422]: 'H.264 4:2:2 decoding',
  [CAPABILITY.h264DecodeYuv444TenBit]: 'H.264 4:4:4 10-bit decoding',
  [CAPABILITY.h264DecodeYuv422TenBit]: 'H.264 4:2:2 10-bit decoding',
  [CAPABILITY.h264DecodeYuv420TenBit]: 'H.264 4:2:0 10-bit decoding',
  [CAPABILITY.segmentSlicing]: 'segment slicing',
  [CAPABILITY.textToImage]: 'text-to-image',
  [CAPABILITY.imageToImage]: 'image-to-image',
  [CAPABILITY.imageToVideo]: 'image-to-video',
  [CAPABILITY.upscale]: 'upscale',
  [CAPABILITY.audioToText]: 'audio-to-text',
  [CAPABILITY.segmentAnything2]: 'segment-anything-2',
  [CAPABILITY.llm]: 'llm',
  [CAPABILITY.imageToText]: 'image-to-text',
  [CAPABILITY.liveVideoToVideo]: 'live-video-to-video',
  [CAPABILITY.textToSpeech]: 'text-to-speech',
  [CAPABILITY.byoc]: 'BYOC',
};

/** Name of a capability number; unknown ones are shown by their number. */
export function capabilityName(number: number): string {
  return NAMES[number] ?? `capability ${number}`;
}
