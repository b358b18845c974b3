import type { CheckFinding, CheckResult, CheckStatus } from '../api/diagnostics.ts';
import { deadline, untilAborted } from '../base/abort.ts';
import { EngineError, toEngineError } from '../base/errors.ts';

/** One thing the doctor looks at. `run` may throw: an EngineError becomes its words. */
export interface Check {
  readonly id: string;
  readonly title: string;
  readonly run: (signal: AbortSignal) => Promise<CheckFinding>;
}

/** Where an orchestrator is to be found; `wire`'s parsed address is one. */
export interface OrchestratorAddress {
  readonly host: string;
  readonly port: number;
}

/** How {@link runChecks} runs. */
export interface RunChecksParameters {
  readonly checks: readonly Check[];
  /** Milliseconds for each check. Trying a GPU for the first time takes the longest. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Told as each check ends, in the order they end. */
  readonly onResult?: (result: CheckResult) => void;
}

/** Runs all checks at once, each with its own deadline; results stand in the order of the checks. Rejects only with the signal's reason. */
export async function runChecks({
  checks,
  timeoutMs = 90_000,
  signal,
  onResult,
}: RunChecksParameters): Promise<readonly CheckResult[]> {
  return Promise.all(
    checks.map(async ({ id, title, run }) => {
      const result: CheckResult = { id, title, ...(await runOne(title, run, timeoutMs, signal)) };
      onResult?.(result);
      return result;
    }),
  );
}

async function runOne(title: string, run: Check['run'], timeoutMs: number, signal?: AbortSignal): Promise<CheckFinding> {
  using limit = deadline(timeoutMs, `"${title}"`, signal);
  try {
    return await untilAborted(run(limit.signal), limit.signal);
  } catch (thrown) {
    signal?.throwIfAborted();
    const error = toEngineError(thrown);
    return {
      status: 'fail',
      text: sentence(error.message),
      ...(error.nextStep === undefined ? {} : { nextStep: error.nextStep }),
    };
  }
}

/** The worst of the results: what the command's exit code is made of (fail → 1). */
export function worstStatus(results: readonly CheckResult[]): CheckStatus {
  for (const status of ['fail', 'warn', 'ok'] as const) if (results.some((result) => result.status === status)) return status;
  return 'skipped';
}

/** The code of a Node error such as `ECONNREFUSED`; empty where there is none. */
export function errnoOf(error: unknown): string {
  if (error instanceof EngineError && error.cause !== undefined) return errnoOf(error.cause);
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function sentence(text: string): string {
  return /[.!?"]$/.test(text) ? text : `${text}.`;
}
