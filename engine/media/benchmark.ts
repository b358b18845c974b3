import { deadline } from '../base/abort.ts';
import { REALTIME_LIMIT, STANDARD_LADDER, searchCapacity } from './capacity.ts';
import type { DeviceWorker } from './device-worker.ts';
import { generateClip, type SourceSegment, shiftTimestamps } from './source.ts';

const CLIP_SECONDS = 1;
const CPU_BUDGET_MS = 10_000;
const GPU_BUDGET_MS = 20_000;
const MOST_SESSIONS = 64;
/** Segments of each session in one try on a GPU; the first one opens the encoders. */
const GPU_ROUNDS = 3;

/** Options of a capacity measurement. */
export interface MeasureOptions {
  readonly signal: AbortSignal;
  /** Told what is being tried, for a progress line. */
  readonly onTrial?: (trial: { readonly device: string; readonly sessions: number; readonly ratio: number }) => void;
}

/** The longest the benchmark of one device takes, milliseconds. */
export function benchmarkLimitMs(kind: 'gpu' | 'cpu'): number {
  return kind === 'cpu' ? CPU_BUDGET_MS : GPU_BUDGET_MS;
}

/** Measures how many sessions of the standard ladder (720p30 source) a device carries in real time. At most 10 s (CPU) or 20 s. */
export async function benchmarkDevice(device: DeviceWorker, clip: SourceSegment, options: MeasureOptions): Promise<number> {
  const { signal, onTrial } = options;
  const budget = benchmarkLimitMs(device.spec.kind);
  using limit = deadline(budget, 'The capacity benchmark', signal);
  const begun = performance.now();
  const rounds = device.spec.kind === 'cpu' ? 1 : GPU_ROUNDS;
  const runSession = async (session: number): Promise<number> => {
    const sessionId = `benchmark-${session}`;
    let took = 0;
    try {
      for (let seq = 0; seq < rounds; seq++) {
        const start = performance.now();
        await device.transcode(
          {
            sessionId,
            manifestId: sessionId,
            seq,
            durationMs: clip.durationMs,
            profiles: STANDARD_LADDER,
            perceptualHash: false,
            reinitialise: false,
            serviceProvider: 'benchmark',
          },
          shiftTimestamps(clip, seq * clip.durationMs).data,
          limit.signal,
        );
        // The slowest round after the first counts; with one round, that one.
        if (seq > 0 || rounds === 1) took = Math.max(took, performance.now() - start);
      }
    } finally {
      device.endSession(sessionId);
    }
    return took / clip.durationMs;
  };
  return searchCapacity(
    async (sessions) => {
      try {
        const ratios = await Promise.all(Array.from({ length: sessions }, (_, index) => runSession(index)));
        const ratio = Math.max(...ratios);
        onTrial?.({ device: device.spec.id, sessions, ratio });
        return ratio;
      } catch (error) {
        signal.throwIfAborted();
        // Time ran out, or an encoder couldn't be opened any more: this number is too many.
        onTrial?.({ device: device.spec.id, sessions, ratio: Number.POSITIVE_INFINITY });
        if (limit.signal.aborted || sessions > 1) return REALTIME_LIMIT + 1;
        throw error;
      }
    },
    MOST_SESSIONS,
    () => performance.now() - begun > budget * 0.6,
  );
}

/** The clip the benchmark runs on. */
export async function benchmarkClip(signal: AbortSignal): Promise<SourceSegment> {
  const parameters = { width: 1280, height: 720, fps: 30, seconds: CLIP_SECONDS, segmentSeconds: CLIP_SECONDS };
  const { segments } = await generateClip(parameters, { signal });
  const clip = segments[0];
  if (!clip) throw new Error('the benchmark clip is empty');
  return clip;
}
