import { randomBytes } from 'node:crypto';
import type { ErrorInfo } from '../api/errors.ts';
import type { VideoProfile } from '../api/media.ts';
import { sleep, untilAborted } from '../base/abort.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { Emitter } from '../base/emitter.ts';
import { EngineError, toEngineError } from '../base/errors.ts';
import { type Log, silentLog } from '../base/log.ts';
import { blamesStream } from '../orchestrator/faults.ts';
import type { RenditionResult } from '../orchestrator/job.ts';
import { createCapabilities } from '../wire/capabilities.ts';
import { jobRequirements } from '../wire/job-requirements.ts';
import type { GatewayPort, StreamSegment } from './gateway-port.ts';
import { whatIsWrong } from './playable.ts';
import type { PracticeSegment, PracticeSource } from './practice-source.ts';
import { WaitingStream } from './waiting-streams.ts';

/** Times a segment is tried before it counts as failed (go-livepeer `server/broadcast.go`). */
const ATTEMPTS = 3;

/** Pause before asking again when no transcoder has room, milliseconds. */
const NO_ROOM_PAUSE_MS = 250;

/** A real-time stream that fell behind catches up at most so much, milliseconds. */
const MAX_LAG_MS = 10_000;

export interface PracticeGatewayParameters {
  readonly port: GatewayPort;
  readonly source: PracticeSource;
  readonly profiles: readonly VideoProfile[];
  /** Streams at once. */
  readonly sessions: number;
  readonly pace: 'real-time' | 'flat-out';
  /** Segments over all sessions, then it stops; absent = for ever. */
  readonly limit?: number;
  readonly clock?: Clock;
  readonly log?: Log;
}

/** What became of one segment. */
export interface PracticeResult {
  readonly sessionId: string;
  readonly manifestId: string;
  /** Counts from 0 within the session. */
  readonly seq: number;
  readonly source: PracticeSegment;
  /** Renditions in profile order; empty when it failed. */
  readonly renditions: readonly RenditionResult[];
  /** Milliseconds from submission to result, all attempts. */
  readonly tookMs: number;
  readonly attempts: number;
  readonly error?: ErrorInfo;
}

/** How the gateway stands. */
export interface GatewayCounts {
  readonly submitted: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Sessions that wait for a transcoder with room. */
  readonly waiting: number;
  /** Why, in plain words; absent when none waits. */
  readonly waitingReason?: string;
}

/**
 * A gateway that plays a video into an orchestrator, in one or many sessions, for ever or for a number of segments. Time
 * stamps run on when the video starts over, as a live stream's do.
 */
export class PracticeGateway implements AsyncDisposable {
  readonly #parameters: PracticeGatewayParameters;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #stop = new AbortController();
  readonly #results: Emitter<PracticeResult>;
  readonly #ends: Emitter<string>;
  readonly #changes: Emitter<GatewayCounts>;
  #counts: GatewayCounts = { submitted: 0, succeeded: 0, failed: 0, waiting: 0 };
  #claimed = 0;
  #inFlight = 0;
  readonly #idle = new Set<() => void>();
  #running: Promise<void> | undefined;
  #paused: PromiseWithResolvers<void> | undefined;

  constructor(parameters: PracticeGatewayParameters) {
    this.#parameters = parameters;
    this.#clock = parameters.clock ?? systemClock;
    this.#log = parameters.log ?? silentLog;
    const onError = (error: unknown) => this.#log.error({ err: error }, 'a listener of the practice gateway failed');
    this.#results = new Emitter(onError);
    this.#ends = new Emitter(onError);
    this.#changes = new Emitter(onError);
  }

  get counts(): GatewayCounts {
    return this.#counts;
  }

  onResult(listener: (result: PracticeResult) => void): Disposable {
    return this.#results.on(listener);
  }

  /** Calls back with the id of a session that has ended. */
  onSessionEnd(listener: (sessionId: string) => void): Disposable {
    return this.#ends.on(listener);
  }

  onChange(listener: (counts: GatewayCounts) => void): Disposable {
    return this.#changes.on(listener);
  }

  /**
   * Plays until the limit is reached or the gateway is disposed of. Rejects when the video cannot be read (nothing else ends
   * a session); a second call waits for the same run.
   */
  run(): Promise<void> {
    this.#running ??= this.#runAll();
    return this.#running;
  }

  /** Segments on their way now; those that wait for a transcoder are not. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Resolves when no segment is on its way. Rejects with the signal's reason. */
  async idle(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#inFlight === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle.add(resolve);
    try {
      await untilAborted(promise, signal);
    } finally {
      this.#idle.delete(resolve);
    }
  }

  /** Submits nothing new until `resume`, nor tries anything again; what is on its way is finished. */
  pause(): void {
    this.#paused ??= Promise.withResolvers<void>();
  }

  resume(): void {
    this.#paused?.resolve();
    this.#paused = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new EngineError({ code: 'aborted', message: 'The practice gateway was stopped' }));
    this.resume();
    await this.#running?.catch(() => {});
  }

  async #runAll(): Promise<void> {
    const { sessions } = this.#parameters;
    const ended = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, ended.signal]);
    const all = Array.from({ length: sessions }, (_, index) => this.#session(index, signal));
    try {
      await Promise.all(all);
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error;
    } finally {
      ended.abort(new EngineError({ code: 'aborted', message: 'Another practice session could not go on' }));
      await Promise.allSettled(all);
    }
  }

  async #session(index: number, signal: AbortSignal): Promise<void> {
    const { source, sessions, pace } = this.#parameters;
    const sessionId = randomBytes(4).toString('hex');
    const manifestId = `practice-${index + 1}`;
    let offsetMs = 0;
    let seq = 0;
    // Many streams never begin at the same moment.
    let dueMs = this.#clock.monotonicMs();
    try {
      while (true) {
        let passMs = 0;
        for await (const segment of source.pass(signal)) {
          if (seq === 0 && pace === 'real-time') dueMs += (index * segment.durationMs) / sessions;
          if (pace === 'real-time') await sleep(Math.max(0, dueMs - this.#clock.monotonicMs()), signal);
          if (this.#paused) {
            await this.#paused.promise;
            dueMs = this.#clock.monotonicMs();
          }
          signal.throwIfAborted();
          if (!this.#claim()) return;
          const shifted = offsetMs === 0 ? segment : source.shift(segment, offsetMs);
          const waitedMs = await this.#segment({ sessionId, manifestId, seq, source: shifted }, signal);
          // Whoever fell behind catches up a little, but doesn't make up for a night's sleep.
          dueMs = Math.max(dueMs + segment.durationMs + waitedMs, this.#clock.monotonicMs() - MAX_LAG_MS);
          passMs += segment.durationMs;
          seq += 1;
        }
        if (passMs <= 0) {
          throw new EngineError({ code: 'media-empty', message: `The practice video (${source.description}) holds no segments` });
        }
        offsetMs += passMs;
      }
    } finally {
      this.#parameters.port.endSession(sessionId);
      this.#ends.emit(sessionId);
    }
  }

  #claim(): boolean {
    if (this.#claimed >= (this.#parameters.limit ?? Number.POSITIVE_INFINITY)) return false;
    this.#claimed += 1;
    return true;
  }

  /** One segment, tried as a real gateway tries. Returns the milliseconds spent waiting for a transcoder. */
  async #segment(
    { sessionId, manifestId, seq, source }: Pick<PracticeResult, 'sessionId' | 'manifestId' | 'seq' | 'source'>,
    signal: AbortSignal,
  ): Promise<number> {
    const { profiles } = this.#parameters;
    const job = this.#job(sessionId, manifestId, seq, source);
    this.#count({ submitted: 1 });
    let startedMs = this.#clock.monotonicMs();
    let waitedMs = 0;
    let attempts = 0;
    let error: EngineError | undefined;
    const finish = (renditions: readonly RenditionResult[]) => {
      this.#count(error ? { failed: 1 } : { succeeded: 1 });
      const tookMs = this.#clock.monotonicMs() - startedMs;
      if (error) this.#log.warn({ session: sessionId, seq, err: error, attempts }, 'a practice segment failed');
      const result = { sessionId, manifestId, seq, source, renditions, tookMs, attempts };
      this.#results.emit(error ? { ...result, error: error.toInfo() } : result);
      return waitedMs;
    };
    using waiting = new WaitingStream((change) => this.#count(change));
    while (attempts < ATTEMPTS) {
      attempts += 1;
      try {
        waiting.endSoon();
        const renditions = await this.#submit(job, signal);
        error = checkPlayable(renditions, profiles);
        if (!error) return finish(renditions);
      } catch (thrown) {
        signal.throwIfAborted();
        error = toEngineError(thrown, 'transcoder-failed');
        if (blamesStream(error)) break;
        if (error.code === 'no-transcoder' || error.code === 'busy') {
          // Nobody is there (yet, or because the user paused): a stream waits, it doesn't fail.
          waiting.begin(error.message);
          await sleep(NO_ROOM_PAUSE_MS, signal);
          if (this.#paused) await untilAborted(this.#paused.promise, signal);
          waitedMs += this.#clock.monotonicMs() - startedMs;
          startedMs = this.#clock.monotonicMs();
          attempts -= 1;
        }
      }
    }
    return finish([]);
  }

  async #submit(job: StreamSegment, signal: AbortSignal): Promise<readonly RenditionResult[]> {
    this.#inFlight += 1;
    try {
      return (await this.#parameters.port.submit(job, signal)).renditions;
    } finally {
      this.#inFlight -= 1;
      if (this.#inFlight === 0) for (const resolve of this.#idle) resolve();
    }
  }

  #job(sessionId: string, manifestId: string, seq: number, { data, durationMs }: PracticeSegment): StreamSegment {
    const { source, profiles } = this.#parameters;
    const numbers = jobRequirements({ source: { codec: source.codec, pixelFormat: 'yuv420p' }, profiles });
    return {
      sessionId,
      manifestId,
      seq: BigInt(seq),
      data,
      durationMs: Math.round(durationMs),
      profiles,
      capabilities: createCapabilities({ numbers }),
    };
  }

  #count(change: Partial<GatewayCounts>): void {
    const { submitted, succeeded, failed, waiting, waitingReason } = this.#counts;
    const stillWaiting = waiting + (change.waiting ?? 0);
    const reason = change.waitingReason ?? waitingReason;
    this.#counts = {
      submitted: submitted + (change.submitted ?? 0),
      succeeded: succeeded + (change.succeeded ?? 0),
      failed: failed + (change.failed ?? 0),
      waiting: stillWaiting,
      ...(stillWaiting === 0 || reason === undefined ? {} : { waitingReason: reason }),
    };
    this.#changes.emit(this.#counts);
  }
}

function checkPlayable(renditions: readonly RenditionResult[], profiles: readonly VideoProfile[]): EngineError | undefined {
  for (const [index, { data, name }] of renditions.entries()) {
    const wrong = whatIsWrong(data, profiles[index]?.container ?? 'mpegts');
    if (wrong !== undefined) {
      return new EngineError({ code: 'transcoder-failed', message: `The rendition ${name} cannot be played: ${wrong}` });
    }
  }
  return undefined;
}
