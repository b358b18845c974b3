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

/** One round's part of the streams of a case: as in life they go on from round to round. */
export interface RoundOfStreams {
  /** Tells the streams of this case from others. */
  readonly name: string;
  /** Place of the round among the case's, from 0. */
  readonly round: number;
  readonly sessions: number;
}

/** Siphon's side: the whole wire path. The segments' clocks run on from the last round. */
export function siphonRound(
  side: SiphonSide,
  { name, round, sessions }: RoundOfStreams,
  segments: readonly SourceSegment[],
): Promise<Round> {
  return runRound(sessions, segments, async (session, segment) => {
    const seq = round * segments.length + segment.seq;
    const { tookMs, hops } = await side.transcode(`${name}-${session}`, seq, segment.data, segment.durationMs);
    const outsideMs = (hops.admitMs ?? 0) + (hops.downloadMs ?? 0) + (hops.handoffMs ?? 0) + (hops.uploadMs ?? 0);
    return { latencyMs: tookMs, outsideMs };
  });
}

/** Ends a case's streams. */
export function endStreams(side: SiphonSide, { name, sessions }: Omit<RoundOfStreams, 'round'>): void {
  for (let session = 0; session < sessions; session += 1) side.endSession(`${name}-${session}`);
}
