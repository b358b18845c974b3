import type { EngineProcessState } from '../../engine/api/desktop.ts';
import type { ErrorCode } from '../../engine/api/errors.ts';
import { type EngineReady, SUPERVISION_PROTOCOL } from '../../engine/api/supervision.ts';
import type { EngineText } from '../text/en-engine.ts';
import { restartDelayMs } from './backoff.ts';
import type { EngineCommand } from './engine-command.ts';
import { type EngineEnd, EngineProcess, type EngineSecrets } from './engine-process.ts';
import { Heartbeat } from './heartbeat.ts';
import type { SupervisorTimings } from './timings.ts';

/** Where the running engine is reached, and what opens it. */
export interface EngineConnection {
  /** `http://127.0.0.1:<port>` */
  readonly httpUrl: string;
  readonly token: string;
}

/** Dependencies of an {@link EngineSupervisor}. */
export interface EngineSupervisorParameters {
  readonly command: () => EngineCommand;
  /** How the engine is to keep its secrets. Asked at every start. */
  readonly secrets: () => EngineSecrets;
  /** The version that the engine must have. */
  readonly version: string;
  readonly timings: SupervisorTimings;
  readonly text: () => EngineText;
  readonly onState: (state: EngineProcessState) => void;
  readonly onConnection: (connection: EngineConnection | undefined) => void;
  readonly log: (text: string, fields?: Readonly<Record<string, unknown>>) => void;
}

/** How an engine is asked to end. */
export interface StopEngineOptions {
  readonly reason: 'user' | 'update' | 'shutdown';
  /** The person's session ends: seconds count. */
  readonly quick?: boolean;
}

/** Failures in a row after which nothing is started by itself any more. */
const MOST_FAILURES = 3;

/**
 * A locked data folder may only be the engine of an app that was killed, still finishing its segments, for which it gives itself 30 s:
 * tries until that is told. The waits between them are longer than that together.
 */
export const MOST_LOCKED = 8;

/** What another start would meet again, until a person has done something. */
const STANDING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'config-invalid',
  'config-newer',
  'config-unreadable',
  'data-dir-unwritable',
  'disk-full',
  'store-newer',
  'port-in-use',
  'secrets-sealed',
  'secrets-no-consent',
]);

/**
 * Keeps one engine running: starts it, restarts it with growing waits when it ends or hangs, gives up visibly (safe mode) after
 * three failures in quick succession or one that no restart can mend, and ends it in order.
 */
export class EngineSupervisor {
  readonly #parameters: EngineSupervisorParameters;
  #process: EngineProcess | undefined;
  #state: EngineProcessState = { kind: 'stopped' };
  #failures = 0;
  #locked = 0;
  /** Why this supervisor itself ended the process. */
  #verdict: { readonly reason: string; readonly nextStep?: string } | undefined;
  #stopping: { readonly resolve: () => void; readonly promise: Promise<void> } | undefined;
  #startAfterStop = false;
  #timers: NodeJS.Timeout[] = [];
  #heartbeat: Heartbeat;

  constructor(parameters: EngineSupervisorParameters) {
    this.#parameters = parameters;
    const { pingEveryMs, pingLimitMs } = parameters.timings;
    this.#heartbeat = new Heartbeat({
      everyMs: pingEveryMs,
      limitMs: pingLimitMs,
      ping: (id) => this.#process?.send({ command: 'ping', id }),
      onSilence: () => this.#condemn(parameters.text().hung(seconds(pingLimitMs))),
    });
  }

  get state(): EngineProcessState {
    return this.#state;
  }

  /** Starts the engine now: ends a wait and the safe mode; while one drains, the next starts when it has ended. */
  start(): void {
    if (this.#stopping) {
      this.#startAfterStop = true;
      return;
    }
    if (this.#process) return;
    this.#failures = 0;
    this.#locked = 0;
    this.#launch();
  }

  /** Drains and ends the engine; resolves when it has ended, at the latest after the deadline. */
  stop({ reason, quick = false }: StopEngineOptions): Promise<void> {
    const { drainLimitMs, quickDrainMs } = this.#parameters.timings;
    const limitMs = quick ? quickDrainMs : drainLimitMs;
    this.#startAfterStop = false;
    if (!this.#process) {
      this.#clearTimers();
      this.#enter({ kind: 'stopped' });
      return Promise.resolve();
    }
    this.#process.send({ command: 'stop', reason, ...(quick ? { withinMs: Math.max(500, limitMs - 500) } : {}) });
    if (this.#stopping && !quick) return this.#stopping.promise;
    this.#heartbeat.stop();
    this.#clearTimers();
    const process = this.#process;
    this.#after(limitMs, () => process.kill());
    const inFlight = this.#state.kind === 'draining' ? this.#state.inFlight : null;
    this.#enter({ kind: 'draining', deadlineMs: Date.now() + limitMs, inFlight });
    if (!this.#stopping) {
      let resolve = (): void => {};
      const promise = new Promise<void>((done) => {
        resolve = done;
      });
      this.#stopping = { promise, resolve };
    }
    return this.#stopping.promise;
  }

  /** Ends it without waiting for its segments. */
  kill(): void {
    this.#process?.kill();
  }

  /** Segments that a draining engine still has, for the page. */
  showInFlight(inFlight: number): void {
    if (this.#state.kind === 'draining' && this.#state.inFlight !== inFlight) this.#enter({ ...this.#state, inFlight });
  }

  /** The machine goes to sleep: silence means nothing until {@link resumed}. */
  suspended(): void {
    this.#heartbeat.stop();
  }

  resumed(): void {
    if (this.#state.kind === 'running') this.#heartbeat.start();
  }

  /** The person agreed to secrets in a plain file: what runs hears of it, and needs no new start. */
  plainSecretsAllowed(): void {
    this.#process?.send({ command: 'allowPlainSecrets' });
  }

  #launch(): void {
    const { command, secrets, timings, text, log } = this.#parameters;
    this.#clearTimers();
    this.#verdict = undefined;
    this.#enter({ kind: 'starting', attempt: this.#failures + 1 });
    const process: EngineProcess = new EngineProcess(command(), secrets(), {
      onReady: (ready) => this.#ready(process, ready),
      onPong: (id) => this.#heartbeat.answered(id),
      onEnd: (end) => this.#ended(process, end),
    });
    this.#process = process;
    log('engine started', { pid: process.pid, attempt: this.#failures + 1 });
    this.#after(timings.startLimitMs, () => this.#condemn(text().neverReady(seconds(timings.startLimitMs))));
  }

  #ready(process: EngineProcess, { protocol, version, pid, address, token }: EngineReady): void {
    if (process !== this.#process || this.#stopping) return;
    const { version: wanted, text, timings, onConnection } = this.#parameters;
    this.#clearTimers();
    if (protocol !== SUPERVISION_PROTOCOL || version !== wanted) {
      this.#condemn(text().wrongVersion(version, wanted), text().wrongVersionNextStep);
      return;
    }
    this.#locked = 0;
    this.#enter({ kind: 'running', pid, sinceMs: Date.now() });
    this.#heartbeat.start();
    this.#after(timings.healthyAfterMs, () => {
      this.#failures = 0;
    });
    onConnection({ httpUrl: address, token });
  }

  /** Ends a process that cannot be left running; `#ended` goes on with the reason. */
  #condemn(reason: string, nextStep?: string): void {
    this.#verdict = { reason, ...(nextStep === undefined ? {} : { nextStep }) };
    this.#process?.kill();
  }

  #ended(process: EngineProcess, end: EngineEnd): void {
    if (process !== this.#process) return;
    const { log, onConnection } = this.#parameters;
    this.#process = undefined;
    this.#heartbeat.stop();
    this.#clearTimers();
    log('engine ended', { code: end.code, signal: end.signal, error: end.error?.code, verdict: this.#verdict?.reason });
    onConnection(undefined);
    if (this.#stopping) {
      const { resolve } = this.#stopping;
      this.#stopping = undefined;
      this.#enter({ kind: 'stopped' });
      resolve();
      if (this.#startAfterStop) this.start();
    } else if (end.code === 0 && !this.#verdict) {
      // Somebody else told it to end (`siphon stop`): that is to be respected.
      this.#enter({ kind: 'stopped' });
    } else {
      this.#failed(end);
    }
  }

  #failed(end: EngineEnd): void {
    const text = this.#parameters.text();
    const { error, lastLines } = end;
    if (this.#verdict?.nextStep !== undefined) {
      this.#enter({ kind: 'safe-mode', reason: this.#verdict.reason, nextStep: this.#verdict.nextStep, lastLines });
      return;
    }
    const locked = error?.code === 'data-dir-locked';
    if (locked) this.#locked += 1;
    else this.#failures += 1;
    if (error && (STANDING.has(error.code) || this.#locked >= MOST_LOCKED)) {
      this.#enter({ kind: 'safe-mode', reason: sentence(error.message), nextStep: error.nextStep ?? text.startAgain, lastLines });
      return;
    }
    const reason = this.#verdict?.reason ?? (error ? sentence(error.message) : text.crashed(howItEnded(end, text)));
    if (this.#failures >= MOST_FAILURES) {
      this.#enter({
        kind: 'safe-mode',
        reason: text.gaveUp(reason, this.#failures),
        nextStep: error?.nextStep ?? text.gaveUpNextStep,
        lastLines,
      });
      return;
    }
    const attempt = this.#failures + this.#locked;
    const delayMs = restartDelayMs(attempt, Math.random());
    this.#enter({ kind: 'waiting', attempt, retryAtMs: Date.now() + delayMs, reason });
    this.#after(delayMs, () => this.#launch());
  }

  #enter(state: EngineProcessState): void {
    this.#state = state;
    this.#parameters.onState(state);
  }

  #after(ms: number, action: () => void): void {
    this.#timers.push(setTimeout(action, ms));
  }

  #clearTimers(): void {
    for (const timer of this.#timers.splice(0)) clearTimeout(timer);
  }
}

function seconds(ms: number): number {
  return Math.round(ms / 1000);
}

/** Messages of the engine begin in lower case and without a full stop where they continue a line on a terminal. */
function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function howItEnded({ code, signal }: EngineEnd, text: EngineText): string {
  if (code !== null) return text.exitCode(code);
  return signal === null ? text.notStarted : text.signal(signal);
}
