import type { VideoProfile } from '../api/media.ts';

function preset(name: string, width: number, height: number, fps: number, kilobits: number): VideoProfile {
  return {
    name,
    width,
    height,
    bitrate: kilobits * 1000,
    fps,
    fpsDen: 1,
    container: 'mpegts',
    profile: 'default',
    gop: 'default',
    codec: 'h264',
    quality: 0,
  };
}

/** The network's built-in profiles by name (LPMS `ffmpeg/videoprofile.go`). `P144p25fps16x9` has an id, but is no preset. */
export const PRESETS: ReadonlyMap<string, VideoProfile> = new Map(
  [
    preset('P720p60fps16x9', 1280, 720, 60, 6000),
    preset('P720p30fps16x9', 1280, 720, 30, 4000),
    preset('P720p25fps16x9', 1280, 720, 25, 3500),
    preset('P720p30fps4x3', 960, 720, 30, 3500),
    preset('P576p30fps16x9', 1024, 576, 30, 1500),
    preset('P576p25fps16x9', 1024, 576, 25, 1500),
    preset('P360p30fps16x9', 640, 360, 30, 1200),
    preset('P360p25fps16x9', 640, 360, 25, 1000),
    preset('P360p30fps4x3', 480, 360, 30, 1000),
    preset('P240p30fps16x9', 426, 240, 30, 600),
    preset('P240p25fps16x9', 426, 240, 25, 600),
    preset('P240p30fps4x3', 320, 240, 30, 600),
    preset('P144p30fps16x9', 256, 144, 30, 400),
  ].map((profile) => [profile.name, profile]),
);
