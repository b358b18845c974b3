import type { SourceSegment } from '../../engine/media/source.ts';
import type { FfmpegSide } from './ffmpeg-side.ts';
import { cpuMsOfTree, rssOfTree } from './process-usage.ts';
import type { SiphonSide } from './siphon-side.ts';

/** One side's run over the same segments with the same number of sessions. */
export interface Round {
  readonly segments: number;
  readonly wallMs: number;
  readonly mediaMs: number;
  readonly latenciesMs: readonly number[];
  /** Time of each segment outside demux, decode, scale, encode, mux; Siphon only. */
  readonly outsideCodecMs: readonly number[];
  readonly cpuMs: number;
  readonly peakRssBytes: number;
}

type TranscodeOne = (session: number, segment: SourceSegment) => Promise<{ latencyMs: number; outsideMs?: number }>;

/** Runs every session through all segments, one after the other within a session, sessions side by side. */
async function runRound(sessions: number, segments: readonly SourceSegment[], transcode: TranscodeOne): Promise<Round> {
  const latenciesMs: number[] = [];
  const outsideCodecMs: number[] = [];
  let peakRssBytes = rssOfTree();
  const sampler = setInterval(() => {
    peakRssBytes = Math.max(peakRssBytes, rssOfTree());
  }, 100);
  const cpuBefore = cpuMsOfTree();
  const started = performance.now();
  try {
    await Promise.all(
      Array.from({ length: sessions }, async (_, session) => {
        for (const segment of segments) {
          const { latencyMs, outsideMs } = await transcode(session, segment);
          latenciesMs.push(latencyMs);
          if (outsideMs !== undefined) outsideCodecMs.push(outsideMs);
        }
      }),
    );
  } finally {
    clearInterval(sampler);
  }
  return {
    segments: sessions * segments.length,
    wallMs: performance.now() - started,
    mediaMs: sessions * segments.reduce((sum, { durationMs }) => sum + durationMs, 0),
    latenciesMs,
    outsideCodecMs,
    cpuMs: cpuMsOfTree() - cpuBefore,
    peakRssBytes,
  };
}

/** The reference side: `ffmpeg` spawned per segment. */
export function ffmpegRound(side: FfmpegSide, sessions: number, segments: readonly SourceSegment[]): Promise<Round> {
  return runRound(sessions, segments, async (session, segment) => ({ latencyMs: await side.transcode(session, segment.data) }));
}

/** Siphon's side: the whole wire path. `run` makes the session names unique. */
export async function siphonRound(
  side: SiphonSide,
  run: string,
  sessions: number,
  segments: readonly SourceSegment[],
): Promise<Round> {
  const name = (session: number) => `bench-${run}-${session}`;
  const round = await runRound(sessions, segments, async (session, segment) => {
    const { tookMs, hops } = await side.transcode(name(session), segment.seq, segment.data, segment.durationMs);
    const outsideMs = (hops.admitMs ?? 0) + (hops.downloadMs ?? 0) + (hops.handoffMs ?? 0) + (hops.uploadMs ?? 0);
    return { latencyMs: tookMs, outsideMs };
  });
  for (let session = 0; session < sessions; session += 1) side.endSession(name(session));
  return round;
}
