import { readFile } from 'node:fs/promises';
import { ffmpegVersion } from 'node-av/ffmpeg';
import type { FfmpegReport } from './probe-protocol.ts';

/** Loads node-av's native part into this process and reads what it is. Rejects when it cannot be loaded. */
export async function readFfmpeg(): Promise<FfmpegReport> {
  const { Codec } = await import('node-av/lib');
  const names = ['libx264', 'libx265', 'h264_nvenc', 'hevc_nvenc', 'av1_nvenc'];
  return {
    nodeAv: await readNodeAvVersion(),
    ffmpeg: ffmpegVersion(),
    encoders: Object.fromEntries(
      names.map((name) => [name, Codec.findEncoderByName(name as Parameters<typeof Codec.findEncoderByName>[0]) !== null]),
    ),
  };
}

/** The version of the node-av package in use, without loading its native part; part of the key of cached probes. */
export async function readNodeAvVersion(): Promise<string> {
  const text = await readFile(new URL('../package.json', import.meta.resolve('node-av')), 'utf8');
  const { version } = JSON.parse(text) as { version?: unknown };
  return typeof version === 'string' ? version : 'unknown';
}
