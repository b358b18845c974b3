import type { Capacity, TranscodeJob, TranscodeOptions, TranscodeResult, Transcoder } from '../api/media.ts';
import { EngineError } from '../base/errors.ts';
import type { NvencLease, NvencMeter } from '../gpu/nvenc-meter.ts';
import type { MediaTranscoder } from '../media/transcoder.ts';
import { SESSION_IDLE_MS } from '../wire/limits.ts';

interface Admitted {
  readonly lease: NvencLease;
  readonly renditions: number;
  timer: NodeJS.Timeout | undefined;
  running: number;
}

/**
 * Admits streams against the NVENC session budget before they reach the transcoder: one NVENC session per rendition. On a
 * machine without NVENC there is no meter and everything passes.
 */
export class NvencAdmission implements Transcoder {
  readonly #transcoder: MediaTranscoder;
  readonly #meter: () => NvencMeter | undefined;
  readonly #sessions = new Map<string, Admitted>();

  constructor(transcoder: MediaTranscoder, meter: () => NvencMeter | undefined) {
    this.#transcoder = transcoder;
    this.#meter = meter;
  }

  get capabilities(): readonly number[] {
    return this.#transcoder.capabilities;
  }

  get capacity(): Capacity {
    return this.#transcoder.capacity;
  }

  async transcode(job: TranscodeJob, options: TranscodeOptions): Promise<TranscodeResult> {
    const admitted = await this.#admit(job, options.signal);
    try {
      return await this.#transcoder.transcode(job, options);
    } catch (error) {
      if (error instanceof EngineError && error.code === 'nvenc-sessions-full') admitted?.lease.refused();
      throw error;
    } finally {
      if (admitted) {
        admitted.running -= 1;
        // Only while it is still the session's own: one that ended or was replaced has been released already.
        const current = this.#sessions.get(job.sessionId) === admitted;
        if (admitted.running === 0 && current)
          admitted.timer = setTimeout(() => this.#release(job.sessionId), SESSION_IDLE_MS).unref();
      }
    }
  }

  endSession(sessionId: string): void {
    this.#release(sessionId);
    this.#transcoder.endSession(sessionId);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const sessionId of [...this.#sessions.keys()]) this.#release(sessionId);
  }

  async #admit(job: TranscodeJob, signal: AbortSignal | undefined): Promise<Admitted | undefined> {
    const meter = this.#meter();
    if (!meter) return undefined;
    const known = this.#sessions.get(job.sessionId);
    if (known && known.renditions === job.profiles.length) {
      clearTimeout(known.timer);
      known.running += 1;
      return known;
    }
    if (known) this.#release(job.sessionId);
    const lease = await meter.acquire(job.profiles.length, signal);
    const admitted: Admitted = { lease, renditions: job.profiles.length, timer: undefined, running: 1 };
    this.#sessions.set(job.sessionId, admitted);
    return admitted;
  }

  #release(sessionId: string): void {
    const admitted = this.#sessions.get(sessionId);
    if (!admitted) return;
    clearTimeout(admitted.timer);
    this.#sessions.delete(sessionId);
    admitted.lease[Symbol.dispose]();
  }
}
