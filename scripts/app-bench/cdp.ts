import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { z } from 'zod';

const TargetsSchema = z.array(z.object({ type: z.string(), url: z.string(), webSocketDebuggerUrl: z.string() }));

/** One page or process of Chromium or Node, through its debugging port. */
export interface CdpTarget extends Disposable {
  /** Calls a method of the protocol; rejects with its error. */
  call(method: string, params?: object): Promise<Record<string, unknown>>;
  /** Evaluates an expression, awaiting promises; rejects with what it throws. */
  evaluate<T>(expression: string): Promise<T>;
}

interface Answer {
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** Waits until a debugging port has a target that is wanted, and connects to it. Rejects after `limitMs`. */
export async function connectTarget(port: number, wanted: (type: string, url: string) => boolean, limitMs: number) {
  for (const limit = Date.now() + limitMs; ; await sleep(20)) {
    const url = await findTarget(port, wanted);
    if (url !== undefined) return open(url);
    if (Date.now() > limit) throw new Error(`nothing to measure came up on debugging port ${port}`);
  }
}

async function findTarget(port: number, wanted: (type: string, url: string) => boolean): Promise<string | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/json/list`, { signal: AbortSignal.timeout(2_000) });
    return TargetsSchema.parse(await answer.json()).find(({ type, url }) => wanted(type, url))?.webSocketDebuggerUrl;
  } catch {
    return undefined;
  }
}

async function open(url: string): Promise<CdpTarget> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', reject);
  });
  const waiting = new Map<number, (answer: Answer) => void>();
  let lastId = 0;
  const gone = (): void => {
    for (const answer of waiting.values()) answer({ error: { message: 'what was measured has gone' } });
    waiting.clear();
  };
  socket.on('close', gone);
  socket.on('error', gone);
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as Answer & { readonly id?: number };
    const answer = waiting.get(message.id ?? 0);
    waiting.delete(message.id ?? 0);
    answer?.(message);
  });
  const call = async (method: string, params: object = {}): Promise<Record<string, unknown>> => {
    lastId += 1;
    const id = lastId;
    const { result, error } = await new Promise<Answer>((resolve) => {
      waiting.set(id, resolve);
      socket.send(JSON.stringify({ id, method, params }), (failure) => {
        if (failure) resolve({ error: failure });
      });
    });
    if (error) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  };
  return {
    call,
    async evaluate<T>(expression: string): Promise<T> {
      const params = { expression, awaitPromise: true, returnByValue: true, includeCommandLineAPI: true };
      const { result, exceptionDetails } = (await call('Runtime.evaluate', params)) as {
        result: { value: T };
        exceptionDetails?: { text: string; exception?: { description?: string } };
      };
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      return result.value;
    },
    [Symbol.dispose]: () => socket.close(),
  };
}
