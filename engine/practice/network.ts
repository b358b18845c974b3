import { randomBytes } from 'node:crypto';
import type { VideoProfile } from '../api/media.ts';
import type { PracticeStatus, PreviewStream } from '../api/snapshot.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { Disposables } from '../base/disposables.ts';
import { Emitter } from '../base/emitter.ts';
import { EngineError } from '../base/errors.ts';
import { type Log, silentLog } from '../base/log.ts';
import type { Role } from '../base/role.ts';
import { Orchestrator, type OrchestratorStatus, type OrchestratorTimes } from '../orchestrator/orchestrator.ts';
import { OrchestratorAddressSchema } from '../wire/address.ts';
import { PRESETS } from '../wire/presets.ts';
import { PracticeGateway, type PracticeResult } from './gateway.ts';
import { GatewayClient } from './gateway-client.ts';
import { clipSource, DEFAULT_CLIP, fileSource } from './media-source.ts';
import type { PracticeSource } from './practice-source.ts';
import { type PreviewContent, PreviewStore } from './preview.ts';

/** The reference gateway's own default renditions (go-livepeer `-transcodingOptions`). */
const DEFAULT_PROFILES: readonly VideoProfile[] = ['P240p30fps16x9', 'P360p30fps16x9'].flatMap((name) => PRESETS.get(name) ?? []);

/** Both ends are this very process: a busy moment of it is no slow line. */
const MIN_HEADERS_MS = 8_000;

export interface PracticeParameters {
  /** Streams at once; 1 when left out. */
  readonly sessions?: number;
  /** Segments as a live stream has them, or as fast as they are transcoded. */
  readonly pace?: PracticeStatus['pace'];
  /** The user's own video file; absent = a clip painted on the spot. */
  readonly input?: string;
  /** Any other video. */
  readonly source?: PracticeSource;
  readonly profiles?: readonly VideoProfile[];
  /** Segments over all sessions, then it stops; absent = for ever. */
  readonly limit?: number;
  /** Port of the orchestrator on loopback; 0 or absent = any. */
  readonly port?: number;
  /** What transcoders must know; absent = a random one. */
  readonly secret?: string;
  /** Stops everything, also while it starts. */
  readonly signal?: AbortSignal;
  readonly times?: Partial<OrchestratorTimes>;
  readonly clock?: Clock;
  readonly log?: Log;
}

/**
 * Starts the embedded practice network: an off-chain orchestrator on loopback TLS, and a gateway that plays a video into it.
 * Gateway, orchestrator and transcoders speak the real wire to each other; transcoders join with `serviceUri` and `secret`.
 * Resolves when transcoders can register; the video is prepared meanwhile. Rejects with `port-in-use`.
 */
export async function startPracticeNetwork(parameters: PracticeParameters = {}): Promise<PracticeNetwork> {
  const secret = parameters.secret ?? randomBytes(16).toString('hex');
  const { port = 0, times, clock = systemClock, log = silentLog } = parameters;
  const orchestrator = new Orchestrator({
    secret,
    port,
    clock,
    log,
    ...(times ? { times } : {}),
  });
  await orchestrator.start();
  return new PracticeNetwork(orchestrator, secret, parameters);
}

/** A running practice network. As a role, draining it feeds in nothing new and waits for what is on its way. */
export class PracticeNetwork implements Role {
  readonly name = 'practice';
  /** Where transcoders register. */
  readonly serviceUri: string;
  /** What they must know; never logged. */
  readonly secret: string;
  readonly previews: PreviewStore;
  /** Resolves when the limit is reached; rejects when the video cannot be used. Pending without a limit. */
  readonly finished: Promise<void>;
  readonly #parameters: PracticeParameters;
  readonly #profiles: readonly VideoProfile[];
  readonly #orchestrator: Orchestrator;
  readonly #log: Log;
  readonly #owned = new Disposables();
  readonly #stop = new AbortController();
  readonly #changes: Emitter<PracticeStatus>;
  readonly #results: Emitter<PracticeResult>;
  readonly #previewChanges: Emitter<readonly PreviewStream[]>;
  #gateway: PracticeGateway | undefined;
  #source: PracticeSource | undefined;
  #paused = false;

  constructor(orchestrator: Orchestrator, secret: string, parameters: PracticeParameters) {
    const { clock = systemClock, log = silentLog, signal } = parameters;
    this.#parameters = parameters;
    this.#profiles = parameters.profiles ?? DEFAULT_PROFILES;
    this.#log = log;
    this.#orchestrator = this.#owned.use(orchestrator);
    this.serviceUri = orchestrator.serviceUri;
    this.secret = secret;
    this.previews = new PreviewStore({ clock });
    this.#source = parameters.source;
    const onError = (error: unknown) => log.error({ err: error }, 'a listener of the practice network failed');
    this.#changes = new Emitter(onError);
    this.#results = new Emitter(onError);
    this.#previewChanges = new Emitter(onError);
    const onAbort = () => this.#stop.abort(signal?.reason);
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#owned.defer(() => signal?.removeEventListener('abort', onAbort));
    this.finished = this.#play();
    // Whoever cares awaits it; an unheard failure must not end the process.
    this.finished.catch(() => {});
  }

  /** How it stands. */
  get status(): PracticeStatus {
    const { sessions = 1, pace = 'real-time', input } = this.#parameters;
    const counts = this.#gateway?.counts ?? { submitted: 0, succeeded: 0, failed: 0, waiting: 0 };
    // A gateway is only told "capped"; here it is known why.
    const nobody = counts.waiting > 0 && this.#orchestrator.transcoders.capacity === 0;
    return {
      sessions,
      pace,
      source: this.#source?.description ?? input ?? 'generated clip',
      ...counts,
      ...(nobody ? { waitingReason: 'No transcoder is connected that takes work' } : {}),
      serviceUri: this.serviceUri,
      profiles: this.#profiles.map(({ name }) => name),
    };
  }

  /** The orchestrator's side: transcoders, sessions. */
  get orchestrator(): OrchestratorStatus {
    return this.#orchestrator.status();
  }

  /** Calls back when {@link status} changed. */
  onChange(listener: (status: PracticeStatus) => void): Disposable {
    return this.#changes.on(listener);
  }

  /** Calls back for every segment that came back or failed. */
  onResult(listener: (result: PracticeResult) => void): Disposable {
    return this.#results.on(listener);
  }

  /** Calls back when streams that can be watched came or went. */
  onPreviews(listener: (streams: readonly PreviewStream[]) => void): Disposable {
    return this.#previewChanges.on(listener);
  }

  /** Content of a preview URL (path without query), for the local server. */
  servePreview(path: string): PreviewContent | undefined {
    return this.previews.serve(path);
  }

  /** Segments on their way now. */
  get inFlight(): number {
    return this.#gateway?.inFlight ?? 0;
  }

  /** It runs from the beginning; nothing to do. */
  async start(): Promise<void> {}

  /** Feeds in nothing new until `resume`; the orchestrator stays up for the results still to come. */
  pause(): void {
    this.#paused = true;
    this.#gateway?.pause();
  }

  /** Feeds in nothing new; resolves when no segment is on its way any more. Rejects with the signal's reason. */
  async rest(signal: AbortSignal): Promise<void> {
    this.pause();
    await this.#gateway?.idle(signal);
  }

  async drain(signal: AbortSignal): Promise<void> {
    await this.rest(signal);
    await this.#orchestrator.drain(signal);
  }

  async resume(): Promise<void> {
    this.#paused = false;
    await this.#orchestrator.resume();
    this.#gateway?.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new EngineError({ code: 'aborted', message: 'The practice network was stopped' }));
    await this.finished.catch(() => {});
    await this.#owned[Symbol.asyncDispose]();
  }

  async #play(): Promise<void> {
    const { sessions = 1, pace = 'real-time', limit, clock = systemClock, input } = this.#parameters;
    const { signal } = this.#stop;
    const source =
      this.#parameters.source ?? (input === undefined ? await clipSource(DEFAULT_CLIP, signal) : await fileSource(input, signal));
    this.#source = source;
    signal.throwIfAborted();
    await using client = new GatewayClient({
      address: OrchestratorAddressSchema.parse(this.serviceUri),
      minHeadersMs: MIN_HEADERS_MS,
      clock,
      log: this.#log,
    });
    await using gateway = new PracticeGateway({
      port: client,
      source,
      profiles: this.#profiles,
      sessions,
      pace,
      clock,
      log: this.#log,
      ...(limit === undefined ? {} : { limit }),
    });
    gateway.onChange(() => this.#changes.emit(this.status));
    gateway.onResult((result) => this.#onResult(result));
    gateway.onSessionEnd((sessionId) => this.previews.endSession(sessionId));
    if (this.#paused) gateway.pause();
    const onAbort = () => void gateway[Symbol.asyncDispose]();
    signal.addEventListener('abort', onAbort, { once: true });
    this.#gateway = gateway;
    try {
      await gateway.run();
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#changes.emit(this.status);
    }
    signal.throwIfAborted();
  }

  #onResult(result: PracticeResult): void {
    const { sessionId, manifestId, seq, source, renditions } = result;
    if (result.error === undefined) {
      const changed = this.previews.addSegment({
        sessionId,
        manifestId,
        seq,
        durationMs: source.durationMs,
        tracks: [
          { name: 'source', width: source.width, height: source.height, data: source.data },
          ...renditions.flatMap(({ name, container, data }, index) => {
            const profile = this.#profiles[index];
            return profile && container === 'mpegts' ? [{ name, width: profile.width, height: profile.height, data }] : [];
          }),
        ],
      });
      if (changed) this.#previewChanges.emit(this.previews.list());
    }
    this.#results.emit(result);
  }
}
