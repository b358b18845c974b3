import { createTRPCClient, createWSClient, type TRPCClient, TRPCClientError, wsLink } from '@trpc/client';
import { type ErrorInfo, ErrorInfoSchema } from '../api/errors.ts';
import { FLEET_VIEW_MS, type RigState } from '../api/fleet.ts';
import type { RigSummary } from '../api/rig-summary.ts';
import type { AppRouter } from '../api/router.ts';
import { deadline, isTimeout, sleep, untilAborted } from '../base/abort.ts';
import { Backoff } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { EngineError } from '../base/errors.ts';
import { type Dial, socketClassOf } from './dial.ts';
import { readSummary, summaryOfState } from './summary-schema.ts';

/** Between two tries to reach a rig: 1 s, then longer, at most 30 s, half of it by chance. */
const RIG_BACKOFF = { initialMs: 1000, factor: 1.7, maxMs: 30_000, jitter: 0.5 };

/** Between two tries while it is refused or answers with another key, milliseconds: a person has to do something first. */
const HOPELESS_MS = 60_000;

/** A rig that knows no summaries is asked for its whole state this often, milliseconds. */
const POLL_MS = 5000;

/** Milliseconds that a command to a rig may take: it may have to finish segments. */
const COMMAND_MS = 20_000;

/** What is known of the connection to a rig. */
export interface LinkView {
  readonly state: RigState;
  readonly sinceMs: number;
  readonly address: string;
  readonly lastSeenAtMs: number | null;
  readonly nextAttemptAtMs?: number;
  readonly error?: ErrorInfo;
  readonly summary: RigSummary | null;
}

/** What a {@link RigLink} needs. */
export interface RigLinkParameters {
  readonly dial: Dial;
  readonly clock: Clock;
  readonly onChange: () => void;
  /** For tests. */
  readonly random?: () => number;
}

/** The connection to one rig: kept up for as long as it is not disposed, and its last summary. */
export class RigLink implements Disposable {
  readonly #parameters: RigLinkParameters;
  readonly #socket: ReturnType<typeof createWSClient>;
  readonly #api: TRPCClient<AppRouter>;
  readonly #abort = new AbortController();
  readonly #backoff: Backoff;
  #view: LinkView;
  #failure: EngineError | undefined;
  #attempts = 0;

  constructor(parameters: RigLinkParameters) {
    const { dial, clock } = parameters;
    this.#parameters = parameters;
    this.#backoff = new Backoff(RIG_BACKOFF, parameters.random);
    this.#view = {
      state: 'connecting',
      sinceMs: clock.nowMs(),
      address: dial.addresses[0] ?? '',
      lastSeenAtMs: null,
      summary: null,
    };
    this.#socket = createWSClient({
      url: () => dial.trpcUrl(this.#nextAddress()),
      ...(dial.connectionParams ? { connectionParams: dial.connectionParams } : {}),
      WebSocket: socketClassOf(dial, (error) => {
        this.#failure = error;
      }),
      keepAlive: { enabled: true, intervalMs: 10_000, pongTimeoutMs: 5000 },
      retryDelayMs: () => this.#lost(),
      onClose: () => this.#closed(),
    });
    this.#api = createTRPCClient<AppRouter>({ links: [wsLink({ client: this.#socket })] });
    void this.#follow();
  }

  get view(): LinkView {
    return this.#view;
  }

  /** Runs a command on the rig. @throws EngineError the rig's own error, `rig-unreachable`, or `timeout` */
  async command(start: (api: TRPCClient<AppRouter>, signal: AbortSignal) => Promise<unknown>): Promise<void> {
    if (this.#view.state !== 'live') throw notThere();
    using limit = deadline(COMMAND_MS, 'The answer of the rig', this.#abort.signal);
    try {
      await untilAborted(start(this.#api, limit.signal), limit.signal);
    } catch (error) {
      throw isTimeout(error) ? error : commandError(error);
    }
  }

  [Symbol.dispose](): void {
    this.#abort.abort(new EngineError({ code: 'aborted', message: 'the rig was removed' }));
    this.#socket.close().catch(() => {});
  }

  #nextAddress(): string {
    const { addresses } = this.#parameters.dial;
    const address = addresses[this.#attempts % addresses.length] ?? '';
    this.#attempts += 1;
    this.#view = { ...this.#view, address };
    return address;
  }

  /** Says when the next attempt is, milliseconds from now. */
  #lost(): number {
    const { clock, dial } = this.#parameters;
    const failure = this.#failure;
    const state = failure?.code === 'unauthorized' ? 'refused' : failure?.code === 'rig-untrusted' ? 'untrusted' : 'away';
    // The other addresses are tried at once; only a round without success makes it wait longer.
    const roundIsOver = this.#attempts % dial.addresses.length === 0;
    const wait = state !== 'away' ? HOPELESS_MS : roundIsOver ? this.#backoff.next() : 100;
    const { nextAttemptAtMs: _old, error: _before, ...rest } = this.#view;
    this.#show({
      ...rest,
      state,
      sinceMs: rest.state === state ? rest.sinceMs : clock.nowMs(),
      nextAttemptAtMs: clock.nowMs() + wait,
      ...(failure ? { error: failure.toInfo() } : {}),
    });
    return wait;
  }

  /** A connection that was good has ended; the next attempt begins at the address that worked. */
  #closed(): void {
    if (this.#view.state !== 'live') return;
    this.#failure = undefined;
    this.#attempts -= 1;
    this.#show({ ...this.#view, state: 'away', sinceMs: this.#parameters.clock.nowMs() });
  }

  /** Keeps the summary up to date, by subscription, or by asking where the rig is too old for that. */
  async #follow(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      const known = await this.#subscribe(signal).catch(() => true);
      if (signal.aborted) return;
      if (!known) await this.#poll(signal);
      // After an end that the rig wanted (it stops) or an error soon again; what was refused needs a person first.
      await sleep(this.#view.state === 'refused' ? HOPELESS_MS : FLEET_VIEW_MS, signal).catch(() => {});
    }
  }

  /** Resolves when the subscription has ended: with false when the rig has no such thing. */
  #subscribe(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (known: boolean): void => {
        signal.removeEventListener('abort', onAbort);
        resolve(known);
      };
      const subscription = this.#api.summary.subscribe(undefined, {
        onData: (summary) => this.#heard(readSummary(summary)),
        onError: (error) => {
          const { code } = (error.data ?? {}) as { code?: string };
          if (code === 'UNAUTHORIZED') this.#unauthorised();
          end(code !== 'NOT_FOUND');
        },
        onComplete: () => end(true),
      });
      const onAbort = (): void => {
        subscription.unsubscribe();
        end(true);
      };
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  async #poll(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        using limit = deadline(COMMAND_MS, 'The state of the rig', signal);
        const snapshot = await untilAborted(this.#api.snapshot.query(undefined, { signal: limit.signal }), limit.signal);
        this.#heard(summaryOfState(snapshot));
      } catch {
        // The connection says by itself when it is lost; another try comes.
      }
      await sleep(POLL_MS, signal).catch(() => {});
    }
  }

  #heard(summary: RigSummary): void {
    const { clock } = this.#parameters;
    this.#failure = undefined;
    this.#backoff.reset();
    const { address, state, sinceMs } = this.#view;
    const nowMs = clock.nowMs();
    this.#show({
      state: 'live',
      sinceMs: state === 'live' ? sinceMs : nowMs,
      address,
      lastSeenAtMs: nowMs,
      summary,
    });
  }

  /** A tunnel's engine takes the WebSocket and refuses the token after. */
  #unauthorised(): void {
    const { summary, address, lastSeenAtMs } = this.#view;
    const error = {
      code: 'unauthorized',
      message: 'It does not accept the token',
      nextStep: 'Copy the file api-token of its data folder again, and add the tunnel anew.',
    } as const;
    this.#failure = new EngineError(error);
    this.#show({ state: 'refused', sinceMs: this.#parameters.clock.nowMs(), address, lastSeenAtMs, summary, error });
  }

  #show(view: LinkView): void {
    if (this.#abort.signal.aborted) return;
    this.#view = view;
    this.#parameters.onChange();
  }
}

function notThere(): EngineError {
  return new EngineError({
    code: 'rig-unreachable',
    message: 'The rig is not reached now',
    nextStep: 'It is tried again by itself; look whether it is switched on.',
  });
}

/** The rig's own words, where it gave some. */
function commandError(error: unknown): unknown {
  if (!(error instanceof TRPCClientError)) return error;
  const info = ErrorInfoSchema.safeParse((error.data as { info?: unknown } | undefined)?.info);
  if (!info.success) return new EngineError({ code: 'internal', message: error.message, cause: error });
  const { code, message, nextStep } = info.data;
  return new EngineError({ code, message, ...(nextStep === undefined ? {} : { nextStep }), cause: error });
}
