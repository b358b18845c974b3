import path from 'node:path';
import { type Command, Option } from 'commander';
import type { Container, VideoCodec } from '../../api/media.ts';
import { EngineError } from '../../base/errors.ts';
import type { TranscodeFileResult } from '../../host/transcode-file.ts';
import { type CliContext, optionsOf, outputOf } from '../context.ts';
import { formatBitrate, formatBytes, formatDuration, formatTable, plain } from '../format.ts';
import { addExamples } from '../help.ts';
import { PROFILES_SYNTAX, parseProfiles } from '../profiles.ts';
import { Progress } from '../progress.ts';

interface TranscodeOptions {
  readonly profiles: string;
  readonly out: string;
  readonly container?: Container;
  readonly codec: VideoCodec;
  readonly device: string;
  readonly force?: boolean;
}

const MP4_NAMES = new Set(['.mp4', '.m4v', '.mov']);

/** `siphon transcode`: a video file through the engine's own pipeline, without a network. */
export function addTranscodeCommand(program: Command, context: CliContext): void {
  const command = program
    .command('transcode')
    .description('transcode a video file into several renditions on this machine')
    .argument('<file>', 'the video')
    .option('--profiles <list>', PROFILES_SYNTAX, '240p,360p,720p')
    .option('--out <folder>', 'where the results go', '.')
    .addOption(new Option('--container <format>', 'default: MP4 for MP4 and MOV files, else MPEG-TS').choices(['mp4', 'mpegts']))
    .addOption(new Option('--codec <codec>', 'of the results').choices(['h264', 'hevc', 'av1']).default('h264'))
    .option('--device <device>', 'auto, cpu, or the UUID of a GPU (siphon gpus)', 'auto')
    .option('--force', 'replace files that are there')
    .action(async (file: string, _options: unknown, self: Command) => {
      const options = optionsOf<TranscodeOptions>(self);
      const output = outputOf(context, options);
      const container = options.container ?? (MP4_NAMES.has(path.extname(file).toLowerCase()) ? 'mp4' : 'mpegts');
      const { transcodeFile } = await import('../../host/transcode-file.ts');
      const make = (as: Container): Promise<TranscodeFileResult> =>
        withProgress(context, !output.json && !output.quiet, path.basename(file), (onProgress) =>
          transcodeFile({
            input: file,
            profiles: parseProfiles(options.profiles, { codec: options.codec, container: as }),
            folder: options.out,
            overwrite: options.force === true,
            device: options.device,
            onProgress,
            signal: context.signal,
          }),
        );
      const result = await make(container).catch((error: unknown) => {
        if (options.container !== undefined || !isTooLong(error)) throw error;
        output.note('The file is too long for MP4 in one piece; making MPEG-TS.');
        return make('mpegts');
      });
      output.result(result, describe(result));
    });
  addExamples(command, [
    ['siphon transcode clip.mp4 --profiles 240p,360p,720p', 'clip-240p.mp4, clip-360p.mp4, clip-720p.mp4'],
    ['siphon transcode clip.ts --profiles 640x360@30:1M --out results', 'one rendition, 30 frames a second, 1 Mbit/s'],
    ['siphon transcode film.mp4 --container mpegts --json', 'long files become MPEG-TS'],
  ]);
}

function isTooLong(error: unknown): boolean {
  return error instanceof EngineError && (error.code === 'media-too-large' || error.code === 'media-too-long');
}

type OnProgress = (progress: { readonly bytes: number; readonly totalBytes: number; readonly mediaMs: number }) => void;

async function withProgress<T>(
  context: CliContext,
  shown: boolean,
  label: string,
  run: (onProgress: OnProgress) => Promise<T>,
): Promise<T> {
  using progress = new Progress(context.terminal, plain(label), shown);
  const startedMs = performance.now();
  progress.update(0, null, 'starting …');
  return await run(({ bytes, totalBytes, mediaMs }) => {
    const speed = mediaMs / (performance.now() - startedMs);
    // Pieces are a little larger or smaller than the file's own bytes; the bar never passes its end.
    progress.update(
      Math.min(bytes, totalBytes),
      totalBytes || null,
      `${formatDuration(mediaMs)} of video, ${speed.toFixed(1)}× real time`,
    );
  });
}

function describe({ device, mediaMs, tookMs, files }: TranscodeFileResult): string {
  const rows = files.map(({ file, width, height, codec, frames, bytes }) => [
    plain(file),
    `${width}×${height}`,
    codec,
    `${frames}`,
    formatBytes(bytes),
    mediaMs > 0 ? formatBitrate((bytes * 8000) / mediaMs) : '–',
  ]);
  return [
    formatTable(['file', 'size', 'codec', 'frames', 'bytes', 'rate'], rows),
    '',
    `${formatDuration(mediaMs)} of video in ${formatDuration(tookMs)}, ${(mediaMs / tookMs).toFixed(1)}× real time, on ${plain(device.name)} (${device.encoder})`,
  ].join('\n');
}
