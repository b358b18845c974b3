import type { Transcoder } from '../api/media.ts';
import type { OrchestratorLink } from '../api/snapshot.ts';
import { sleep, untilAborted } from '../base/abort.ts';
import { Backoff } from '../base/backoff.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { Disposables } from '../base/disposables.ts';
import { EngineError, toEngineError } from '../base/errors.ts';
import { type Log, silentLog } from '../base/log.ts';
import type { Role } from '../base/role.ts';
import type { OrchestratorAddress } from '../wire/address.ts';
import type { NotifySegment } from '../wire/gen/net/lp_rpc_pb.js';
import { Admission } from './admission.ts';
import { Downloader, type DownloaderOptions } from './download.ts';
import type { TranscoderObserver } from './observer.ts';
import { currentOffer, type Offer, sameOffer } from './offer.ts';
import { type RegisterParameters, register } from './registration.ts';
import { ResultPoster } from './results.ts';
import { SessionTable } from './sessions.ts';
import { runTask, sessionIdOf, type TaskContext } from './task.ts';

/** A registration that lived so long, milliseconds, was healthy: the next loss starts the back-off anew. */
const HEALTHY_AFTER_MS = 60_000;

/** Tasks being answered at once, refused ones included; beyond it the stream is read no further until one is done. */
const MAX_OUTSTANDING = 256;

/** How long the last posts may take when the client is disposed, milliseconds. */
const DISPOSE_GRACE_MS = 2000;

/** A drain ends the registration when no segment is due for so long, milliseconds: more than a notice needs to get here. */
const QUIET_MS = 250;

/** How long a drain waits for such a moment at most, milliseconds. */
const QUIET_WAIT_MS = 2000;

/** What a {@link TranscoderClient} needs. */
export interface TranscoderClientOptions {
  readonly address: OrchestratorAddress;
  /** Shared secret of the orchestrator (`-orchSecret`). */
  readonly secret: string;
  /** Pin of the orchestrator's TLS key (`wire/pin.ts`): it holds for everything that is said to it or fetched from it. */
  readonly pin?: string | undefined;
  /** Does the work; not owned. */
  readonly transcoder: Transcoder;
  readonly observer: TranscoderObserver;
  readonly log?: Log;
  readonly clock?: Clock;
  readonly backoff?: Backoff;
  /** Memory for segments in flight, bytes. */
  readonly maxBytesInFlight?: number;
  /** A session without a segment for so long, milliseconds, has ended. */
  readonly sessionIdleMs?: number;
  readonly download?: DownloaderOptions;
  readonly registration?: Pick<RegisterParameters, 'dialTimeoutMs' | 'pingIntervalMs' | 'pingTimeoutMs'>;
}

/** Ends a registration that is to be made anew at once. */
const REFRESH = new EngineError({ code: 'aborted', message: 'The registration is renewed.' });

type State = 'new' | 'running' | 'draining' | 'paused' | 'refused' | 'disposed';

/**
 * Takes work from an orchestrator: registers, does every task it is sent, registers again when the line is lost. Stops for good only
 * when the orchestrator refuses the secret or the capacity; the link then has the state `refused` and says why.
 */
export class TranscoderClient implements Role {
  readonly name = 'transcoder';
  readonly #options: TranscoderClientOptions;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #tasks = new Map<string, Promise<void>>();
  readonly #resources = new Disposables();
  readonly #sessions: SessionTable;
  readonly #context: TaskContext;
  readonly #stopTasks = new AbortController();
  #state: State = 'new';
  #loop: { readonly controller: AbortController; readonly done: Promise<void> } | undefined;
  #registrations = 0;
  /** What the orchestrator was told at the last registration. */
  #offer: Offer;
  #registration = new AbortController();

  constructor(options: TranscoderClientOptions) {
    this.#options = options;
    this.#log = (options.log ?? silentLog).child({ role: 'transcoder', orchestrator: options.address.uri });
    this.#clock = options.clock ?? systemClock;
    this.#backoff = options.backoff ?? new Backoff();
    const { transcoder, observer, pin } = options;
    const downloader = this.#resources.use(
      new Downloader({ ...options.download, ...(pin === undefined ? {} : { pinned: { ...options.address, pin } }) }),
    );
    const poster = this.#resources.use(new ResultPoster(options.address, options.secret, pin));
    this.#sessions = this.#resources.use(
      new SessionTable({
        clock: this.#clock,
        onChange: (record) => observer.sessionChanged(record),
        onEnd: (sessionId) => transcoder.endSession(sessionId),
        ...(options.sessionIdleMs === undefined ? {} : { idleMs: options.sessionIdleMs }),
      }),
    );
    this.#offer = currentOffer(transcoder);
    this.#context = {
      transcoder,
      capabilities: () => this.#offer.capabilities,
      admission: new Admission(() => transcoder.capacity.sessions, options.maxBytesInFlight),
      downloader,
      poster,
      clock: this.#clock,
      log: this.#log,
      sessions: this.#sessions,
      onSegment: (record) => observer.segmentChanged(record),
    };
  }

  /** Segments being worked on, their answers included. */
  get inFlight(): number {
    return this.#tasks.size;
  }

  /**
   * Begins to register; the link tells how it goes.
   * @throws EngineError `config-invalid` for an empty secret, which every orchestrator refuses
   */
  async start(): Promise<void> {
    if (this.#state !== 'new') return;
    if (this.#options.secret === '') {
      throw new EngineError({
        code: 'config-invalid',
        message: 'The secret of the orchestrator is missing.',
        nextStep: "Set the secret that the orchestrator's operator gave you (-orchSecret).",
      });
    }
    this.#begin();
  }

  /**
   * Takes no new work. The protocol has no word for it: the registration is ended, upon which the orchestrator gives the sessions to
   * others, while tasks that run are finished and posted (results are accepted without a registration). A notice that crosses the end
   * on the wire would be lost to the orchestrator's timeout, so the end waits, for at most 2 s, for a moment when none is due.
   */
  async drain(signal: AbortSignal): Promise<void> {
    if (this.#state === 'disposed' || this.#state === 'paused') return;
    this.#state = 'draining';
    await this.#untilQuiet(signal);
    // `resume` may have come in between, here and below.
    if (this.#state !== 'draining') return;
    await this.#endLoop();
    this.#setLink({ state: 'closed', attempt: 0 });
    await untilAborted(this.#settled(), signal);
    if (this.#state !== 'draining') return;
    this.#state = 'paused';
    // No segment of them comes any more; after a pause they would count beside the new ones until they are idle for long enough.
    this.#sessions.endAll();
  }

  /** Registers again after {@link drain}, or after a refusal. */
  async resume(): Promise<void> {
    if (this.#state === 'paused' || this.#state === 'draining' || this.#state === 'refused') this.#begin();
  }

  /**
   * Tells the orchestrator what changed: when the transcoder's capacity or capabilities are no longer those registered, the registration is
   * made anew (the protocol knows no other way), after what runs has been finished. Does nothing otherwise.
   */
  refresh(): void {
    const current = currentOffer(this.#options.transcoder);
    if (this.#state === 'running' && !sameOffer(current, this.#offer)) this.#registration.abort(REFRESH);
  }

  /** Ends the registration, stops what runs (each task's failure is still posted, for at most 2 s) and closes all connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === 'disposed') return;
    this.#state = 'disposed';
    await this.#endLoop();
    this.#stopTasks.abort(new EngineError({ code: 'aborted', message: 'The transcoder client was stopped.' }));
    const grace = new AbortController();
    await Promise.race([this.#settled(), sleep(DISPOSE_GRACE_MS, grace.signal).catch(() => {})]);
    grace.abort();
    await this.#resources[Symbol.asyncDispose]();
    this.#setLink({ state: 'closed', attempt: 0 });
  }

  async #untilQuiet(signal: AbortSignal): Promise<void> {
    const until = this.#clock.monotonicMs() + QUIET_WAIT_MS;
    while (this.#sessions.expectsWithin(QUIET_MS) && this.#clock.monotonicMs() < until && !signal.aborted) await sleep(10);
  }

  #begin(): void {
    this.#state = 'running';
    this.#loop?.controller.abort(new EngineError({ code: 'aborted', message: 'The registration was ended.' }));
    this.#backoff.reset();
    const controller = new AbortController();
    const before = this.#loop?.done ?? Promise.resolve();
    const done = before.then(() => this.#run(controller.signal)).catch((error) => this.#crashed(error));
    this.#loop = { controller, done };
  }

  async #endLoop(): Promise<void> {
    this.#loop?.controller.abort(new EngineError({ code: 'aborted', message: 'The registration was ended.' }));
    await this.#loop?.done;
  }

  /** A bug ended the loop: say so instead of idling silently. */
  #crashed(thrown: unknown): void {
    const error = toEngineError(thrown);
    this.#log.error({ err: error }, 'the registration loop ended unexpectedly');
    this.#setLink({ state: 'refused', attempt: this.#backoff.attempt, error: error.toInfo() });
  }

  /** Registers again and again until stopped or refused. */
  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // Results of the last registration's tasks go out first. Task numbers start at 0 in every orchestrator process, so after a
      // restart of the orchestrator a late result could be taken for that of a new task with the same number.
      await untilAborted(this.#settled(), signal).catch(() => {});
      if (signal.aborted) return;
      const error = await this.#registerOnce(signal);
      if (signal.aborted) return;
      if (error === REFRESH) continue;
      if (error.code === 'orchestrator-secret-refused' || error.code === 'orchestrator-capacity-refused') {
        this.#state = 'refused';
        this.#log.error({ err: error }, 'the orchestrator refused this machine');
        this.#setLink({ state: 'refused', attempt: this.#backoff.attempt + 1, error: error.toInfo() });
        return;
      }
      const delayMs = this.#backoff.next();
      this.#log.warn({ err: error, delayMs: Math.round(delayMs) }, 'not registered; trying again');
      this.#setLink({
        state: 'waiting',
        attempt: this.#backoff.attempt,
        nextAttemptAtMs: Math.round(this.#clock.nowMs() + delayMs),
        error: error.toInfo(),
      });
      await sleep(delayMs, signal).catch(() => {});
    }
  }

  /** One registration from dialling to its end; returns why it ended. */
  async #registerOnce(signal: AbortSignal): Promise<EngineError> {
    const { address, secret, pin, registration } = this.#options;
    this.#offer = currentOffer(this.#options.transcoder);
    const { capacity, capabilities } = this.#offer;
    if (capacity < 1) {
      return new EngineError({
        code: 'not-ready',
        message: 'This machine has no session to offer at the moment.',
        nextStep: 'See what the page says about its GPUs, or set the number of sessions.',
      });
    }
    this.#setLink({ state: 'connecting', attempt: this.#backoff.attempt });
    let registeredAt: number | undefined;
    this.#registrations += 1;
    const number = this.#registrations;
    this.#registration = new AbortController();
    try {
      await register({
        address,
        secret,
        pin,
        capacity,
        capabilities,
        signal: AbortSignal.any([signal, this.#registration.signal]),
        onRegistered: () => {
          registeredAt = this.#clock.monotonicMs();
          this.#log.info({ capacity }, 'registered');
          this.#setLink({ state: 'registered', attempt: 0 });
        },
        onNotice: (notice) => this.#take(notice, number),
        ...registration,
      });
      return new EngineError({
        code: 'orchestrator-closed',
        message: `The orchestrator ${address.uri} ended the registration, which it does when a segment took too long.`,
        nextStep: 'If it keeps happening, offer fewer sessions.',
      });
    } catch (error) {
      return toEngineError(error);
    } finally {
      if (registeredAt !== undefined && this.#clock.monotonicMs() - registeredAt >= HEALTHY_AFTER_MS) this.#backoff.reset();
    }
  }

  /** Takes one message of the stream. Returns a promise to wait for when too much is outstanding. */
  #take(notice: NotifySegment, registration: number): Promise<void> | undefined {
    if (notice.url === '' && sessionIdOf(notice) !== '') {
      this.#sessions.end(sessionIdOf(notice));
      return undefined;
    }
    const key = `${registration}/${notice.taskId}`;
    if (this.#tasks.has(key)) {
      this.#log.warn({ taskId: String(notice.taskId) }, 'the orchestrator sent a task twice; the second is ignored');
      return undefined;
    }
    const task = runTask(notice, this.#context, this.#stopTasks.signal)
      .catch((error) => this.#log.error({ err: error }, 'a task ended unexpectedly'))
      .finally(() => this.#tasks.delete(key));
    this.#tasks.set(key, task);
    return this.#tasks.size < MAX_OUTSTANDING ? undefined : Promise.race(this.#tasks.values());
  }

  async #settled(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks.values());
  }

  #setLink(link: Omit<OrchestratorLink, 'serviceUri' | 'sinceMs'>): void {
    this.#options.observer.linkChanged({ serviceUri: this.#options.address.uri, sinceMs: this.#clock.nowMs(), ...link });
  }
}
