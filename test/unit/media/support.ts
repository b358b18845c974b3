import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TranscodeJob, VideoProfile } from '../../../engine/api/media.ts';

/** A rendition profile with the network's defaults. */
export function profile(more: Partial<VideoProfile> = {}): VideoProfile {
  return {
    name: 'p',
    width: 160,
    height: 90,
    bitrate: 200_000,
    fps: 0,
    fpsDen: 1,
    container: 'mpegts',
    profile: 'default',
    gop: 'default',
    codec: 'h264',
    quality: 0,
    ...more,
  };
}

/** A job for one segment. */
export function job(input: TranscodeJob['input'], more: Partial<TranscodeJob> = {}): TranscodeJob {
  return {
    sessionId: 'session',
    manifestId: 'manifest',
    seq: 0,
    input,
    durationMs: 1000,
    profiles: [profile()],
    perceptualHash: false,
    reinitialise: false,
    serviceProvider: 'Livepeer Transcoder 0.9.1 (offchain)',
    ...more,
  };
}

/** A private folder for a test file, with ffmpeg and ffprobe at hand. */
export class Lab implements Disposable {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'siphon-media-test-'));

  /** Path of a file in the folder. */
  at(name: string): string {
    return path.join(this.folder, name);
  }

  write(name: string, data: Uint8Array): string {
    writeFileSync(this.at(name), data);
    return this.at(name);
  }

  read(name: string): Uint8Array {
    return readFileSync(this.at(name));
  }

  /** Runs Debian's ffmpeg in the folder; arguments are separated by blanks. */
  ffmpeg(command: string): void {
    execFileSync('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...command.split(/\s+/)], { cwd: this.folder });
  }

  /** ffprobe's streams of a file, as it prints them. */
  streams(name: string): Record<string, string | number>[] {
    return this.#probe(name, ['-show_streams', '-count_packets']).streams as Record<string, string | number>[];
  }

  format(name: string): Record<string, unknown> {
    return this.#probe(name, ['-show_format', '-show_programs']).format as Record<string, unknown>;
  }

  programs(name: string): Record<string, Record<string, string>>[] {
    return this.#probe(name, ['-show_programs']).programs as Record<string, Record<string, string>>[];
  }

  /** Presentation times of a stream's packets in decoding order, seconds; `v` or `a`. */
  times(name: string, stream: 'v' | 'a'): { pts: number; dts: number; key: boolean }[] {
    const probe = this.#probe(name, ['-show_packets', '-select_streams', stream]);
    return (probe.packets as Record<string, string>[]).map((packet) => ({
      pts: Number(packet.pts_time),
      dts: Number(packet.dts_time),
      key: (packet.flags ?? '').startsWith('K'),
    }));
  }

  /** Every packet of each stream, in its order: times, and for sound a hash of its bytes. */
  packets(name: string): string[] {
    const probe = this.#probe(name, ['-show_packets', '-show_data_hash', 'md5']);
    return (probe.packets as Record<string, string>[])
      .toSorted((a, b) => Number(a.stream_index) - Number(b.stream_index))
      .map(({ codec_type, pts, dts, flags, data_hash }) =>
        [codec_type, pts, dts, flags, codec_type === 'audio' ? data_hash : ''].join(' '),
      );
  }

  /** Picture types in display order, e.g. `IPBB`. */
  pictureTypes(name: string): string {
    const probe = this.#probe(name, ['-show_frames', '-select_streams', 'v', '-show_entries', 'frame=pict_type']);
    return (probe.frames as Record<string, string>[]).map((frame) => frame.pict_type).join('');
  }

  #probe(name: string, args: readonly string[]): Record<string, unknown> {
    const text = execFileSync('ffprobe', ['-v', 'error', '-of', 'json', ...args, name], { cwd: this.folder, maxBuffer: 1 << 26 });
    return JSON.parse(text.toString()) as Record<string, unknown>;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Largest difference between neighbours of a sorted list and `step`. */
export function unevenness(values: readonly number[], step: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.max(0, ...sorted.slice(1).map((value, index) => Math.abs(value - (sorted[index] ?? 0) - step)));
}
