import { create } from '@bufbuild/protobuf';
import type { Container, EncoderProfile, VideoCodec, VideoProfile } from '../api/media.ts';
import { EngineError } from '../base/errors.ts';
import {
  VideoProfile_VideoCodec as Codec,
  VideoProfile_Format as Format,
  VideoProfile_Profile as Profile,
  type SegData,
  VideoProfileSchema,
  type VideoProfile as WireProfile,
} from './gen/net/lp_rpc_pb.js';

const CONTAINERS: ReadonlyMap<Format, Container> = new Map([
  [Format.MPEGTS, 'mpegts'],
  [Format.MP4, 'mp4'],
]);

const PROFILES: ReadonlyMap<Profile, EncoderProfile> = new Map([
  [Profile.ENCODER_DEFAULT, 'default'],
  [Profile.H264_BASELINE, 'baseline'],
  [Profile.H264_MAIN, 'main'],
  [Profile.H264_HIGH, 'high'],
  [Profile.H264_CONSTRAINED_HIGH, 'constrained-high'],
]);

const CODECS: ReadonlyMap<Codec, VideoCodec> = new Map([
  [Codec.H264, 'h264'],
  [Codec.H265, 'hevc'],
  [Codec.VP8, 'vp8'],
  [Codec.VP9, 'vp9'],
]);

function invert<K, V>(map: ReadonlyMap<K, V>): ReadonlyMap<V, K> {
  return new Map([...map].map(([key, value]) => [value, key]));
}

const WIRE_CONTAINERS = invert(CONTAINERS);
const WIRE_PROFILES = invert(PROFILES);
const WIRE_CODECS = invert(CODECS);

/** A task's fault that the protocol has an exact text for. */
export function taskInvalid(wireText: string): EngineError {
  return new EngineError({
    code: 'task-invalid',
    message: `The orchestrator sent a task that cannot be read: ${wireText}.`,
    details: { wireText },
  });
}

/** Name the receiver gives a profile that came without one; it counts in signatures. */
function defaultProfileName(profile: { readonly width: number; readonly height: number; readonly bitrate: number }): string {
  return `net_${profile.width}x${profile.height}_${profile.bitrate}`;
}

function gopFromWire(milliseconds: number): VideoProfile['gop'] {
  if (milliseconds === 0) return 'default';
  // Values below -1 are kept: they decode, and fail later as `TranscoderInvalidGOP`.
  return milliseconds === -1 ? 'intra' : milliseconds;
}

function gopToWire(gop: VideoProfile['gop']): number {
  if (gop === 'default') return 0;
  return gop === 'intra' ? -1 : gop;
}

/**
 * Wire → engine. Colour depth and chroma are dropped, as 0.9.1 receivers do.
 * @throws EngineError `task-invalid` with the reference's text for unknown enum numbers (go-livepeer `server/rpc.go`)
 */
export function profileFromWire(wire: WireProfile): VideoProfile {
  const container = CONTAINERS.get(wire.format);
  if (container === undefined) throw taskInvalid('unrecognized profile output format');
  const profile = PROFILES.get(wire.profile);
  if (profile === undefined) throw taskInvalid('unrecognized encoder profile');
  const codec = CODECS.get(wire.encoder);
  if (codec === undefined) throw taskInvalid('unrecognized video codec');
  return {
    name: wire.name === '' ? defaultProfileName(wire) : wire.name,
    width: wire.width,
    height: wire.height,
    bitrate: wire.bitrate,
    fps: wire.fps,
    fpsDen: wire.fpsDen === 0 ? 1 : wire.fpsDen,
    container,
    profile,
    gop: gopFromWire(wire.gop),
    codec,
    quality: wire.quality,
  };
}

/**
 * Engine → wire. A denominator of 1 is sent as 0 ("none"), so that whole rates stay in the oldest profile list.
 * @throws EngineError `media-profile-invalid` for a codec that the protocol has no number for (AV1)
 */
export function profileToWire(profile: VideoProfile): WireProfile {
  const encoder = WIRE_CODECS.get(profile.codec);
  if (encoder === undefined) {
    throw new EngineError({
      code: 'media-profile-invalid',
      message: `The protocol has no number for the codec ${profile.codec}.`,
      nextStep: 'Ask for h264 or hevc.',
    });
  }
  return create(VideoProfileSchema, {
    name: profile.name === '' ? defaultProfileName(profile) : profile.name,
    width: profile.width,
    height: profile.height,
    bitrate: profile.bitrate,
    fps: profile.fps,
    fpsDen: profile.fpsDen === 1 ? 0 : profile.fpsDen,
    format: WIRE_CONTAINERS.get(profile.container) ?? Format.MPEGTS,
    profile: WIRE_PROFILES.get(profile.profile) ?? Profile.ENCODER_DEFAULT,
    gop: gopToWire(profile.gop),
    encoder,
    quality: profile.quality,
  });
}

/** The three generations of profile lists in SegData; exactly one is filled. */
export type ProfileLists = Pick<SegData, 'fullProfiles' | 'fullProfiles2' | 'fullProfiles3'>;

/** Puts the profiles into the list of the oldest generation that can express them (go-livepeer `core/streamdata.go`). */
export function profileListsToWire(profiles: readonly VideoProfile[]): ProfileLists {
  const wire = profiles.map(profileToWire);
  const lists: ProfileLists = { fullProfiles: [], fullProfiles2: [], fullProfiles3: [] };
  if (wire.some((p) => p.fpsDen !== 0 || p.profile !== Profile.ENCODER_DEFAULT || p.gop !== 0)) lists.fullProfiles3 = wire;
  else if (wire.some((p) => p.format === Format.MP4)) lists.fullProfiles2 = wire;
  else lists.fullProfiles = wire;
  return lists;
}

/** Reads the newest list that isn't empty (go-livepeer `server/rpc.go`); all empty = no profiles, which is no error. */
export function profilesFromLists(lists: ProfileLists): VideoProfile[] {
  const newest = [lists.fullProfiles3, lists.fullProfiles2, lists.fullProfiles].find((list) => list.length > 0);
  return (newest ?? []).map(profileFromWire);
}
