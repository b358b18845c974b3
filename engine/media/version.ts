import { ffmpegVersion } from 'node-av/ffmpeg';

/** Version of the FFmpeg that is linked into `node-av`, e.g. `8.1`. Reading it loads no native code. */
export const FFMPEG_VERSION: string = ffmpegVersion();
