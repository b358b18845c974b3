import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import type { VideoProfile } from '../../../engine/api/media.ts';
import { createCapabilities } from '../../../engine/wire/capabilities.ts';
import { AuthTokenSchema, SegDataSchema } from '../../../engine/wire/gen/net/lp_rpc_pb.js';
import { encodeSegData, parseSegData, segDataFromHeader, segDataToHeader } from '../../../engine/wire/seg-data.ts';
import { keccak256, profileId, resultSignatureBytes, segmentSignatureBytes } from '../../../engine/wire/signatures.ts';
import { extraVectors, unhex, vectors } from '../../support/vectors.ts';

interface GoProfile {
  readonly Name: string;
  readonly Bitrate: string;
  readonly Framerate: number;
  readonly FramerateDen: number;
  readonly Resolution: string;
  readonly Format: number;
  readonly Profile: number;
  readonly GOP: number;
}

/** LPMS's own profile, as the vectors print it, in the engine's words. */
function fromGo(go: GoProfile): VideoProfile {
  const [width = 0, height = 0] = go.Resolution.split('x').map(Number);
  const profiles = ['default', 'baseline', 'main', 'high', 'constrained-high'] as const;
  return {
    name: go.Name,
    width,
    height,
    bitrate: Number(go.Bitrate.replace('k', '000')),
    fps: go.Framerate,
    fpsDen: go.FramerateDen || 1,
    container: go.Format === 2 ? 'mp4' : 'mpegts',
    profile: profiles[go.Profile] ?? 'default',
    gop: go.GOP === 0 ? 'default' : go.GOP === -1 ? 'intra' : go.GOP / 1_000_000,
    codec: 'h264',
    quality: 0,
  };
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('encoding SegData', () => {
  test.each(vectors(/^seg_data_encode_/).map((vector) => [vector.name, vector] as const))('%s', (_name, { inputs, outputs }) => {
    const go = fromBinary(SegDataSchema, unhex(outputs.protobufDeterministic));
    const made = encodeSegData({
      manifestId: String(inputs.manifestId),
      seq: BigInt(Number(inputs.seq)),
      durationMs: Number(inputs.durationMs),
      hash: keccak256(Buffer.from(String(inputs.segmentDataUtf8))),
      profiles: (JSON.parse(String(inputs.ffmpegProfilesGoJson)) as GoProfile[]).map(fromGo),
      capabilities: createCapabilities({ numbers: inputs.capabilities as number[] }),
      authToken: create(AuthTokenSchema, go.authToken),
      signature: go.sig,
    });
    expect(made).toEqual(go);
    expect(made[outputs.profilesField as 'fullProfiles']).toHaveLength(1);
    expect(segDataFromHeader(String(outputs.header_LivepeerSegment_base64))).toEqual(made);
    expect(segDataFromHeader(segDataToHeader(made))).toEqual(made);
  });

  test('what is optional comes back', () => {
    const segment = {
      manifestId: 'm',
      seq: 3n,
      durationMs: 1500,
      profiles: [],
      clip: { fromMs: 100, toMs: 900 },
      perceptualHash: true,
      reinitialise: true,
    };
    expect(parseSegData(encodeSegData(segment))).toMatchObject(segment);
    expect(encodeSegData(segment).hash).toEqual(new Uint8Array(32));
    expect(hex(encodeSegData(segment).profiles)).toBe(hex(Buffer.from('invalid')));
  });
});

describe('parsing SegData', () => {
  test.each(vectors(/^seg_data_parse_/).map((vector) => [vector.name, vector] as const))('%s', (_name, { inputs, outputs }) => {
    const wire = fromBinary(SegDataSchema, unhex(inputs.segDataHex));
    if (outputs.error) {
      expect(() => parseSegData(wire)).toThrow(
        expect.objectContaining({ code: 'task-invalid', details: { wireText: outputs.error } }),
      );
      return;
    }
    const parsed = parseSegData(wire);
    expect(parsed.durationMs).toBe(outputs.durationMs);
    expect(parsed.profiles.map(({ name }) => name)).toEqual(outputs.profileNames);
    expect(parsed.profiles.map(({ gop }) => (gop === 'default' ? '0s' : gop === 'intra' ? '-1ns' : `${gop / 1000}s`))).toEqual(
      outputs.gops,
    );
    const bytes = segmentSignatureBytes({ ...parsed, profileNames: parsed.profiles.map(({ name }) => name) });
    expect(`0x${hex(bytes)}`).toBe(outputs.flatten);
    expect(`0x${hex(keccak256(bytes))}`).toBe(outputs.keccak);
  });

  test.each(extraVectors('seg-metadata').map((vector) => [vector.description, vector] as const))(
    '%s',
    (_name, { input, expected }) => {
      const wire = input.protoHex === undefined ? undefined : fromBinary(SegDataSchema, unhex(input.protoHex));
      if (expected.error) {
        expect(() => parseSegData(wire)).toThrow(expect.objectContaining({ details: { wireText: expected.error } }));
        return;
      }
      const parsed = parseSegData(wire);
      expect({
        durationMs: parsed.durationMs,
        hash: `0x${hex(parsed.hash)}`,
        profileNames: parsed.profiles.map(({ name }) => name),
      }).toEqual(expected);
    },
  );

  test('the header of the second set is read, and bytes that are no header are refused', () => {
    const vector = extraVectors('header').find(({ id }) => id === 'header-livepeer-segment');
    const value = Object.values(vector?.expected ?? {}).find((item) => typeof item === 'string' && item.length > 100);
    const parsed = parseSegData(segDataFromHeader(String(value)));
    expect(parsed.profiles.map(({ name }) => name)).toEqual(['P720p30fps16x9', 'P240p30fps16x9']);
    expect(() => segDataFromHeader('%%%')).toThrow(/not base64/);
    expect(() => segDataFromHeader('AAAA')).toThrow(/no SegData/);
  });

  test('a 64-bit sequence number stays exact', () => {
    const wire = encodeSegData({ manifestId: 'm', seq: 9_007_199_254_740_993n, durationMs: 1, profiles: [] });
    expect(parseSegData(fromBinary(SegDataSchema, toBinary(SegDataSchema, wire))).seq).toBe(9_007_199_254_740_993n);
  });
});

describe('bytes that signatures cover', () => {
  test.each(vectors(/^seg_flatten_sign_/).map((vector) => [vector.name, vector] as const))('%s', (_name, { inputs, outputs }) => {
    const bytes = segmentSignatureBytes({
      manifestId: String(inputs.manifestId),
      seq: BigInt(Number(inputs.seq)),
      hash: keccak256(Buffer.from(String(inputs.segmentDataUtf8))),
      profileNames: inputs.profileNames as string[],
    });
    expect(`0x${hex(bytes)}`).toBe(outputs.flatten);
    expect(`0x${hex(keccak256(bytes))}`).toBe(outputs.keccakOfFlatten);
  });

  test.each(extraVectors('seg-flatten').map((vector) => [vector.description, vector] as const))(
    '%s',
    (_name, { input, expected }) => {
      const bytes = segmentSignatureBytes({
        manifestId: String(input.manifestId),
        seq: BigInt(String(input.seq)),
        hash: unhex(input.hash),
        profileNames: input.profileNames as string[],
      });
      expect(hex(bytes)).toBe(expected.flattened);
      expect(hex(keccak256(bytes))).toBe(expected.keccak256);
    },
  );

  test.each(vectors(/^profile_hex_/).map((vector) => [vector.name, vector] as const))('%s', (_name, { inputs, outputs }) => {
    expect((inputs.names as string[]).map(profileId).join('')).toBe(outputs.hex);
  });

  test.each(extraVectors('profile-id').map((vector) => [vector.id, vector] as const))('%s', (_id, { input, expected }) => {
    const names = (input.names as string[] | undefined) ?? [String(input.name)];
    expect(names.map(profileId).join('')).toBe(expected.hex ?? expected.idHex);
  });

  test.each(vectors(/^transcode_result_signature$/).map((vector) => [vector.name, vector] as const))(
    '%s',
    (_name, { inputs, outputs }) => {
      const renditions = (inputs.segmentsUtf8 as string[]).map((text) => Buffer.from(text));
      expect(renditions.map((data) => `0x${hex(keccak256(data))}`)).toEqual(outputs.hashes);
      expect(`0x${hex(keccak256(resultSignatureBytes(renditions)))}`).toBe(outputs.signedMessage32);
    },
  );
});
