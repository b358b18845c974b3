import type { ErrorCode } from '../api/errors.ts';
import { EngineError } from '../base/errors.ts';

/** An error whose `details.wireText` is the protocol's exact text (reference: transcoder.md §8). */
export function mediaError(code: ErrorCode, wireText: string, message: string, nextStep?: string): EngineError {
  return new EngineError({ code, message, details: { wireText }, ...(nextStep === undefined ? {} : { nextStep }) });
}
