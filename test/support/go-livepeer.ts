import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Path of a go-livepeer 0.9.1 binary, for tests against the real thing; it never is part of the project. */
export const GO_LIVEPEER = process.env.SIPHON_GO_LIVEPEER;

/** A running go-livepeer node. */
export interface GoLivepeer extends AsyncDisposable {
  readonly process: ChildProcess;
  /** Its log so far. */
  log(): string;
}

/** A free port on loopback. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a node in a folder of its own; its CLI port is chosen here. Disposing of it kills it. */
export async function startGoLivepeer(args: readonly string[]): Promise<GoLivepeer> {
  if (!GO_LIVEPEER) throw new Error('SIPHON_GO_LIVEPEER is not set');
  const folder = mkdtempSync(path.join(tmpdir(), 'siphon-peer-'));
  const cliPort = await freePort();
  const child = spawn(
    GO_LIVEPEER,
    ['-network', 'offchain', '-cliAddr', `127.0.0.1:${cliPort}`, '-dataDir', folder, '-v', '6', ...args],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const lines: string[] = [];
  child.stderr?.on('data', (chunk: Buffer) => lines.push(chunk.toString()));
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    process: child,
    log: () => lines.join(''),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
