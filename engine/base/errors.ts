import type { ErrorCode, ErrorInfo } from '../api/errors.ts';

/** Facts an {@link EngineError} is made of. */
export interface EngineErrorParameters {
  readonly code: ErrorCode;
  /** What happened and why, one sentence, for a person. */
  readonly message: string;
  /** What the person can do now. */
  readonly nextStep?: string;
  /** Structured facts for the log; never secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * The one error the engine's rooms throw for things that go wrong in the world. It crosses process borders by its
 * `code`, never by its text. Anything else that is thrown is a bug.
 */
export class EngineError extends Error {
  readonly code: ErrorCode;
  readonly nextStep: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(parameters: EngineErrorParameters) {
    super(parameters.message, parameters.cause === undefined ? undefined : { cause: parameters.cause });
    this.name = 'EngineError';
    this.code = parameters.code;
    this.nextStep = parameters.nextStep;
    this.details = parameters.details;
  }

  /** The form that crosses process borders and is stored. */
  toInfo(): ErrorInfo {
    return { code: this.code, message: this.message, ...(this.nextStep === undefined ? {} : { nextStep: this.nextStep }) };
  }
}

/** Maps anything thrown to an {@link EngineError}; unknown errors become `internal` with the original as cause. */
export function toEngineError(thrown: unknown, fallback: ErrorCode = 'internal'): EngineError {
  if (thrown instanceof EngineError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new EngineError({ code: fallback, message, cause: thrown });
}

/** True when the error is only the echo of an abort (own stop or deadline), which is neither retried nor logged as an error. */
export function isAbortError(thrown: unknown): boolean {
  return (
    thrown instanceof Error && (thrown.name === 'AbortError' || (thrown instanceof EngineError && thrown.code === 'aborted'))
  );
}
