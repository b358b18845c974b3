import { randomUUID } from 'node:crypto';
import process from 'node:process';
import type { TranscodeJob, TranscodeResult, Transcoder } from '../api/media.ts';
import type { Hops, SegmentRecord } from '../api/snapshot.ts';
import { deadline } from '../base/abort.ts';
import { ByteQueue } from '../base/byte-queue.ts';
import type { Clock } from '../base/clock.ts';
import { EngineError, toEngineError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { isCompatible } from '../wire/capabilities.ts';
import type { Capabilities, NotifySegment } from '../wire/gen/net/lp_rpc_pb.js';
import { MAX_PROFILES, taskTimeoutMs } from '../wire/limits.ts';
import { taskInvalid } from '../wire/profiles.ts';
import { DEFAULT_SEGMENT_DURATION_MS, parseSegData, type SegmentMetadata } from '../wire/seg-data.ts';
import { encodeError } from '../wire/transcode-results.ts';
import { PROTOCOL_VERSION } from '../wire/version.ts';
import type { Admission, Admitted } from './admission.ts';
import { Delivery } from './delivery.ts';
import type { Downloader } from './download.ts';
import { quote } from './quote.ts';
import type { ResultPoster } from './results.ts';
import type { SessionTable } from './sessions.ts';

/** Time kept back from a task's total for posting, milliseconds, so that a failure still reaches the orchestrator in time. */
const POST_RESERVE_MS = 500;

/** A post is tried for at least so long, milliseconds, even when the task's time is over: a late result does no harm. */
const MIN_POST_MS = 2000;

/** How long a failure may take to be told while the engine stops, milliseconds. */
const LAST_WORDS_MS = 1500;

/** What a task needs from its surroundings. */
export interface TaskContext {
  readonly transcoder: Transcoder;
  /** This machine's capabilities as registered, which tasks are checked against. */
  readonly capabilities: () => Capabilities;
  readonly admission: Admission;
  readonly downloader: Downloader;
  readonly poster: ResultPoster;
  readonly clock: Clock;
  readonly log: Log;
  readonly sessions: SessionTable;
  readonly onSegment: (record: SegmentRecord) => void;
}

/** The key of a task's session. */
export function sessionIdOf(notice: NotifySegment): string {
  return notice.segData?.authToken?.sessionId ?? '';
}

/**
 * Does one task: check, download, transcode, post. Never throws; answers with exactly one result whatever happens, and ends with a
 * record in the state `done` or `failed`. `signal` stops it early; the failure is still told.
 */
export async function runTask(notice: NotifySegment, context: TaskContext, signal: AbortSignal): Promise<void> {
  await new Task(notice, context, signal).run();
}

class Task {
  readonly #notice: NotifySegment;
  readonly #context: TaskContext;
  readonly #signal: AbortSignal;
  readonly #startedMs: number;
  #totalMs = taskTimeoutMs(DEFAULT_SEGMENT_DURATION_MS);
  #decodedPixels = 0;
  #record: SegmentRecord;
  /** Held until the answer is posted. */
  #admitted: Admitted | undefined;
  /** The session table knows of this task. */
  #begun = false;

  constructor(notice: NotifySegment, context: TaskContext, signal: AbortSignal) {
    this.#notice = notice;
    this.#context = context;
    this.#signal = signal;
    this.#startedMs = context.clock.monotonicMs();
    this.#record = {
      id: randomUUID(),
      sessionId: sessionIdOf(notice),
      manifestId: '',
      seq: 0,
      state: 'downloading',
      startedAtMs: context.clock.nowMs(),
      durationMs: 0,
      sourceBytes: 0,
      decodedPixels: 0,
      encodedPixels: 0,
      renditions: [],
      hops: {},
    };
  }

  async run(): Promise<void> {
    let failure: EngineError | undefined;
    try {
      const delivery = await this.#work();
      failure = await this.#post((signal) => delivery.finish(signal));
    } catch (error) {
      failure = toEngineError(error);
      const body = encodeError(wireTextOf(failure));
      const { taskId } = this.#notice;
      const decodedPixels = this.#decodedPixels;
      failure = (await this.#post((signal) => this.#context.poster.post({ taskId, decodedPixels, body, signal }))) ?? failure;
    }
    this.#finish(failure);
  }

  /** Milliseconds since `from`. */
  #since(from: number): number {
    return this.#context.clock.monotonicMs() - from;
  }

  #update(change: Partial<SegmentRecord>, hops: Hops = {}): void {
    this.#record = { ...this.#record, ...change, hops: { ...this.#record.hops, ...hops } };
    this.#context.onSegment(this.#record);
  }

  /** Everything up to the end of the codecs' work; from then on only the result's delivery is left. */
  async #work(): Promise<Delivery> {
    const segment = parseSegData(this.#notice.segData);
    this.#totalMs = taskTimeoutMs(segment.durationMs);
    const sessionId = this.#record.sessionId || segment.manifestId;
    this.#context.sessions.begin(
      sessionId,
      segment.manifestId,
      segment.profiles.map(({ name }) => name),
    );
    this.#begun = true;
    this.#record = {
      ...this.#record,
      sessionId,
      manifestId: segment.manifestId,
      seq: Number(segment.seq),
      durationMs: segment.durationMs,
    };
    checkJob(segment, this.#context.capabilities());
    const admitted = this.#context.admission.admit(sessionId);
    this.#admitted = admitted;
    using limit = deadline(this.#totalMs - POST_RESERVE_MS, 'The segment', this.#signal);
    // Downloading and transcoding overlap; when one fails, the other is given up with the same reason.
    const stop = new AbortController();
    const signal = AbortSignal.any([limit.signal, stop.signal]);
    try {
      const input = this.#download(admitted, signal, stop);
      // Its request is written on the next tick, which otherwise would come only after the job was made and sent.
      await new Promise<void>((resolve) => process.nextTick(resolve));
      // Not when the first bytes come: until then the worker gets ready for them.
      return await this.#transcode(segment, input, signal);
    } catch (error) {
      // What failed first is the reason; the other only follows.
      stop.abort(error);
      throw stop.signal.reason;
    }
  }

  /** Begins to download the segment. A failure is what its reader gets, and what `stop` aborts with. */
  #download(admitted: Admitted, signal: AbortSignal, stop: AbortController): ByteQueue {
    const { downloader, clock } = this.#context;
    const admitMs = this.#since(this.#startedMs);
    const from = clock.monotonicMs();
    const input = new ByteQueue();
    const { memory } = admitted;
    const onPiece = (piece: Uint8Array): void => input.add(piece);
    downloader
      .download({ url: this.#notice.url, memory, signal, onPiece })
      .then((sourceBytes) => {
        this.#update({ state: 'transcoding', sourceBytes }, { downloadMs: this.#since(from) });
        input.end();
      })
      .catch((error) => {
        input.fail(error);
        stop.abort(error);
      });
    // Told when the request is already on its way.
    this.#update({}, { admitMs });
    return input;
  }

  async #transcode(segment: SegmentMetadata, input: ByteQueue, signal: AbortSignal): Promise<Delivery> {
    const { transcoder, clock } = this.#context;
    const from = clock.monotonicMs();
    const job: TranscodeJob = {
      sessionId: this.#record.sessionId,
      manifestId: segment.manifestId,
      seq: this.#record.seq,
      input,
      durationMs: segment.durationMs,
      profiles: segment.profiles,
      ...(segment.clip ? { clip: segment.clip } : {}),
      perceptualHash: segment.perceptualHash,
      reinitialise: segment.reinitialise,
      serviceProvider: `Livepeer Transcoder ${PROTOCOL_VERSION} (${this.#notice.orchId})`,
    };
    const timeoutMs = Math.max(1, this.#totalMs - POST_RESERVE_MS - this.#since(this.#startedMs));
    const delivery = new Delivery(this.#context.poster, this.#notice.taskId, segment);
    try {
      const result = await transcoder.transcode(job, { signal, timeoutMs, output: delivery });
      this.#decodedPixels = result.source.pixels;
      this.#transcoded(result, this.#since(from));
      delivery.supply(result);
      return delivery;
    } catch (error) {
      delivery.abort(error);
      throw error;
    }
  }

  #transcoded({ source, renditions, device, codecMs, starvedMs }: TranscodeResult, wallMs: number): void {
    this.#update(
      {
        state: 'uploading',
        source: { width: source.width, height: source.height, fps: source.fps, codec: source.codec },
        decodedPixels: source.pixels,
        encodedPixels: renditions.reduce((sum, { pixels }) => sum + pixels, 0),
        renditions: renditions.map(({ name, width, height, frames, bytes, pixels }) => ({
          name,
          width,
          height,
          frames,
          bytes,
          pixels,
        })),
        device,
      },
      { codecMs, downloadMs: starvedMs, handoffMs: Math.max(0, wallMs - codecMs - starvedMs) },
    );
  }

  /** Sends what is left of the one answer. Returns what went wrong with it, if anything. */
  async #post(send: (signal: AbortSignal) => Promise<void>): Promise<EngineError | undefined> {
    const from = this.#context.clock.monotonicMs();
    const remainingMs = Math.max(MIN_POST_MS, this.#totalMs - this.#since(this.#startedMs));
    // Not under the task's own signal: a task that was stopped still says so.
    using limit = deadline(this.#signal.aborted ? LAST_WORDS_MS : remainingMs, 'The upload of the result');
    try {
      await send(limit.signal);
      return undefined;
    } catch (error) {
      return uploadError(error);
    } finally {
      this.#record = { ...this.#record, hops: { ...this.#record.hops, uploadMs: this.#since(from) } };
    }
  }

  #finish(failure: EngineError | undefined): void {
    this.#admitted?.[Symbol.dispose]();
    const totalMs = this.#since(this.#startedMs);
    const { durationMs } = this.#record;
    if (failure) {
      this.#context.log.warn(
        { taskId: String(this.#notice.taskId), sessionId: this.#record.sessionId, code: failure.code, err: failure },
        'segment failed',
      );
    }
    this.#update(
      {
        state: failure ? 'failed' : 'done',
        ...(failure ? { error: failure.toInfo() } : { realtimeFactor: totalMs > 0 ? durationMs / totalMs : 0 }),
      },
      { totalMs },
    );
    if (this.#begun) this.#context.sessions.finish(this.#record);
  }
}

/** Checks a job before anything is spent on it. */
function checkJob(segment: SegmentMetadata, capabilities: Capabilities): void {
  if (!isCompatible(segment.capabilities, capabilities)) {
    throw new EngineError({
      code: 'task-incompatible',
      message: 'The orchestrator sent a job that needs something this machine does not offer.',
      nextStep: 'Nothing to do here: the orchestrator chose wrongly, or this machine offers less since it registered.',
      details: { wireText: 'incompatible segment capabilities' },
    });
  }
  if (segment.profiles.length === 0) throw taskInvalid('no profiles');
  if (segment.profiles.length > MAX_PROFILES) throw taskInvalid('Too many outputs');
  if (segment.profiles.some(({ gop }) => typeof gop === 'number' && gop < 0)) throw taskInvalid('TranscoderInvalidGOP');
}

/**
 * Text posted for a failure: the protocol's exact text where there is one, else the message, undecorated. What was stopped because
 * the engine stops has the reference's text for that.
 */
export function wireTextOf(error: EngineError): string {
  const { wireText } = error.details ?? {};
  if (typeof wireText === 'string') return wireText;
  return error.code === 'aborted' ? 'TranscoderStopped' : quote(error.message);
}

function uploadError(error: unknown): EngineError {
  const known = toEngineError(error, 'upload-failed');
  if (known.code !== 'timeout') return known;
  return new EngineError({
    code: 'upload-timeout',
    message: 'The result could not be uploaded in time.',
    nextStep: "Check this machine's upload speed; fewer sessions need less of it.",
    cause: error,
  });
}
