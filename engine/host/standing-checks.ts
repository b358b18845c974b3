import type { CheckFinding } from '../api/diagnostics.ts';
import type { ErrorCode } from '../api/errors.ts';
import { deadline } from '../base/abort.ts';
import type { Log } from '../base/log.ts';
import type { Check } from '../doctor/check.ts';
import type { Health } from '../health/health.ts';

/** A check of the doctor that is made again and again; what it finds stands as a problem until it finds otherwise. */
export interface StandingCheck {
  /** Key of the problem. */
  readonly key: string;
  readonly code: ErrorCode;
  /** Title of the problem. */
  readonly title: string;
  /** Made anew each time: what it looks at may have changed. */
  readonly check: () => Check;
  /** Milliseconds between two looks. */
  readonly everyMs: number;
}

/** What {@link StandingChecks} needs. */
export interface StandingChecksParameters {
  readonly checks: readonly StandingCheck[];
  readonly health: Health;
  readonly log: Log;
  /** Milliseconds until the first look: the start of the engine has more important things to do. */
  readonly firstAfterMs: number;
}

const LIMIT_MS = 30_000;

/** Looks at disk and clock now and then, so that a person hears of it before segments fail. */
export class StandingChecks implements Disposable {
  readonly #parameters: StandingChecksParameters;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #abort = new AbortController();

  constructor(parameters: StandingChecksParameters) {
    this.#parameters = parameters;
    for (const check of parameters.checks) {
      const look = (): void => void this.#look(check).catch(() => {});
      this.#timers.push(setTimeout(look, parameters.firstAfterMs).unref(), setInterval(look, check.everyMs).unref());
    }
  }

  /** Looks now. Resolves with what was found; undefined when there is no such check. */
  async look(key: string): Promise<CheckFinding | undefined> {
    const check = this.#parameters.checks.find((each) => each.key === key);
    return check && (await this.#look(check));
  }

  [Symbol.dispose](): void {
    this.#abort.abort();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async #look({ key, code, title, check }: StandingCheck): Promise<CheckFinding> {
    const { health, log } = this.#parameters;
    using limit = deadline(LIMIT_MS, title, this.#abort.signal);
    const found = await check().run(limit.signal);
    if (this.#abort.signal.aborted) return found;
    const { status, text, nextStep } = found;
    if (status === 'ok' || status === 'skipped') health.clear(key);
    else {
      if (!health.get(key)) log.warn({ key }, text);
      const severity = status === 'fail' ? 'error' : 'warning';
      health.set({ key, code, severity, title, text, nextStep: nextStep ?? 'Run: siphon doctor' });
    }
    return found;
  }
}
