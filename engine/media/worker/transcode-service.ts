import type { TranscodeJob } from '../../api/media.ts';
import { EngineError } from '../../base/errors.ts';
import { encoderFor } from '../encoder-plan.ts';
import { type Device, openDevice } from '../ffmpeg/device.ts';
import { transcodeSegment } from '../ffmpeg/pipeline.ts';
import { threadBudget } from '../ffmpeg/threads.ts';
import type { TranscodeAnswer, WorkerSetup } from './protocol.ts';

/** A worker's transcoding: its device, and the jobs that run on it. */
export class TranscodeService {
  readonly #device: Device;
  readonly #cores: number;
  readonly #running = new Map<number, AbortController>();

  /** Opens the device. Throws FFmpeg's error when it can't be used. */
  constructor({ device, cores }: WorkerSetup) {
    this.#device = openDevice(device);
    this.#cores = cores;
  }

  /** Runs one job; rejects with any error, to be mapped by the caller. */
  async run(
    id: number,
    job: Omit<TranscodeJob, 'input'>,
    input: Uint8Array,
  ): Promise<{ readonly answer: TranscodeAnswer; readonly buffers: readonly Uint8Array[] }> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    const begun = performance.now();
    try {
      const result = await transcodeSegment(job, input, {
        device: this.#device,
        threads: threadBudget(this.#cores, this.#running.size),
        signal: controller.signal,
      });
      const buffers: Uint8Array[] = [];
      const renditions = job.profiles.flatMap((profile, index) => {
        const rendition = result.renditions[index];
        if (!rendition) return [];
        const { width, height, frames, pixels, data, signature } = rendition;
        buffers.push(data);
        if (signature) buffers.push(signature);
        const { name, container, codec } = profile;
        return [{ name, container, codec, width, height, frames, pixels, hasSignature: signature !== undefined }];
      });
      const codec = job.profiles[0]?.codec ?? 'h264';
      const answer: TranscodeAnswer = {
        source: result.source,
        renditions,
        encoder: encoderFor(codec, this.#device.kind) ?? 'none',
        codecMs: performance.now() - begun,
        overheadMs: result.overheadMs,
      };
      return { answer, buffers };
    } finally {
      this.#running.delete(id);
    }
  }

  /** Stops a job; it rejects soon with `aborted`. */
  cancel(id: number): void {
    this.#running.get(id)?.abort(new EngineError({ code: 'aborted', message: 'The segment was given up.' }));
  }

  /** Frees what is kept warm for a session. */
  endSession(_sessionId: string): void {}
}
