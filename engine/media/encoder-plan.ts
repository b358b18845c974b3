import type { VideoCodec, VideoProfile } from '../api/media.ts';
import { mediaError } from './media-error.ts';

/** Kind of device that encodes. */
export type DeviceKind = 'cpu' | 'gpu';

/** FFmpeg's names of the encoders used. */
export type EncoderName = 'libx264' | 'libx265' | 'h264_nvenc' | 'hevc_nvenc' | 'av1_nvenc';

/** All that decides how a rendition is encoded, short of its size and time base. */
export interface EncoderPlan {
  readonly encoder: EncoderName;
  /** FFmpeg options by name; one that the encoder doesn't know is left out silently. */
  readonly options: Readonly<Record<string, string>>;
  readonly maxBFrames: number;
  /** Frames between key frames; absent = the encoder's own. 0 = every frame is a key frame. */
  readonly gopSize?: number;
  /** Milliseconds after which an I frame is forced; only where source timing is kept. */
  readonly forceKeyEveryMs?: number;
  /** Bits per second for rate, minimum, maximum and buffer; 0 = not set. */
  readonly bitrate: number;
}

const ENCODERS: Readonly<Record<DeviceKind, Partial<Record<VideoCodec, EncoderName>>>> = {
  cpu: { h264: 'libx264', hevc: 'libx265' },
  gpu: { h264: 'h264_nvenc', hevc: 'hevc_nvenc', av1: 'av1_nvenc' },
};

const MAX_CRF = 63;
const MAX_CQ = 51;
/** NVENC's scale of constant quality lies this much above x264's (LPMS `ffmpeg.go`). */
const CQ_OFFSET = 7;

/** Encoder for a codec on a kind of device; undefined when there is none. */
export function encoderFor(codec: VideoCodec, device: DeviceKind): EncoderName | undefined {
  return ENCODERS[device][codec];
}

function profileOptions(profile: VideoProfile, device: DeviceKind): { readonly name?: string; readonly maxBFrames: number } {
  // H.264's profile names mean nothing to the other codecs; there they only choose whether B-frames are used.
  const name = (value: string) => (profile.codec === 'h264' ? { name: value } : {});
  switch (profile.profile) {
    case 'baseline':
      return { ...name('baseline'), maxBFrames: 0 };
    case 'constrained-high':
      return { ...name('high'), maxBFrames: 0 };
    case 'main':
      return { ...name('main'), maxBFrames: 3 };
    case 'high':
      return { ...name('high'), maxBFrames: 3 };
    default:
      return { maxBFrames: device === 'gpu' ? 0 : 3 };
  }
}

function qualityOptions(quality: number): Record<string, string> {
  if (quality <= 0) return {};
  return {
    ...(quality <= MAX_CRF ? { crf: String(quality) } : {}),
    ...(quality + CQ_OFFSET <= MAX_CQ ? { cq: String(quality + CQ_OFFSET) } : {}),
  };
}

function gopOptions({ gop, fps }: VideoProfile): { readonly gopSize?: number; readonly forceKeyEveryMs?: number } {
  if (gop === 'intra') return { gopSize: 0 };
  if (gop === 'default' || gop === 0) return {};
  if (!(gop > 0)) throw mediaError('media-profile-invalid', 'TranscoderInvalidGOP', `A GOP of ${gop} ms makes no sense.`);
  // The reference multiplies by the numerator alone, so 30000/1001 gets a practically endless GOP.
  return fps > 0 ? { gopSize: Math.trunc((gop * fps) / 1000) } : { forceKeyEveryMs: gop };
}

/** Options of the encoder for one rendition (reference: transcoder.md §6.3). Throws `media-unsupported-codec` or `media-profile-invalid`. */
export function planEncoder(profile: VideoProfile, device: DeviceKind): EncoderPlan {
  const encoder = encoderFor(profile.codec, device);
  if (!encoder) {
    throw mediaError('media-unsupported-codec', 'Encoder not found', `There is no ${profile.codec} encoder on this device.`);
  }
  const { name, maxBFrames } = profileOptions(profile, device);
  return {
    encoder,
    options: {
      'forced-idr': '1',
      preset: 'medium',
      tier: 'high',
      ...(name === undefined ? {} : { profile: name }),
      ...qualityOptions(profile.quality),
      ...(encoder === 'libx265' ? { 'x265-params': 'log-level=none' } : {}),
    },
    maxBFrames: device === 'gpu' && profile.fps === 0 ? 0 : maxBFrames,
    ...gopOptions(profile),
    bitrate: profile.bitrate,
  };
}
