import { AVERROR_EAGAIN, AVERROR_EOF } from 'node-av/constants';
import { FFmpegError } from 'node-av/lib';

/** A failed FFmpeg call inside a worker: which call, and FFmpeg's own code and text. Mapped to an `EngineError` at the worker's edge. */
export class AvError extends Error {
  readonly averror: number;
  readonly operation: string;

  constructor(averror: number, operation: string) {
    super(FFmpegError.strerror(averror));
    this.name = 'AvError';
    this.averror = averror;
    this.operation = operation;
  }
}

/** Returns the call's result, or throws {@link AvError} when it is a negative FFmpeg code. */
export function check(result: number, operation: string): number {
  if (result < 0) throw new AvError(result, operation);
  return result;
}

/** True for "nothing to give ever again": the stream has ended. */
export function isEof(result: number): boolean {
  return result === AVERROR_EOF;
}

/** True for a result that ends a receive loop without being a failure. */
export function isDone(result: number): boolean {
  return result === AVERROR_EAGAIN || result === AVERROR_EOF;
}
