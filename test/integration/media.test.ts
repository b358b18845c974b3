import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TranscodeJob, TranscodeResult, VideoProfile } from '../../engine/api/media.ts';
import { silentLog } from '../../engine/base/log.ts';
import { generateClip, type SourceSegment } from '../../engine/media/source.ts';
import { createTranscoder, type MediaTranscoder } from '../../engine/media/transcoder.ts';
import { job, Lab, profile, unevenness } from '../unit/media/support.ts';

let lab: Lab;
let transcoder: MediaTranscoder;
let clip: readonly SourceSegment[];

beforeAll(async () => {
  lab = new Lab();
  [transcoder, { segments: clip }] = await Promise.all([
    createTranscoder({ devices: [{ kind: 'cpu', id: 'cpu', name: 'CPU', cores: 2 }], log: silentLog }),
    generateClip({ width: 320, height: 180, fps: 30, seconds: 3, segmentSeconds: 1 }),
  ]);
});

afterAll(async () => {
  await transcoder?.[Symbol.asyncDispose]();
  lab?.[Symbol.dispose]();
});

let session = 0;

/** Transcodes one segment in a session of its own and writes `<name>.ts|mp4` per profile. */
async function run(
  input: Uint8Array,
  profiles: readonly VideoProfile[],
  more: Partial<TranscodeJob> = {},
): Promise<TranscodeResult & { files: string[] }> {
  session += 1;
  const result = await transcoder.transcode(job(input, { sessionId: `s${session}`, profiles, ...more }), { timeoutMs: 60_000 });
  const files = result.renditions.map((rendition, index) => {
    const name = `${session}-${index}${rendition.container === 'mp4' ? '.mp4' : '.ts'}`;
    lab.write(name, rendition.data);
    return name;
  });
  return { ...result, files };
}

const segment = (index: number): Uint8Array => (clip[index] ?? clip[0])?.data ?? new Uint8Array();
const made = (command: string, name: string): Uint8Array => {
  lab.ffmpeg(`${command} ${name}`);
  return readFileSync(lab.at(name));
};
const failure = (promise: Promise<unknown>): Promise<{ code?: string; details?: { wireText?: string } }> =>
  promise.then(
    () => ({}),
    (error) => error,
  );
const TEST = '-f lavfi -i testsrc2=s=320x180:r=30:d=1';
const TONE = '-f lavfi -i sine=440:r=48000:d=1';
const X264 = '-c:v libx264 -preset ultrafast -pix_fmt yuv420p';

describe('the default set of abilities', () => {
  test('is served, with everything else that was really tried here', () => {
    for (const capability of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 26])
      expect(transcoder.capabilities).toContain(capability);
    expect(transcoder.capabilities).toContain(15);
    expect(transcoder.capabilities).not.toContain(27);
  });
});

describe('a segment', () => {
  test('becomes all its renditions in order, with true sizes, lengths and pixel counts', async () => {
    const profiles = [
      profile({ name: 'a', width: 256, height: 144 }),
      profile({ name: 'b', width: 160, height: 90 }),
      profile({ name: 'c', width: 320, height: 180 }),
    ];
    const result = await run(segment(0), profiles);
    expect(result.source).toMatchObject({
      container: 'mpegts',
      codec: 'h264',
      width: 320,
      height: 180,
      fps: 30,
      durationMs: 1000,
      hasAudio: true,
      frames: 30,
      pixels: 30 * 320 * 180,
    });
    expect(result.device).toEqual({ kind: 'cpu', id: 'cpu', name: 'CPU', encoder: 'libx264' });
    expect(result.renditions.map(({ name, width, height, frames, pixels }) => [name, width, height, frames, pixels])).toEqual([
      ['a', 256, 144, 30, 30 * 256 * 144],
      ['b', 160, 90, 30, 30 * 160 * 90],
      ['c', 320, 180, 30, 30 * 320 * 180],
    ]);
    for (const [index, file] of result.files.entries()) {
      const [video, audio] = lab.streams(file);
      expect(video).toMatchObject({
        codec_name: 'h264',
        profile: 'High',
        pix_fmt: 'yuv420p',
        avg_frame_rate: '30/1',
        nb_read_packets: '30',
        width: profiles[index]?.width,
        height: profiles[index]?.height,
      });
      expect(Number(video?.duration)).toBeCloseTo(1, 2);
      expect(audio).toMatchObject({ codec_name: 'aac', sample_rate: '48000' });
      expect(lab.times(file, 'v')[0]?.key).toBe(true);
    }
  });

  test('keeps its place on the time line, so that segments join without gap or jump', async () => {
    const parts: Buffer[] = [];
    for (const index of [0, 1, 2]) {
      const result = await transcoder.transcode(job(segment(index), { sessionId: 'joined', seq: index }), { timeoutMs: 60_000 });
      parts.push(Buffer.from(result.renditions[0]?.data ?? []));
    }
    lab.write('joined.ts', Buffer.concat(parts));
    const video = lab.times('joined.ts', 'v');
    expect(video).toHaveLength(90);
    expect(video[0]?.pts).toBeCloseTo(10, 3);
    expect(
      unevenness(
        video.map(({ pts }) => pts),
        1 / 30,
      ),
    ).toBeLessThan(0.0001);
    expect(video.slice(1).every(({ dts }, index) => dts > (video[index]?.dts ?? 0))).toBe(true);
    expect(
      unevenness(
        lab.times('joined.ts', 'a').map(({ pts }) => pts),
        1024 / 48_000,
      ),
    ).toBeLessThan(0.0001);
  });

  test('that starts at zero is not moved by its B-frames', async () => {
    const input = made(`${TEST} ${X264} -bf 2 -f mp4`, 'zero.mp4');
    const { files } = await run(input, [profile()]);
    expect(Math.min(...lab.times(files[0] ?? '', 'v').map(({ pts }) => pts))).toBe(0);
  });

  test('without sound gives renditions without sound', async () => {
    const { files, source } = await run(made(`${TEST} ${X264}`, 'mute.ts'), [profile()]);
    expect(source.hasAudio).toBe(false);
    expect(lab.streams(files[0] ?? '').map((stream) => stream.codec_type)).toEqual(['video']);
  });

  test('stays portrait, whatever the profile’s orientation', async () => {
    const input = made(`-f lavfi -i testsrc2=s=360x640:r=30:d=0.5 ${X264}`, 'portrait.ts');
    const { renditions, files } = await run(input, [profile({ width: 320, height: 180 })]);
    expect(renditions[0]).toMatchObject({ width: 180, height: 320 });
    expect(lab.streams(files[0] ?? '')[0]).toMatchObject({ width: 180, height: 320 });
  });

  test('of odd size gets even renditions', async () => {
    const input = made('-f lavfi -i testsrc2=s=321x181:r=30:d=0.5 -c:v libx264 -preset ultrafast -pix_fmt yuv444p', 'odd.ts');
    const { renditions } = await run(input, [profile({ width: 200, height: 0 })]);
    expect(renditions[0]).toMatchObject({ width: 200, height: 112 });
  });

  test('that changes size in the middle is scaled on, and its pixels are counted as they come', async () => {
    const first = made(`-f lavfi -i testsrc2=s=320x180:r=30:d=0.5 ${X264} -bf 0`, 'small.ts');
    const second = made(`-f lavfi -i testsrc2=s=640x360:r=30:d=0.5 ${X264} -bf 0 -output_ts_offset 0.5`, 'large.ts');
    const third = made(`-f lavfi -i testsrc2=s=320x240:r=30:d=0.5 ${X264} -bf 0 -output_ts_offset 1`, 'tall.ts');
    const { source, renditions } = await run(Buffer.concat([first, second, third]), [profile({ width: 160, height: 90 })]);
    expect(source.frames).toBe(45);
    expect(source.pixels).toBe(15 * (320 * 180 + 640 * 360 + 320 * 240));
    expect(renditions[0]).toMatchObject({ frames: 45, pixels: 30 * 160 * 90 + 15 * 160 * 120 });
  });

  test('of another shape in the same session is not mistaken for the last one', async () => {
    const wide = made(`-f lavfi -i testsrc2=s=320x180:r=30:d=0.5 ${X264} -bf 0`, 'wide.ts');
    const square = made(`-f lavfi -i testsrc2=s=240x240:r=25:d=0.4 ${X264} -bf 2`, 'square.ts');
    const outcomes: unknown[] = [];
    for (const [seq, input] of [wide, wide, square, square, wide].entries()) {
      const { source, renditions } = await transcoder.transcode(job(input, { sessionId: 'shapes', seq }), { timeoutMs: 60_000 });
      outcomes.push([
        source.width,
        source.height,
        Math.round(source.fps),
        source.frames,
        renditions[0]?.width,
        renditions[0]?.height,
      ]);
    }
    const wideOutcome = [320, 180, 30, 15, 160, 90];
    const squareOutcome = [240, 240, 25, 10, 160, 160];
    expect(outcomes).toEqual([wideOutcome, wideOutcome, squareOutcome, squareOutcome, wideOutcome]);
  });

  test('that starts late with its key frame is decoded from there', async () => {
    const whole = Buffer.from(
      made(`${TEST} ${X264} -g 15 -bf 0 -f mpegts -mpegts_flags resend_headers -pat_period 0.1`, 'keys.ts'),
    );
    // Everything before the second PAT that follows the first sixth of the file goes, the first key frame with it.
    let cut = Math.floor(whole.length / 6 / 188) * 188;
    while (cut < whole.length && (whole.readUInt16BE(cut + 1) & 0x1fff) !== 0) cut += 188;
    const { source } = await run(whole.subarray(cut), [profile()]);
    expect(source.frames).toBeGreaterThan(0);
    expect(source.frames).toBeLessThan(30);
  });
});

describe('frame rates', () => {
  test('60 to 30 halves the frames', async () => {
    const input = made(`-f lavfi -i testsrc2=s=320x180:r=60:d=1 ${X264}`, 'sixty.ts');
    const { renditions, files, source } = await run(input, [profile({ fps: 30 })]);
    expect(source).toMatchObject({ fps: 60, frames: 60 });
    expect(renditions[0]).toMatchObject({ frames: 30, pixels: 30 * 160 * 90 });
    expect(lab.streams(files[0] ?? '')[0]).toMatchObject({ avg_frame_rate: '30/1', nb_read_packets: '30' });
  });

  test('30 to 60 doubles them, and 30000/1001 is exact', async () => {
    const { renditions, files } = await run(segment(0), [profile({ fps: 60 }), profile({ fps: 30_000, fpsDen: 1001 })]);
    expect(renditions.map(({ frames }) => frames)).toEqual([60, 30]);
    expect(lab.streams(files[0] ?? '')[0]?.avg_frame_rate).toBe('60/1');
    expect(lab.streams(files[1] ?? '')[0]?.avg_frame_rate).toBe('30000/1001');
  });

  test('a rate far beyond the source is stopped as a runaway', async () => {
    expect(await failure(run(segment(0), [profile({ fps: 1000 })]))).toMatchObject({
      code: 'media-runaway',
      details: { wireText: 'Encoded frames runaway' },
    });
  });
});

describe('key frames and profiles', () => {
  test('intra only makes every frame a key frame', async () => {
    const { files } = await run(segment(0), [profile({ gop: 'intra' })]);
    expect(lab.times(files[0] ?? '', 'v').every(({ key }) => key)).toBe(true);
  });

  test('a GOP in milliseconds holds with the source’s own timing and with a rate', async () => {
    const { files } = await run(segment(0), [profile({ gop: 400 }), profile({ gop: 400, fps: 30 })]);
    for (const file of files) {
      const keys = lab.times(file, 'v').flatMap(({ key }, index) => (key ? [index] : []));
      expect(keys).toEqual([0, 12, 24]);
    }
  });

  test.each([
    ['baseline', 'Constrained Baseline', false],
    ['main', 'Main', true],
    ['high', 'High', true],
    ['constrained-high', 'High', false],
  ] as const)('profile %s is %s', async (asked, name, bFrames) => {
    const { files } = await run(segment(0), [profile({ profile: asked })]);
    expect(lab.streams(files[0] ?? '')[0]?.profile).toBe(name);
    expect(lab.pictureTypes(files[0] ?? '').includes('B')).toBe(bFrames);
  });

  test('quality without a bitrate decides the size', async () => {
    const input = made(`${TEST} ${X264}`, 'detail.ts');
    const { renditions } = await run(input, [profile({ bitrate: 0, quality: 20 }), profile({ bitrate: 0, quality: 45 })]);
    expect(renditions[0]?.data.length).toBeGreaterThan(2 * (renditions[1]?.data.length ?? 0));
  });
});

describe('colours', () => {
  test.each([
    ['bt709', 'bt709', 'bt709'],
    ['bt2020nc', 'smpte2084', 'bt2020'],
    // FFmpeg's scalers refuse to touch these.
    ['YCgCo', 'log100', 'film'],
  ])('are handed on as they are: %s, %s, %s', async (matrix, transfer, primaries) => {
    const labels = `-x264-params colormatrix=${matrix}:transfer=${transfer}:colorprim=${primaries}`;
    const source = made(`${TEST} ${X264} ${labels}`, `${matrix}.ts`);
    const { files } = await run(source, [profile(), profile({ width: 320, height: 180 })]);
    for (const file of files) {
      const [{ color_space, color_transfer, color_primaries } = {}] = lab.streams(file);
      expect([color_space, color_transfer, color_primaries]).toEqual([matrix.toLowerCase(), transfer, primaries]);
    }
  });

  test('of RGB become those of video', async () => {
    const source = made(`${TEST} -c:v libx264rgb -preset ultrafast`, 'rgb.ts');
    const { files } = await run(source, [profile()]);
    const [{ pix_fmt, color_space = 'unknown' } = {}] = lab.streams(files[0] ?? '');
    expect([pix_fmt, color_space]).toEqual(['yuv420p', 'unknown']);
  });
});

describe('containers and codecs', () => {
  test('MP4 comes in and goes out with its index in front, the comment, and copied sound', async () => {
    const input = made(`${TEST} ${TONE} ${X264} -c:a aac`, 'in.mp4');
    const { files, renditions, source } = await run(input, [profile({ container: 'mp4' })]);
    expect(source.hasAudio).toBe(true);
    const data = Buffer.from(renditions[0]?.data ?? []);
    expect(data.indexOf('moov')).toBeGreaterThan(0);
    expect(data.indexOf('moov')).toBeLessThan(data.indexOf('mdat'));
    const [video, audio] = lab.streams(files[0] ?? '');
    expect(video).toMatchObject({ codec_name: 'h264', nb_frames: '30', avg_frame_rate: '30/1' });
    expect(audio).toMatchObject({ codec_name: 'aac' });
    expect(lab.format(files[0] ?? '').tags).toMatchObject({ comment: 'Processed by Livepeer Transcoder 0.9.1 (offchain)' });
    expect(lab.pictureTypes(files[0] ?? '')).toHaveLength(30);
  });

  test('MPEG-TS names the service provider', async () => {
    const { files } = await run(segment(0), [profile()]);
    expect(lab.programs(files[0] ?? '')[0]?.tags).toMatchObject({ service_provider: 'Livepeer Transcoder 0.9.1 (offchain)' });
  });

  test('HEVC comes in and goes out', async () => {
    const { segments } = await generateClip({
      width: 320,
      height: 180,
      fps: 30,
      seconds: 0.5,
      segmentSeconds: 0.5,
      codec: 'hevc',
    });
    const { files, source } = await run(segments[0]?.data ?? new Uint8Array(), [profile({ codec: 'hevc' }), profile()]);
    expect(source).toMatchObject({ codec: 'hevc', frames: 15 });
    expect(files.map((file) => lab.streams(file)[0]?.codec_name)).toEqual(['hevc', 'h264']);
    expect(lab.pictureTypes(files[0] ?? '')).toHaveLength(15);
  });

  test('the picture is as good as ffmpeg’s with the same settings', async () => {
    lab.ffmpeg(
      `-f lavfi -i testsrc2=s=640x360:r=30:d=2,noise=alls=8:allf=t -c:v libx264 -preset veryfast -b:v 3M -pix_fmt yuv420p quality.ts`,
    );
    const input = lab.at('quality.ts');
    const { files } = await run(readFileSync(input), [profile({ width: 256, height: 144, bitrate: 300_000 })]);
    lab.ffmpeg(
      `-i ${input} -vf scale=256:144 -c:v libx264 -preset medium -bf 3 -b:v 300k -minrate 300k -maxrate 300k -bufsize 300k reference.ts`,
    );
    const score = (file: string): number => {
      lab.ffmpeg(`-i ${file} -i ${input} -lavfi [1:v]scale=256:144[r];[0:v][r]psnr=stats_file=${lab.at('psnr.log')} -f null -`);
      const values = readFileSync(lab.at('psnr.log'), 'utf8').match(/psnr_avg:([\d.]+)/g) ?? [];
      return values.reduce((sum, value) => sum + Number(value.split(':')[1]), 0) / values.length;
    };
    expect(score(files[0] ?? '')).toBeGreaterThan(score('reference.ts') - 0.1);
  });
});

describe('clips and hashes', () => {
  test('a clip keeps the frames between its ends and begins at zero', async () => {
    const { renditions, files } = await run(segment(0), [profile()], { clip: { fromMs: 200, toMs: 500 } });
    expect(renditions[0]?.frames).toBe(10);
    const times = lab.times(files[0] ?? '', 'v');
    expect(Math.min(...times.map(({ pts }) => pts))).toBe(0);
    expect(times[0]?.key).toBe(true);
  });

  test('a clip that ends before it begins is refused', async () => {
    expect(await failure(run(segment(0), [profile()], { clip: { fromMs: 500, toMs: 200 } }))).toMatchObject({
      code: 'media-clip-invalid',
      details: { wireText: 'TranscoderInvalidClipConfig' },
    });
  });

  test('the perceptual hash is FFmpeg’s own MPEG-7 signature of the rendition’s pictures', async () => {
    const input = lab.write('hash.ts', segment(0));
    const { renditions } = await run(segment(0), [profile({ width: 320, height: 180 }), profile()], { perceptualHash: true });
    lab.ffmpeg(`-copyts -i ${input} -an -vf signature=format=binary:filename=${lab.at('signature.bin')} -f null -`);
    const expected = readFileSync(lab.at('signature.bin'));
    expect(Buffer.from(renditions[0]?.signature ?? []).equals(expected)).toBe(true);
    expect(renditions[1]?.signature?.length).toBe(expected.length);
    expect((await run(segment(0), [profile()])).renditions[0]?.signature).toBeUndefined();
  });
});

describe('segments that are no good', () => {
  test.each([
    ['nothing', () => new Uint8Array(), 'media-empty', 'TranscoderInvalidVideo'],
    ['text', () => Buffer.from('hello, world\n'.repeat(4000)), 'media-malformed', 'TranscoderInvalidVideo'],
    ['zeros', () => new Uint8Array(200_000), 'media-malformed', 'TranscoderInvalidVideo'],
    [
      'a playlist that points at a local file',
      () => Buffer.from('#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/hostname\n'),
      'media-malformed',
      'TranscoderInvalidVideo',
    ],
    ['sound alone', () => made(`${TONE} -c:a aac`, 'sound.ts'), 'media-no-video', 'TranscoderInvalidVideo'],
    ['another codec', () => made(`${TEST} -c:v mpeg2video`, 'mpeg2.ts'), 'media-unsupported-codec', 'Unsupported input codec'],
    [
      'more than 300 seconds',
      () => made('-f lavfi -i testsrc2=s=64x64:r=1:d=305 -c:v libx264 -preset ultrafast', 'long.mp4'),
      'media-too-long',
      'TranscoderInvalidDuration',
    ],
  ] as const)('%s fails with its own error', async (_, input, code, wireText) => {
    const pid = transcoder.devices[0]?.pid;
    expect(await failure(run(input(), [profile()]))).toMatchObject({ code, details: { wireText } });
    expect(transcoder.devices[0]?.pid).toBe(pid);
  });

  test('without a key frame says so', async () => {
    const whole = Buffer.from(made(`${TEST} ${X264} -g 300 -bf 0 -f mpegts -pat_period 0.05`, 'onekey.ts'));
    let cut = Math.floor(whole.length / 3 / 188) * 188;
    while (cut < whole.length && (whole.readUInt16BE(cut + 1) & 0x1fff) !== 0) cut += 188;
    expect(await failure(run(whole.subarray(cut), [profile()]))).toMatchObject({
      code: expect.stringMatching(/^media-no-(keyframe|video)$/),
    });
  });

  test('larger than 300 MB is refused before it is copied anywhere', async () => {
    const begun = performance.now();
    expect(await failure(run(new Uint8Array(300_000_001), [profile()]))).toMatchObject({ code: 'media-too-large' });
    expect(performance.now() - begun).toBeLessThan(1000);
  });

  test('more than ten renditions are refused', async () => {
    expect(
      await failure(
        run(
          segment(0),
          Array.from({ length: 11 }, () => profile()),
        ),
      ),
    ).toMatchObject({ details: { wireText: 'Too many outputs' } });
  });

  test('an encoder that isn’t here is named', async () => {
    expect(await failure(run(segment(0), [profile({ codec: 'vp9' })]))).toMatchObject({
      details: { wireText: 'Encoder not found' },
    });
  });

  test('broken bytes never harm the worker', async () => {
    const pid = transcoder.devices[0]?.pid;
    let seed = 42;
    const random = () => {
      seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
      return seed / 0x7fffffff;
    };
    const mp4 = made(`${TEST} ${X264}`, 'fuzz.mp4');
    for (let round = 0; round < 24; round++) {
      const source = Buffer.from(round % 3 === 2 ? mp4 : segment(round % 3));
      const broken = round % 2 === 0 ? source : source.subarray(0, Math.floor(random() * source.length));
      for (let hits = 0; hits < 40; hits++) broken[Math.floor(random() * broken.length)] = Math.floor(random() * 256);
      const outcome = await failure(run(broken, [profile({ container: round % 4 === 0 ? 'mp4' : 'mpegts' })]));
      if (outcome.code !== undefined) expect(outcome.code).toMatch(/^media-/);
    }
    expect(transcoder.devices[0]?.pid).toBe(pid);
    expect((await run(segment(0), [profile()])).renditions[0]?.frames).toBe(30);
  });
});
