import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { z } from 'zod';
import type { DesktopState } from '../../engine/api/desktop.ts';

const TargetsSchema = z.array(z.object({ type: z.string(), url: z.string(), webSocketDebuggerUrl: z.string() }));

/**
 * The page of an app that a test did not start itself (a packaged one, whose fuses refuse Playwright's way in; one that was
 * started by the version before it), through Chromium's own debugging port.
 */
export interface CdpPage {
  /** Evaluates an expression in the page, awaiting promises; rejects with the page's error. */
  evaluate<T>(expression: string): Promise<T>;
  /** The shell's state. */
  state(): Promise<DesktopState>;
  /** Polls the shell's state until `check` holds; rejects with the last one after `limitMs`. */
  until(check: (state: DesktopState) => boolean, limitMs?: number): Promise<DesktopState>;
  /** Polls an expression until it is true. */
  waitFor(expression: string, limitMs?: number): Promise<void>;
  /** A PNG of what the page shows. */
  screenshot(): Promise<Buffer>;
  close(): void;
}

/** A TCP port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Waits for the app's page on a debugging port and connects to it. */
export async function connectToPage(port: number, limitMs = 60_000): Promise<CdpPage> {
  for (const limit = Date.now() + limitMs; ; await sleep(100)) {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/json/list`, { signal: AbortSignal.timeout(2000) });
      const page = TargetsSchema.parse(await answer.json()).find(({ type, url }) => type === 'page' && url.startsWith('app://'));
      if (page) {
        const connected = await open(page.webSocketDebuggerUrl);
        if (await connected.evaluate<boolean>("typeof window.siphon === 'object'").catch(() => false)) return connected;
        connected.close();
      }
    } catch {
      // Not up yet.
    }
    if (Date.now() > limit) throw new Error(`no page on debugging port ${port}`);
  }
}

async function open(url: string): Promise<CdpPage> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  let lastId = 0;
  const waiting = new Map<number, { resolve: (value: Record<string, unknown>) => void; reject: (error: Error) => void }>();
  const gone = (): void => {
    for (const { reject } of waiting.values()) reject(new Error('the page has gone'));
    waiting.clear();
  };
  socket.on('close', gone);
  socket.on('error', gone);
  socket.on('message', (data) => {
    const { id, result, error } = JSON.parse(String(data)) as {
      id?: number;
      result?: Record<string, unknown>;
      error?: { message: string };
    };
    const call = waiting.get(id ?? 0);
    waiting.delete(id ?? 0);
    if (error) call?.reject(new Error(error.message));
    else call?.resolve(result ?? {});
  });
  const call = (method: string, params: object): Promise<Record<string, unknown>> =>
    new Promise((resolve, reject) => {
      if (socket.readyState !== WebSocket.OPEN) return reject(new Error('the page has gone'));
      lastId += 1;
      waiting.set(lastId, { resolve, reject });
      socket.send(JSON.stringify({ id: lastId, method, params }));
    });
  const evaluate = async <T>(expression: string): Promise<T> => {
    const answer = await call('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    const { result, exceptionDetails } = answer as {
      result: { value: T };
      exceptionDetails?: { text: string; exception?: { description?: string } };
    };
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  const state = () => evaluate<DesktopState>('window.siphon.state()');
  return {
    evaluate,
    state,
    async until(check, limitMs = 30_000) {
      let last = await state();
      for (const limit = Date.now() + limitMs; !check(last); last = await state()) {
        if (Date.now() > limit) throw new Error(`it never happened; last seen: ${JSON.stringify([last.engine, last.update])}`);
        await sleep(50);
      }
      return last;
    },
    async waitFor(expression, limitMs = 30_000) {
      for (const limit = Date.now() + limitMs; !(await evaluate<boolean>(expression)); await sleep(100)) {
        if (Date.now() > limit)
          throw new Error(`never true: ${expression}; the page says: ${await evaluate('document.body.innerText')}`);
      }
    },
    async screenshot() {
      const { data } = await call('Page.captureScreenshot', { format: 'png' });
      return Buffer.from(String(data), 'base64');
    },
    close: () => socket.close(),
  };
}
