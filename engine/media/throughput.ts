import type { Transcoder, VideoProfile } from '../api/media.ts';
import { type SourceSegment, shiftTimestamps } from './source.ts';

/** A load to put on a transcoder. */
export interface LoadParameters {
  /** Streams at once; each sends its next segment when the last one is done. */
  readonly sessions: number;
  /** Segments of each session. */
  readonly segments: number;
  /** Source segments; used round and round on a continuous time line. */
  readonly sources: readonly SourceSegment[];
  readonly profiles: readonly VideoProfile[];
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** What one segment of the load took, milliseconds. */
export interface SegmentTiming {
  readonly session: number;
  readonly seq: number;
  /** From the call to the result. */
  readonly totalMs: number;
  /** Inside the worker. */
  readonly codecMs: number;
  readonly waitMs: number;
  readonly outputBytes: number;
}

/** What the load took. */
export interface LoadResult {
  readonly timings: readonly SegmentTiming[];
  readonly wallMs: number;
  /** Source time done per wall time, over all sessions. */
  readonly realtimeFactor: number;
}

/** Runs a load through the contract's interface; the bench, the soak and `siphon bench` use it. Rejects with the first failure. */
export async function runLoad(transcoder: Transcoder, parameters: LoadParameters): Promise<LoadResult> {
  const { sessions, segments, sources, profiles, timeoutMs, signal } = parameters;
  const roundMs = sources.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const begun = performance.now();
  const timings: SegmentTiming[] = [];
  let doneMs = 0;
  const runSession = async (session: number): Promise<void> => {
    const sessionId = `load-${session}-${Math.round(begun)}`;
    try {
      for (let seq = 0; seq < segments; seq++) {
        const source = sources[(seq + session) % sources.length];
        if (!source) throw new Error('a load needs at least one source segment');
        const { data, durationMs } = shiftTimestamps(source, Math.floor((seq + session) / sources.length) * roundMs);
        const start = performance.now();
        const result = await transcoder.transcode(
          {
            sessionId,
            manifestId: sessionId,
            seq,
            input: data,
            durationMs,
            profiles,
            perceptualHash: false,
            reinitialise: false,
            serviceProvider: 'Siphon',
          },
          { timeoutMs, ...(signal === undefined ? {} : { signal }) },
        );
        doneMs += durationMs;
        timings.push({
          session,
          seq,
          totalMs: performance.now() - start,
          codecMs: result.codecMs,
          waitMs: result.waitMs,
          outputBytes: result.renditions.reduce((sum, rendition) => sum + rendition.data.byteLength, 0),
        });
      }
    } finally {
      transcoder.endSession(sessionId);
    }
  };
  await Promise.all(Array.from({ length: sessions }, (_, session) => runSession(session)));
  const wallMs = performance.now() - begun;
  return { timings, wallMs, realtimeFactor: doneMs / wallMs };
}
