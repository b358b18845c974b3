import { fromBinary } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import type { VideoProfile } from '../../../engine/api/media.ts';
import { VideoProfileSchema } from '../../../engine/wire/gen/net/lp_rpc_pb.js';
import { jobRequirements } from '../../../engine/wire/job-requirements.ts';
import { PRESETS } from '../../../engine/wire/presets.ts';
import { profileFromWire, profileListsToWire, profilesFromLists, profileToWire } from '../../../engine/wire/profiles.ts';
import { extraVectors, unhex } from '../../support/vectors.ts';

const plain: VideoProfile = {
  name: 'p',
  width: 640,
  height: 360,
  bitrate: 500_000,
  fps: 30,
  fpsDen: 1,
  container: 'mpegts',
  profile: 'default',
  gop: 'default',
  codec: 'h264',
  quality: 0,
};

const GO_CODECS: Record<string, string> = { 'H.264': 'h264', HEVC: 'hevc', VP8: 'vp8', VP9: 'vp9' };

describe('decoding', () => {
  test.each(extraVectors('profile-decode').map((vector) => [vector.description, vector] as const))(
    '%s',
    (_name, { input, expected }) => {
      const wire = fromBinary(VideoProfileSchema, unhex(input.protoHex));
      if (expected.error) {
        expect(() => profileFromWire(wire)).toThrow(expect.objectContaining({ details: { wireText: expected.error } }));
        return;
      }
      const decoded = profileFromWire(wire);
      const gop = decoded.gop === 'default' ? 0 : decoded.gop === 'intra' ? -1 : decoded.gop;
      expect({
        name: decoded.name,
        bitrate: String(decoded.bitrate),
        codecProfile: decoded.profile === 'default' ? 'none' : decoded.profile,
        encoder: decoded.codec,
        format: decoded.container,
        framerate: decoded.fps,
        framerateDen: decoded.fpsDen,
        // Go keeps negative values as they are and turns milliseconds into nanoseconds otherwise.
        gopNanoseconds: String(gop < 0 ? gop : gop * 1_000_000),
        quality: decoded.quality,
        resolution: `${decoded.width}x${decoded.height}`,
      }).toEqual({
        name: expected.name,
        bitrate: expected.bitrate,
        codecProfile: expected.codecProfile,
        encoder: GO_CODECS[String(expected.encoder)],
        format: expected.format,
        framerate: expected.framerate,
        framerateDen: expected.framerateDen === 0 ? 1 : expected.framerateDen,
        gopNanoseconds: expected.gopNanoseconds,
        quality: expected.quality,
        resolution: expected.resolution,
      });
    },
  );

  test('a profile comes back as it was sent', () => {
    const profiles: VideoProfile[] = [
      plain,
      {
        ...plain,
        fps: 30_000,
        fpsDen: 1001,
        container: 'mp4',
        profile: 'constrained-high',
        gop: 2000,
        codec: 'hevc',
        quality: 23,
      },
      { ...plain, fps: 0, gop: 'intra', profile: 'baseline', codec: 'vp9' },
    ];
    expect(profiles.map((profile) => profileFromWire(profileToWire(profile)))).toEqual(profiles);
  });

  test('error: AV1 has no number in the protocol', () => {
    expect(() => profileToWire({ ...plain, codec: 'av1' })).toThrow(expect.objectContaining({ code: 'media-profile-invalid' }));
  });
});

describe('lists', () => {
  test.each([
    ['whole rates, MPEG-TS', [plain], 'fullProfiles'],
    ['one MP4', [plain, { ...plain, container: 'mp4' as const }], 'fullProfiles2'],
    ['a fraction', [{ ...plain, fpsDen: 1001 }], 'fullProfiles3'],
    ['a codec profile', [{ ...plain, profile: 'main' as const }], 'fullProfiles3'],
    ['a GOP', [{ ...plain, gop: 'intra' as const }], 'fullProfiles3'],
    ['quality and HEVC alone', [{ ...plain, quality: 27, codec: 'hevc' as const }], 'fullProfiles'],
  ] as const)('%s goes into %s', (_name, profiles, list) => {
    const lists = profileListsToWire(profiles);
    expect(
      Object.entries(lists)
        .filter(([, value]) => value.length > 0)
        .map(([name]) => name),
    ).toEqual([list]);
    expect(profilesFromLists(lists)).toEqual(profiles);
  });
});

describe('what a job asks for', () => {
  const h264 = { codec: 'h264', pixelFormat: 'yuv420p' };
  const facts = [
    { source: h264, profiles: [plain] },
    {
      source: h264,
      profiles: [{ ...plain, fpsDen: 1001, profile: 'main', gop: 2000, container: 'mp4' }],
      verification: true,
      slicing: true,
    },
    { source: { codec: 'hevc', pixelFormat: 'yuv420p' }, profiles: [{ ...plain, codec: 'vp9' }] },
    { source: { codec: 'h264', pixelFormat: 'yuv420p10le' }, profiles: [plain] },
  ] satisfies Parameters<typeof jobRequirements>[0][];

  test.each(extraVectors('job-capabilities').map((vector, index) => [vector.description, vector, index] as const))(
    '%s',
    (_name, { expected }, index) => {
      const fact = facts[index];
      if (!fact) throw new Error('a new vector needs its facts here');
      expect(jobRequirements(fact)).toEqual(expected.capabilities);
    },
  );

  test('storage counts unless it is memory', () => {
    expect(jobRequirements({ source: h264, profiles: [plain], storage: 's3' })).toEqual([0, 1, 5, 12]);
  });
});

describe('presets', () => {
  test.each(
    extraVectors('profile-id')
      .filter(({ expected }) => expected.preset)
      .map((vector) => [String(vector.input.name), vector] as const),
  )('%s', (name, { expected }) => {
    const { bitrate, framerate, resolution } = expected.preset as Record<string, unknown>;
    const preset = PRESETS.get(name);
    expect({ bitrate: preset?.bitrate, framerate: preset?.fps, resolution: `${preset?.width}x${preset?.height}` }).toEqual({
      bitrate: Number(String(bitrate).replace('k', '000')),
      framerate,
      resolution,
    });
  });

  test('names without a preset have none', () => {
    const none = extraVectors('profile-id').filter(({ expected }) => expected.isPreset === false);
    expect(none.map(({ input }) => PRESETS.has(String(input.name)))).toEqual(none.map(() => false));
    expect(PRESETS.size).toBe(13);
  });
});
