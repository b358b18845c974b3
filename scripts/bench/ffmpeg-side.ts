import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import type { VideoProfile } from '../../engine/api/media.ts';

/** The `ffmpeg` command that the reference side spawns for each segment. */
export const FFMPEG = '/usr/bin/ffmpeg';

/** Which encoder the reference side uses: the same kind as Siphon's. */
export type ReferenceEncoder = 'libx264' | 'h264_nvenc';

/**
 * One `ffmpeg` command per segment with every rendition, as LPMS sets the encoder (transcoder.md §6.3): preset medium,
 * bit rate = min = max = buffer, three B-frames (none on NVENC), forced IDR, audio copied, time stamps kept.
 */
function ffmpegArguments(
  encoder: ReferenceEncoder,
  input: string,
  profiles: readonly VideoProfile[],
  outputs: readonly string[],
): string[] {
  const gpu = encoder === 'h264_nvenc';
  const args = ['-hide_banner', '-loglevel', 'error', '-nostdin', '-y', '-copyts'];
  if (gpu) args.push('-hwaccel', 'cuda', '-hwaccel_output_format', 'cuda');
  args.push('-i', input);
  profiles.forEach((profile, index) => {
    const rate = String(profile.bitrate);
    const scale = `${gpu ? 'scale_cuda' : 'scale'}=${profile.width}:${profile.height}`;
    args.push('-map', '0:v:0', '-map', '0:a:0?', '-vf', scale, '-c:v', encoder, '-preset', 'medium', '-forced-idr', '1');
    args.push('-bf', gpu ? '0' : '3', ...(gpu ? [] : ['-pix_fmt', 'yuv420p']));
    args.push('-b:v', rate, '-minrate', rate, '-maxrate', rate, '-bufsize', rate, '-fps_mode', 'passthrough');
    args.push('-c:a', 'copy', '-muxdelay', '0', '-muxpreload', '0', '-f', 'mpegts', outputs[index] ?? '');
  });
  return args;
}

/** Spawns `ffmpeg` per segment, in a memory-backed folder where there is one, so that the disk does not slow it. */
export class FfmpegSide implements Disposable {
  readonly #folder: string;
  readonly #profiles: readonly VideoProfile[];
  readonly #encoder: ReferenceEncoder;

  constructor(profiles: readonly VideoProfile[], encoder: ReferenceEncoder) {
    this.#profiles = profiles;
    this.#encoder = encoder;
    this.#folder = mkdtempSync(path.join(process.platform === 'linux' ? '/dev/shm' : tmpdir(), 'siphon-bench-'));
  }

  /** Files of the last segment of a session, in profile order. */
  outputs(session: number): string[] {
    return this.#profiles.map((profile) => path.join(this.#folder, `${session}-${profile.name}.ts`));
  }

  /** Transcodes one segment; resolves with the milliseconds it took, its file's writing included. */
  async transcode(session: number, data: Uint8Array): Promise<number> {
    const started = performance.now();
    const input = path.join(this.#folder, `${session}-source.ts`);
    writeFileSync(input, data);
    await execa(FFMPEG, ffmpegArguments(this.#encoder, input, this.#profiles, this.outputs(session)), {
      stdin: 'ignore',
      timeout: 120_000,
    });
    return performance.now() - started;
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
