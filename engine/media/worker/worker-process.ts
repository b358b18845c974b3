import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { TranscodeJob, TranscodeOptions } from '../../api/media.ts';
import { deadline, untilAborted } from '../../base/abort.ts';
import { EngineError } from '../../base/errors.ts';
import type { FileFacts, SourceSegment } from '../source-types.ts';
import { type Message, MessageReader, writeMessage } from './channel.ts';
import { workerEnvironment } from './environment.ts';
import type { TranscodeAnswer, WorkerFailure, WorkerRequest, WorkerResponse, WorkerSetup } from './protocol.ts';

const ENTRY = fileURLToPath(new URL('./entry.ts', import.meta.url));
/**
 * A small young generation is collected often, so that the buffers of segments are given back soon (see scripts/soak.ts); the old one,
 * which is small, is let grow, since each full collection holds up the codecs' results for milliseconds.
 */
const NODE_FLAGS = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=4', '--heap-growing-percent=60'];
const STDERR_KEPT = 4096;
const START_DEADLINE_MS = 20_000;
const STREAM_IDLE_MS = 60_000;

/** How to start a worker. */
export interface WorkerParameters extends WorkerSetup {
  /** UUID of the GPU the worker may see; absent for the CPU. */
  readonly gpuUuid?: string;
  /** Enables the `fault` message; tests only. */
  readonly faults?: boolean;
}

interface Pending {
  readonly onMessage: (message: Message<WorkerResponse>) => void;
  readonly onLost: (error: EngineError) => void;
  /** Takes the bytes of a rendition; without it they are thrown away. */
  readonly onBytes?: ((index: number, part: Uint8Array) => void) | undefined;
  /** What broke the job's input off. */
  broken?: unknown;
}

interface AskOptions extends Pick<Pending, 'onBytes'> {
  readonly signal?: AbortSignal | undefined;
  readonly onSent?: (id: number) => void;
}

/** One rendition as it came from the worker. */
interface ReceivedOutput {
  readonly pieces: Uint8Array[];
  signature?: Uint8Array;
}

/** What a finished transcode brings back from the worker; outputs in the order of the job's profiles. */
export interface Transcoded {
  readonly answer: TranscodeAnswer;
  readonly outputs: readonly ReceivedOutput[];
}

/**
 * One worker process as the engine sees it. It ends when it crashes, when `kill` is called, or when the engine ends (its
 * channel closes). Requests in flight then fail with `worker-crashed`, or with the reason given to `kill`.
 */
export class WorkerProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #channel: Duplex;
  readonly #pending = new Map<number, Pending>();
  readonly #exited: Promise<void>;
  readonly ready: Promise<void>;
  #nextId = 1;
  #stderr = '';
  #lost: EngineError | undefined;
  #killReason: EngineError | undefined;

  constructor({ device, cores, gpuUuid, faults = false }: WorkerParameters) {
    this.#child = spawn(process.execPath, [...NODE_FLAGS, ENTRY], {
      // fd 3 carries the messages, both ways; "overlapped" is what a pipe must be on Windows to be read asynchronously.
      stdio: ['ignore', 'ignore', 'pipe', 'overlapped'],
      env: workerEnvironment({ cores, faults, ...(gpuUuid === undefined ? {} : { gpuUuid }) }),
      windowsHide: true,
    });
    this.#channel = this.#child.stdio[3] as Duplex;
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT);
    });
    let onReady: () => void = () => {};
    this.ready = new Promise<void>((resolve, reject) => {
      onReady = resolve;
      this.#pending.set(0, { onMessage: () => {}, onLost: reject });
    });
    this.ready.catch(() => {});
    const partsOf = (body: WorkerResponse) => {
      if (body.kind !== 'bytes') return undefined;
      const onBytes = this.#pending.get(body.id)?.onBytes;
      return (part: Uint8Array) => onBytes?.(body.index, part);
    };
    const reader = new MessageReader<WorkerResponse>((message) => {
      if (message.body.kind === 'ready') {
        this.#pending.delete(0);
        onReady();
      } else this.#pending.get(message.body.id)?.onMessage(message);
    }, partsOf);
    this.#channel.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (error) {
        this.kill(new EngineError({ code: 'worker-crashed', message: 'The transcode worker sent nonsense.', cause: error }));
      }
    });
    this.#channel.on('error', () => {});
    this.#exited = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#lose(null, null, error);
        resolve();
      });
      // "close" and not "exit": by then its last words on stderr have arrived.
      this.#child.once('close', (code, signal) => {
        this.#lose(code, signal);
        resolve();
      });
    });
    this.#send({ kind: 'setup', setup: { device, cores } });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Set once the process has ended or is being killed. */
  get lost(): boolean {
    return this.#lost !== undefined || this.#killReason !== undefined;
  }

  /** Requests in flight. */
  get inFlight(): number {
    return this.#pending.size;
  }

  /** The last few kilobytes it wrote to stderr. */
  get stderrTail(): string {
    return this.#stderr.trim();
  }

  /** Resolves when the process has ended. */
  get exited(): Promise<void> {
    return this.#exited;
  }

  /** Waits until the worker has loaded FFmpeg. */
  async started(signal?: AbortSignal): Promise<void> {
    using limit = deadline(START_DEADLINE_MS, 'Starting the transcode worker', signal);
    await untilAborted(this.ready, limit.signal);
  }

  /**
   * Transcodes one segment. Rejects with the worker's error, or the reason the worker was lost. When `signal` aborts the
   * worker is told to stop; the promise settles once it has.
   */
  transcode(
    job: Omit<TranscodeJob, 'input'>,
    input: TranscodeJob['input'],
    { signal, onProgress, output }: Pick<TranscodeOptions, 'signal' | 'onProgress' | 'output'> = {},
  ): Promise<Transcoded> {
    const progress = onProgress !== undefined;
    const outputs = job.profiles.map((): ReceivedOutput => ({ pieces: [] }));
    const take = ({ body, buffers: [buffer] }: Message<WorkerResponse>): void => {
      if (body.kind === 'progress') onProgress?.(body.doneMs);
      else if (body.kind === 'decoded') output?.decoded(body.source);
      else if (body.kind === 'counted') output?.counted(body.index, body.numbers);
      else if (body.kind === 'complete') {
        const received = outputs[body.index];
        if (received && buffer) received.signature = buffer;
        output?.complete(body.index, buffer);
      }
    };
    return this.#ask(
      (id) => ({ kind: 'transcode', id, job, progress }),
      (message) => {
        take(message);
        return message.body.kind === 'transcoded' ? { answer: message.body.answer, outputs } : undefined;
      },
      {
        signal,
        onSent: (id) => this.#feed(id, input),
        onBytes: (index, part) => {
          outputs[index]?.pieces.push(part);
          output?.bytes(index, part);
        },
      },
    );
  }

  /** Hands a segment on as it comes in. What breaks it off is what its job fails with, once the worker has stopped. */
  #feed(id: number, input: TranscodeJob['input']): void {
    if (input instanceof Uint8Array) {
      this.#send({ kind: 'input', id }, [input]);
      this.#send({ kind: 'input-end', id });
      return;
    }
    input.to({
      add: (pieces) => {
        if (this.#pending.has(id)) this.#send({ kind: 'input', id }, [pieces]);
      },
      end: () => this.#send({ kind: 'input-end', id }),
      fail: (error) => {
        const pending = this.#pending.get(id);
        if (!pending) return;
        pending.broken = error;
        this.#send({ kind: 'cancel', id });
      },
    });
  }

  /** Tries what the device can do; the protocol's capability numbers. */
  selfTest(): Promise<readonly number[]> {
    return this.#ask(
      (id) => ({ kind: 'self-test', id }),
      ({ body }) => (body.kind === 'self-tested' ? body.capabilities : undefined),
    );
  }

  /** Reads what a local file holds. */
  probeFile(path: string, signal?: AbortSignal): Promise<FileFacts> {
    return this.#ask(
      (id) => ({ kind: 'probe-file', id, path }),
      ({ body }) => (body.kind === 'file-facts' ? body.facts : undefined),
      { signal },
    );
  }

  /** Copies a file's streams into an MP4. */
  async remuxFile(from: string, to: string, signal?: AbortSignal): Promise<void> {
    await this.#ask(
      (id) => ({ kind: 'remux-file', id, from, to }),
      ({ body }) => body.kind === 'remuxed' || undefined,
      { signal },
    );
  }

  #ask<T>(
    request: (id: number) => WorkerRequest,
    answer: (message: Message<WorkerResponse>) => T | undefined,
    { signal, onSent, onBytes }: AskOptions = {},
  ): Promise<T> {
    const id = this.#nextId++;
    return new Promise<T>((resolve, reject) => {
      const onAbort = () => this.#send({ kind: 'cancel', id });
      const settle = () => {
        this.#pending.delete(id);
        signal?.removeEventListener('abort', onAbort);
      };
      const pending: Pending = {
        onMessage: (message) => {
          const value = message.body.kind === 'failed' ? undefined : answer(message);
          if (message.body.kind !== 'failed' && value === undefined) return;
          settle();
          if (message.body.kind === 'failed') reject(pending.broken ?? toError(message.body.error));
          else resolve(value as T);
        },
        onLost: (error) => {
          settle();
          reject(error);
        },
        onBytes,
      };
      this.#pending.set(id, pending);
      this.#sendOrLose(id, request(id));
      onSent?.(id);
      if (signal?.aborted) onAbort();
      else signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Streams segments of a generated clip or a file; at most four wait here. Leaving the loop cancels the rest. */
  async *segments(
    request:
      | { kind: 'generate'; parameters: Extract<WorkerRequest, { kind: 'generate' }>['parameters'] }
      | Omit<Extract<WorkerRequest, { kind: 'cut-file' }>, 'id'>,
    signal?: AbortSignal,
  ): AsyncGenerator<SourceSegment, void, undefined> {
    const id = this.#nextId++;
    const items: SourceSegment[] = [];
    let end: { error?: unknown } | undefined;
    let wake: () => void = () => {};
    this.#pending.set(id, {
      onMessage: ({ body, buffers }) => {
        const data = buffers[0];
        if (body.kind === 'segment' && data) items.push({ ...body.segment, data });
        else end = body.kind === 'failed' ? { error: toError(body.error) } : {};
        wake();
      },
      onLost: (error) => {
        end = { error };
        wake();
      },
    });
    try {
      this.#sendOrLose(id, { ...request, id } as WorkerRequest);
      while (true) {
        const item = items.shift();
        if (item) {
          yield item;
          this.#send({ kind: 'taken', id });
          continue;
        }
        if (end) {
          if (end.error !== undefined) throw end.error;
          return;
        }
        using limit = deadline(STREAM_IDLE_MS, 'The next source segment', signal);
        await untilAborted(
          new Promise<void>((resolve) => {
            wake = resolve;
          }),
          limit.signal,
        );
      }
    } finally {
      this.#pending.delete(id);
      if (!end && !this.lost) this.#send({ kind: 'cancel', id });
    }
  }

  /** Stops work on a request whose answer nobody waits for any more. */
  endSession(sessionId: string): void {
    this.#send({ kind: 'end-session', sessionId });
  }

  /** Makes a worker started with `faults` fail; tests only. */
  fault(fault: 'crash' | 'hang'): void {
    this.#send({ kind: 'fault', fault });
  }

  /** Ends the process at once; what was in flight fails with `reason`. */
  kill(reason: EngineError): void {
    if (this.#lost || this.#killReason) return;
    this.#killReason = reason;
    this.#child.kill('SIGKILL');
    this.#failAll(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill(new EngineError({ code: 'aborted', message: 'The transcode worker was stopped.' }));
    await this.#exited;
  }

  #send(request: WorkerRequest, buffers: Parameters<typeof writeMessage>[2] = []): void {
    if (!this.#lost && this.#channel.writable) writeMessage(this.#channel, request, buffers);
  }

  #sendOrLose(id: number, request: WorkerRequest): void {
    const reason = this.#lost ?? this.#killReason;
    if (reason) this.#pending.get(id)?.onLost(reason);
    else this.#send(request);
  }

  #lose(code: number | null, signal: NodeJS.Signals | null, cause?: unknown): void {
    if (this.#lost) return;
    const how = signal ? `signal ${signal}` : code === null ? 'it could not be started' : `exit code ${code}`;
    this.#lost =
      this.#killReason ??
      new EngineError({
        code: 'worker-crashed',
        message: `The transcode worker ended unexpectedly (${how}).`,
        nextStep: 'A new worker is started by itself; if this repeats, update the GPU driver.',
        details: { exitCode: code, exitSignal: signal, stderr: this.stderrTail },
        cause,
      });
    this.#failAll(this.#lost);
  }

  #failAll(error: EngineError): void {
    for (const pending of [...this.#pending.values()]) pending.onLost(error);
    this.#pending.clear();
  }
}

function toError({ code, message, nextStep, details }: WorkerFailure): EngineError {
  return new EngineError({
    code,
    message,
    ...(nextStep === undefined ? {} : { nextStep }),
    ...(details === undefined ? {} : { details }),
  });
}
