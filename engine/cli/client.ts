import { createTRPCClient, createWSClient, type TRPCClient, TRPCClientError, wsLink } from '@trpc/client';
import { ErrorInfoSchema } from '../api/errors.ts';
import type { AppRouter } from '../api/router.ts';
import { EngineError } from '../base/errors.ts';

/** Where a running engine listens, and what it wants to hear. */
export interface EngineAddress {
  /** `http://127.0.0.1:<port>` */
  readonly address: string;
  readonly token: string;
}

/** A connection to a running engine. */
export interface EngineClient extends AsyncDisposable {
  readonly api: TRPCClient<AppRouter>;
  /** Waits for a call at most `limitMs` (10 s unless given), and maps its failure to an `EngineError`. */
  call<T>(start: (signal: AbortSignal) => Promise<T>, limitMs?: number): Promise<T>;
}

/** Milliseconds that a call may take which only asks. */
const CALL_MS = 10_000;

/** Connects to a running engine over its loopback WebSocket. */
export function connectEngine({ address, token }: EngineAddress, signal: AbortSignal): EngineClient {
  const socket = createWSClient({
    url: `${address.replace(/^http/, 'ws')}/trpc`,
    connectionParams: { token },
    // A command asks once: when nobody listens, that is the answer.
    retryDelayMs: () => CALL_MS,
  });
  let unreachable: (error: EngineError) => void = () => {};
  const failure = new Promise<never>((_, reject) => {
    unreachable = reject;
  });
  failure.catch(() => {});
  socket.connection?.ws?.addEventListener('error', () => unreachable(notAnswering(address)));
  const api = createTRPCClient<AppRouter>({ links: [wsLink({ client: socket })] });
  return {
    api,
    async call(start, limitMs = CALL_MS) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
      const aborted = new Promise<never>((_, reject) => {
        limit.addEventListener('abort', () => reject(signal.aborted ? signal.reason : notAnswering(address)), { once: true });
      });
      try {
        return await Promise.race([start(limit), failure, aborted]);
      } catch (error) {
        throw fromClientError(error);
      }
    },
    async [Symbol.asyncDispose]() {
      await socket.close();
    },
  };
}

function notAnswering(address: string): EngineError {
  return new EngineError({
    code: 'not-ready',
    message: `Siphon should be running at ${address}, but does not answer`,
    nextStep: 'If it is just starting or stopping, try again in a moment. Otherwise start it with: siphon run',
  });
}

function fromClientError(error: unknown): unknown {
  if (!(error instanceof TRPCClientError)) return error;
  const info = ErrorInfoSchema.safeParse((error.data as { info?: unknown } | undefined)?.info);
  if (info.success) {
    const { code, message, nextStep } = info.data;
    return new EngineError({ code, message, ...(nextStep === undefined ? {} : { nextStep }), cause: error });
  }
  return new EngineError({ code: 'internal', message: error.message, cause: error });
}
