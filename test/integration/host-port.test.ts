import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { DEFAULT_API_PORT } from '../../engine/config/schema.ts';
import { startEngineProcess } from '../support/engine-process.ts';

let taken: Server | undefined;
afterEach(() => taken?.close());

/** Takes the default port, unless somebody has it already, which serves as well. */
function takeDefaultPort(): Promise<void> {
  return new Promise((resolve) => {
    taken = createServer();
    taken.once('error', () => resolve());
    taken.listen(DEFAULT_API_PORT, '127.0.0.1', () => resolve());
  });
}

describe('the local port', () => {
  test('the default one gives way to a free one when it is taken', async () => {
    await takeDefaultPort();
    await using engine = await startEngineProcess({ args: ['--practice'], port: null });
    expect(new URL(engine.address).port).not.toBe(String(DEFAULT_API_PORT));
    expect(await (await fetch(`${engine.address}/healthz`)).text()).toBe('ok');
  });

  test('error: a chosen one that is taken ends the engine, naming the port and what to do', async () => {
    await takeDefaultPort();
    const busy = new Promise<number>((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => {
        taken?.close();
        taken = server;
        resolve((server.address() as { port: number }).port);
      });
    });
    const port = await busy;
    await expect(startEngineProcess({ args: ['--practice'], port })).rejects.toThrow(new RegExp(`Port ${port} .*already used`));
  });
});
