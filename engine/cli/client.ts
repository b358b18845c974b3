import { createTRPCClient, createWSClient, type TRPCClient, TRPCClientError, wsLink } from '@trpc/client';
import { ErrorInfoSchema } from '../api/errors.ts';
import type { AppRouter } from '../api/router.ts';
import { deadline, isTimeout, sleep, untilAborted } from '../base/abort.ts';
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

/** Milliseconds in which a running engine says that it is there; it is on this machine. */
const HEALTH_MS = 3000;
/** Milliseconds that closing the connection may take. */
const CLOSE_MS = 500;

/**
 * Connects to a running engine over its loopback WebSocket.
 * @throws EngineError not-ready when nothing answers there
 */
export async function connectEngine({ address, token }: EngineAddress, signal: AbortSignal): Promise<EngineClient> {
  // The WebSocket client tries again and again; a command wants to know at once.
  await assertThere(address, signal);
  const socket = createWSClient({ url: `${address.replace(/^http/, 'ws')}/trpc`, connectionParams: { token } });
  const api = createTRPCClient<AppRouter>({ links: [wsLink({ client: socket })] });
  return {
    api,
    async call(start, limitMs = CALL_MS) {
      using limit = deadline(limitMs, `The answer of ${address}`, signal);
      try {
        return await untilAborted(start(limit.signal), limit.signal);
      } catch (error) {
        throw isTimeout(error) ? notAnswering(address) : fromClientError(error);
      }
    },
    async [Symbol.asyncDispose]() {
      // Closing waits for the connection to open, which it may never do.
      const closed = new AbortController();
      await Promise.race([socket.close(), sleep(CLOSE_MS, closed.signal).catch(() => {})]);
      closed.abort();
    },
  };
}

async function assertThere(address: string, signal: AbortSignal): Promise<void> {
  using limit = deadline(HEALTH_MS, `The answer of ${address}`, signal);
  try {
    const answer = await fetch(`${address}/healthz`, { signal: limit.signal });
    await answer.body?.cancel();
    if (answer.ok) return;
  } catch (error) {
    signal.throwIfAborted();
    throw notAnswering(address, error);
  }
  throw notAnswering(address);
}

function notAnswering(address: string, cause?: unknown): EngineError {
  return new EngineError({
    cause,
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
