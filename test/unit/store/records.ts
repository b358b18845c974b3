import type { GpuSample } from '../../../engine/api/hardware.ts';
import type { SegmentRecord, SessionRecord } from '../../../engine/api/snapshot.ts';

/** A finished segment as the transcoder records it. */
export function segment(id: string, changes: Partial<SegmentRecord> = {}): SegmentRecord {
  return {
    id,
    sessionId: 'session-1',
    manifestId: 'manifest-1',
    seq: 7,
    state: 'done',
    startedAtMs: 1_764_000_000_000,
    durationMs: 2000.5,
    sourceBytes: 1_000_000,
    source: { width: 1920, height: 1080, fps: 29.97, codec: 'h264' },
    decodedPixels: 124_416_000,
    encodedPixels: 5_000_000_000,
    renditions: [
      { name: '720p', width: 1280, height: 720, frames: 60, bytes: 700_000, pixels: 55_296_000 },
      { name: '240p', width: 426, height: 240, frames: 60, bytes: 60_000, pixels: 6_134_400 },
    ],
    hops: { admitMs: 0.4, downloadMs: 12.25, handoffMs: 3, codecMs: 400, uploadMs: 20, totalMs: 436 },
    realtimeFactor: 4.58,
    device: { kind: 'gpu', id: 'GPU-1', name: 'NVIDIA GeForce RTX 3060', encoder: 'h264_nvenc' },
    ...changes,
  };
}

/** A failed segment, with only what is known of one that was never downloaded. */
export function failedSegment(id: string, changes: Partial<SegmentRecord> = {}): SegmentRecord {
  return {
    id,
    sessionId: 'session-1',
    manifestId: 'manifest-1',
    seq: 8,
    state: 'failed',
    startedAtMs: 1_764_000_000_000,
    durationMs: 2000,
    sourceBytes: 0,
    decodedPixels: 0,
    encodedPixels: 0,
    renditions: [],
    hops: { admitMs: 1 },
    error: { code: 'download-failed', message: 'the segment could not be downloaded: 404', nextStep: 'Nothing to do.' },
    ...changes,
  };
}

/** A session as it stands after a few segments. */
export function session(id: string, changes: Partial<SessionRecord> = {}): SessionRecord {
  return {
    id,
    manifestId: 'manifest-1',
    startedAtMs: 1_764_000_000_000,
    lastSegmentAtMs: 1_764_000_010_000,
    segments: 5,
    failed: 1,
    encodedPixels: 9_007_199_254_740_991,
    profiles: ['720p', '240p'],
    realtimeFactor: 4.5,
    device: { kind: 'cpu', id: 'cpu', name: 'CPU', encoder: 'libx264' },
    ...changes,
  };
}

/** One reading of a GPU. */
export function gpuSample(atMs: number, changes: Partial<GpuSample> = {}): GpuSample {
  return {
    uuid: 'GPU-1',
    atMs,
    temperatureC: 60,
    powerW: 100.5,
    powerLimitW: 170,
    utilisationPercent: 30,
    encoderPercent: 50,
    decoderPercent: 20,
    memoryUsedBytes: 9_000_000_000,
    nvencSessions: 3,
    ...changes,
  };
}
