import type { Container, VideoCodec, VideoProfile } from '../api/media.ts';
import { EngineError } from '../base/errors.ts';

/** Height → size and bit rate (bits per second) of the usual ladder (go-livepeer's transcodingOptions.json, 144p and 1080p up added). */
const LADDER: ReadonlyMap<string, readonly [number, number, number]> = new Map([
  ['144p', [256, 144, 150_000]],
  ['240p', [426, 240, 250_000]],
  ['360p', [640, 360, 800_000]],
  ['480p', [854, 480, 1_600_000]],
  ['720p', [1280, 720, 3_000_000]],
  ['1080p', [1920, 1080, 6_000_000]],
  ['1440p', [2560, 1440, 10_000_000]],
  ['2160p', [3840, 2160, 20_000_000]],
]);

/** Sizes an encoder can be asked for at all (pixels); what a device really takes is for its probe to say. */
const SMALLEST = 16;
const LARGEST = 8192;
const MOST_PROFILES = 16;

/** What all profiles of one call share. */
export interface ParseProfilesOptions {
  readonly codec: VideoCodec;
  readonly container: Container;
}

/** How a list of profiles is written, for help texts. */
export const PROFILES_SYNTAX =
  'comma-separated: 240p, 360p, 480p, 720p, 1080p … or WIDTHxHEIGHT, each with @FPS (30, 30000/1001) and :BITRATE (800k, 3M) if wanted';

/**
 * Reads a list of profiles such as `240p,720p@30:2M,1280x720@30000/1001:3M`. Without a bit rate, ladder sizes use the
 * ladder's and others one in proportion to their pixels; `:0` leaves it to the quality.
 * @throws EngineError media-profile-invalid
 */
export function parseProfiles(text: string, options: ParseProfilesOptions): VideoProfile[] {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  if (items.length === 0) throw invalid(text, 'no profile is named');
  if (items.length > MOST_PROFILES) throw invalid(text, `more than ${MOST_PROFILES} profiles`);
  const profiles = items.map((item) => parseProfile(item, options));
  const twice = profiles.find((profile, index) => profiles.findIndex(({ name }) => name === profile.name) !== index);
  if (twice) throw invalid(text, `${twice.name} is there twice`);
  return profiles;
}

function parseProfile(item: string, { codec, container }: ParseProfilesOptions): VideoProfile {
  const match = /^(?:(\d+p)|(\d+)x(\d+))(?:@(\d+(?:\.\d+)?)(?:\/(\d+))?)?(?::(\d+(?:\.\d+)?)([kM]?))?$/.exec(item);
  if (!match) throw invalid(item, 'it is not written like a profile');
  const [, rung, wide, high, fps, fpsDen, rate, unit] = match;
  const ladder = rung === undefined ? undefined : LADDER.get(rung);
  if (rung !== undefined && !ladder) throw invalid(item, `${rung} is not one of ${[...LADDER.keys()].join(', ')}`);
  const width = ladder?.[0] ?? Number(wide);
  const height = ladder?.[1] ?? Number(high);
  for (const size of [width, height]) {
    if (size < SMALLEST || size > LARGEST) throw invalid(item, `sizes go from ${SMALLEST} to ${LARGEST} pixels`);
  }
  const bitrate = rate === undefined ? (ladder?.[2] ?? proportionalBitrate(width, height)) : bits(rate, unit);
  return {
    name: item.replace(/[/:@]/g, '_'),
    width,
    height,
    bitrate,
    ...frameRate(item, fps, fpsDen),
    container,
    profile: 'default',
    gop: 'default',
    codec,
    quality: 0,
  };
}

function frameRate(item: string, fps: string | undefined, fpsDen: string | undefined): { fps: number; fpsDen: number } {
  if (fps === undefined) return { fps: 0, fpsDen: 1 };
  const denominator = fpsDen === undefined ? 1 : Number(fpsDen);
  const rate = Number(fps) / denominator;
  if (!(rate > 0 && rate <= 240)) throw invalid(item, 'frame rates go up to 240');
  if (Number.isInteger(Number(fps))) return { fps: Number(fps), fpsDen: denominator };
  if (fpsDen !== undefined) throw invalid(item, 'a frame rate is a number or a fraction of two whole numbers');
  // 29.97 and 23.976 are short for fractions over 1001.
  const ntsc = Math.round(Number(fps)) * 1000;
  if (Math.abs(ntsc / 1001 - Number(fps)) < 0.005) return { fps: ntsc, fpsDen: 1001 };
  return { fps: Math.round(Number(fps) * 1000), fpsDen: 1000 };
}

function bits(rate: string, unit: string | undefined): number {
  return Math.round(Number(rate) * (unit === 'M' ? 1_000_000 : unit === 'k' ? 1000 : 1));
}

/** Bits per second in the ratio of 720p's 3 Mbit/s. */
function proportionalBitrate(width: number, height: number): number {
  return Math.max(100_000, Math.round((3_000_000 * width * height) / (1280 * 720) / 1000) * 1000);
}

function invalid(text: string, reason: string): EngineError {
  return new EngineError({
    code: 'media-profile-invalid',
    message: `"${text}" does not name profiles: ${reason}`,
    nextStep: `Profiles are ${PROFILES_SYNTAX}. Example: 240p,360p,1280x720@30:3M`,
  });
}
