import { AV_LOG_WARNING } from 'node-av/constants';
import { type CodecContext, type HardwareDeviceContext, Log } from 'node-av/lib';
import { type Clip, decodeClip, encodeClip, openCuda, openEncoder, scaleOnGpu } from './probe-clip.ts';
import type { AbilityReport, ProbeOutcome, SessionReport } from './probe-protocol.ts';
import { explainProbeFailure } from './probe-words.ts';
import type { Platform } from './smi-errors.ts';

/** Lines kept of what FFmpeg said during one try. */
const MAX_LOG_LINES = 50;

/** Takes FFmpeg's log of this process while alive, so that a failure can be explained by what was said during it. */
export class FfmpegLog implements Disposable {
  #lines: string[] = [];

  constructor() {
    Log.setCallback(
      (_level, message) => {
        if (this.#lines.length < MAX_LOG_LINES) this.#lines.push(message.trim());
      },
      { maxLevel: AV_LOG_WARNING },
    );
  }

  /** What was said since the last call. Messages come from other threads, so the event loop gets a moment to deliver them. */
  async take(): Promise<readonly string[]> {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  [Symbol.dispose](): void {
    Log.resetCallback();
  }
}

/** Runs one try and tells its outcome; never rejects. */
export async function attempt(
  what: string,
  log: FfmpegLog,
  platform: Platform,
  run: () => Promise<unknown>,
): Promise<ProbeOutcome> {
  await log.take();
  try {
    await run();
    return { ok: true };
  } catch (error) {
    const errorText = error instanceof Error ? error.message : String(error);
    return { ok: false, ...explainProbeFailure({ what, log: await log.take(), errorText }, platform) };
  }
}

/** Tries everything the engine may want of the one GPU visible to this process. */
export async function probeAbilities(log: FfmpegLog, platform: Platform): Promise<AbilityReport> {
  let cuda: HardwareDeviceContext | undefined;
  const device = await attempt('opening the card', log, platform, async () => {
    cuda = openCuda();
  });
  if (cuda === undefined) {
    const { ok: _, ...failure } = device as Extract<ProbeOutcome, { ok: false }>;
    const same: ProbeOutcome = { ok: false, ...failure };
    return { device, encode: { h264: same, hevc: same, av1: same }, decode: { h264: same, hevc: same }, scale: same };
  }
  const opened = cuda;
  try {
    const encode = (name: string, what: string) =>
      attempt(what, log, platform, async () => freeClip(await encodeClip(name, { preset: 'p1' }, opened)));
    const decode = (decoder: string, encoder: string, options: Readonly<Record<string, string>>, what: string) =>
      attempt(what, log, platform, async () => {
        const clip = await encodeClip(encoder, options, null);
        try {
          const { frames, onGpu } = await decodeClip(decoder, clip, opened);
          if (onGpu < frames) throw new Error(`only ${onGpu} of ${frames} frames were decoded on the card`);
        } finally {
          freeClip(clip);
        }
      });
    return {
      device,
      encode: {
        h264: await encode('h264_nvenc', 'H.264 encoding (NVENC)'),
        hevc: await encode('hevc_nvenc', 'HEVC encoding (NVENC)'),
        av1: await encode('av1_nvenc', 'AV1 encoding (NVENC)'),
      },
      decode: {
        h264: await decode('h264', 'libx264', { preset: 'ultrafast' }, 'H.264 decoding (NVDEC)'),
        hevc: await decode('hevc', 'libx265', { preset: 'ultrafast', 'x265-params': 'log-level=none' }, 'HEVC decoding (NVDEC)'),
      },
      scale: await attempt('scaling on the card (scale_cuda)', log, platform, scaleOnGpu),
    };
  } finally {
    opened.free();
  }
}

/** Opens H.264 sessions until one is refused or `bound` are open, then closes them all. */
export async function countSessions(bound: number, log: FfmpegLog, platform: Platform): Promise<SessionReport> {
  const sessions: CodecContext[] = [];
  let cuda: HardwareDeviceContext | undefined;
  try {
    const refusal = await attempt('one more NVENC session', log, platform, async () => {
      cuda = openCuda();
      while (sessions.length < bound) sessions.push(await openEncoder('h264_nvenc', { preset: 'p1' }, cuda));
    });
    return { opened: sessions.length, ...(refusal.ok ? {} : { refusal }) };
  } finally {
    for (const session of sessions) session.freeContext();
    cuda?.free();
  }
}

function freeClip(clip: Clip): void {
  for (const packet of clip.packets) packet.free();
}
