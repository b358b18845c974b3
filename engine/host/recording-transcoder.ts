import { randomUUID } from 'node:crypto';
import type { Capacity, TranscodeJob, TranscodeOptions, TranscodeResult, Transcoder } from '../api/media.ts';
import type { SegmentRecord } from '../api/snapshot.ts';
import type { Clock } from '../base/clock.ts';
import { toEngineError } from '../base/errors.ts';
import type { TranscoderObserver } from '../transcoder/observer.ts';
import { SessionTable } from '../transcoder/sessions.ts';

/** What a {@link RecordingTranscoder} needs. */
export interface RecordingTranscoderParameters {
  /** Does the work; not owned. */
  readonly transcoder: Transcoder;
  readonly observer: Pick<TranscoderObserver, 'segmentChanged' | 'sessionChanged'>;
  readonly clock: Clock;
}

/**
 * Writes down what the own orchestrator gives to this process's transcoder, as the transcoder client does for a remote
 * orchestrator's work: the same history, totals and page. Its segments have no download and upload: they come and go in memory.
 */
export class RecordingTranscoder implements Transcoder {
  readonly #parameters: RecordingTranscoderParameters;
  readonly #sessions: SessionTable;

  constructor(parameters: RecordingTranscoderParameters) {
    this.#parameters = parameters;
    const { clock, observer, transcoder } = parameters;
    this.#sessions = new SessionTable({
      clock,
      onChange: (record) => observer.sessionChanged(record),
      onEnd: (sessionId) => transcoder.endSession(sessionId),
    });
  }

  get capabilities(): readonly number[] {
    return this.#parameters.transcoder.capabilities;
  }

  get capacity(): Capacity {
    return this.#parameters.transcoder.capacity;
  }

  async transcode(job: TranscodeJob, options: TranscodeOptions): Promise<TranscodeResult> {
    const { transcoder, observer, clock } = this.#parameters;
    const fromMs = clock.monotonicMs();
    const { sessionId, manifestId, seq, durationMs } = job;
    let record: SegmentRecord = {
      id: randomUUID(),
      sessionId,
      manifestId,
      seq,
      state: 'transcoding',
      startedAtMs: clock.nowMs(),
      durationMs,
      // Read now: the transcoder may take the memory away. The own orchestrator has all of a segment before it gives it to anybody.
      sourceBytes: job.input instanceof Uint8Array ? job.input.length : 0,
      decodedPixels: 0,
      encodedPixels: 0,
      renditions: [],
      hops: { admitMs: 0 },
    };
    this.#sessions.begin(
      sessionId,
      manifestId,
      job.profiles.map(({ name }) => name),
    );
    observer.segmentChanged(record);
    const finish = (change: Partial<SegmentRecord>) => {
      record = { ...record, ...change };
      observer.segmentChanged(record);
      this.#sessions.finish(record);
    };
    try {
      const result = await transcoder.transcode(job, options);
      const totalMs = clock.monotonicMs() - fromMs;
      finish({ state: 'done', ...doneFacts(result, durationMs, totalMs) });
      return result;
    } catch (error) {
      const totalMs = clock.monotonicMs() - fromMs;
      finish({ state: 'failed', error: toEngineError(error).toInfo(), hops: { ...record.hops, totalMs } });
      throw error;
    }
  }

  endSession(sessionId: string): void {
    this.#sessions.end(sessionId);
  }

  /** Ends the sessions; the transcoder itself goes on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#sessions[Symbol.dispose]();
  }
}

function doneFacts({ source, renditions, device, codecMs }: TranscodeResult, durationMs: number, totalMs: number) {
  return {
    source: { width: source.width, height: source.height, fps: source.fps, codec: source.codec },
    decodedPixels: source.pixels,
    encodedPixels: renditions.reduce((sum, { pixels }) => sum + pixels, 0),
    renditions: renditions.map(({ name, width, height, frames, bytes, pixels }) => {
      return { name, width, height, frames, bytes, pixels };
    }),
    device,
    hops: { admitMs: 0, codecMs, handoffMs: Math.max(0, totalMs - codecMs), totalMs },
    ...(totalMs > 0 ? { realtimeFactor: durationMs / totalMs } : {}),
  };
}
