import type { Transcoder } from '../api/media.ts';
import { EngineError, toEngineError } from '../base/errors.ts';
import { createCapabilities } from '../wire/capabilities.ts';
import type { Capabilities } from '../wire/gen/net/lp_rpc_pb.js';
import type { Attempt, AttemptObserver, Task, TranscoderMember } from './member.ts';

export interface LocalTranscoderParameters {
  readonly transcoder: Transcoder;
  /** Text for the outputs' metadata. */
  readonly serviceProvider: string;
}

/** This machine's own transcoder as a member like any other (deployment type solo): no network in between. */
export class LocalTranscoder implements TranscoderMember {
  readonly id = 'local';
  readonly address = 'local';
  readonly capabilities: Capabilities;
  readonly #transcoder: Transcoder;
  readonly #serviceProvider: string;
  readonly #closed = new AbortController();
  #draining = false;

  constructor({ transcoder, serviceProvider }: LocalTranscoderParameters) {
    this.#transcoder = transcoder;
    this.#serviceProvider = serviceProvider;
    this.capabilities = createCapabilities({ numbers: transcoder.capabilities });
  }

  get capacity(): number {
    return this.#transcoder.capacity.sessions;
  }

  get draining(): boolean {
    return this.#draining;
  }

  begin(task: Task, observer: AttemptObserver): Attempt {
    const cancelled = new AbortController();
    const signal = AbortSignal.any([cancelled.signal, this.#closed.signal]);
    const run = async () => {
      // Never before `begin` has returned.
      await Promise.resolve();
      if (cancelled.signal.aborted) return;
      observer.onSent();
      const { job } = task;
      try {
        const { renditions, source } = await this.#transcoder.transcode(
          {
            sessionId: job.sessionId,
            manifestId: job.manifestId,
            seq: Number(job.seq),
            // The transcoder may take the memory away; another try may still need it.
            input: new Uint8Array(job.data),
            durationMs: job.durationMs,
            profiles: job.profiles,
            ...(job.clip ? { clip: job.clip } : {}),
            perceptualHash: job.perceptualHash ?? false,
            reinitialise: job.reinitialise ?? false,
            serviceProvider: this.#serviceProvider,
          },
          { signal, timeoutMs: task.timeoutMs },
        );
        if (!cancelled.signal.aborted) observer.onOutcome({ kind: 'done', renditions, decodedPixels: source.pixels });
      } catch (error) {
        if (!cancelled.signal.aborted) observer.onOutcome({ kind: 'failed', text: textOf(error) });
      }
    };
    void run();
    return { cancel: () => cancelled.abort() };
  }

  endSession(sessionId: string): void {
    this.#transcoder.endSession(sessionId);
  }

  drain(): void {
    this.#draining = true;
  }

  close(): void {
    this.#closed.abort(new EngineError({ code: 'aborted', message: 'The local transcoder was taken out' }));
  }
}

function textOf(error: unknown): string {
  const { details, message } = toEngineError(error);
  return typeof details?.wireText === 'string' ? details.wireText : message;
}
