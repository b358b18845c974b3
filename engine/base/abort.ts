import { EngineError } from './errors.ts';

/** Resolves after `ms` milliseconds; rejects with the signal's reason as soon as it aborts. The timer never outlives either. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** A signal that aborts with an `EngineError('timeout')` after `ms`, or with the parent's reason. Dispose it to free the timer. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
}

/** Starts a deadline of `ms` milliseconds for `what` (a noun phrase used in the message), under an optional parent signal. */
export function deadline(ms: number, what: string, parent?: AbortSignal): Deadline {
  const controller = new AbortController();
  const onParent = () => controller.abort(parent?.reason);
  if (parent?.aborted) controller.abort(parent.reason);
  else parent?.addEventListener('abort', onParent, { once: true });
  const timer = setTimeout(
    () =>
      controller.abort(
        new EngineError({ code: 'timeout', message: `${what} took longer than ${Number((ms / 1000).toPrecision(2))} s` }),
      ),
    ms,
  );
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      parent?.removeEventListener('abort', onParent);
    },
  };
}

/** Waits for `promise` at most until `signal` aborts; the promise itself is not cancelled. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** True for the error a {@link deadline} aborts with. */
export function isTimeout(thrown: unknown): boolean {
  return thrown instanceof EngineError && thrown.code === 'timeout';
}
