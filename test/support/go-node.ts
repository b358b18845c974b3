import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { type OrchestratorAddress, OrchestratorAddressSchema } from '../../engine/wire/address.ts';
import { freePort } from './go-livepeer.ts';

const StatusSchema = z.object({
  Version: z.string(),
  RegisteredTranscodersNumber: z.number().optional(),
  RegisteredTranscoders: z.array(z.object({ Address: z.string(), Capacity: z.number() })).nullish(),
});

/** A real go-livepeer process on loopback, with a data folder of its own. */
export class GoNode implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #cliPort: number;
  /** Port of its service (orchestrator) or HTTP ingest (gateway). */
  readonly port: number;
  #log = '';

  private constructor(child: ChildProcess, folder: string, port: number, cliPort: number) {
    this.#child = child;
    this.#folder = folder;
    this.port = port;
    this.#cliPort = cliPort;
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#log = (this.#log + chunk.toString()).slice(-200_000);
    });
    child.stdout?.resume();
  }

  /** Starts an off-chain orchestrator that takes remote transcoders. */
  static orchestrator(binary: string, secret: string, port?: number): Promise<GoNode> {
    return GoNode.#start(
      binary,
      (own) => ['-orchestrator', '-orchSecret', secret, '-serviceAddr', `127.0.0.1:${own}`, '-startupAvailabilityCheck=false'],
      port,
    );
  }

  /** Starts an off-chain gateway with HTTP ingest that uses one orchestrator. */
  static async gateway(binary: string, orchestrator: OrchestratorAddress): Promise<GoNode> {
    const rtmp = await freePort();
    return await GoNode.#start(binary, () => [
      '-gateway',
      '-httpIngest=true',
      '-orchAddr',
      `${orchestrator.host}:${orchestrator.port}`,
      '-rtmpAddr',
      `127.0.0.1:${rtmp}`,
    ]);
  }

  static async #start(binary: string, args: (port: number) => readonly string[], wanted?: number): Promise<GoNode> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'siphon-go-'));
    const port = wanted ?? (await freePort());
    const cliPort = await freePort();
    const child = spawn(
      binary,
      [
        '-network',
        'offchain',
        '-httpAddr',
        `127.0.0.1:${port}`,
        '-cliAddr',
        `127.0.0.1:${cliPort}`,
        '-dataDir',
        folder,
        '-v',
        '6',
        ...args(port),
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const node = new GoNode(child, folder, port, cliPort);
    await node.untilStatus(() => true);
    return node;
  }

  get address(): OrchestratorAddress {
    return OrchestratorAddressSchema.parse(`127.0.0.1:${this.port}`);
  }

  /** Its log so far, for what it alone knows. */
  get log(): string {
    return this.#log;
  }

  /** Waits until the node's status is as wanted. Gives up after 20 s. */
  async untilStatus(wanted: (status: z.infer<typeof StatusSchema>) => boolean): Promise<z.infer<typeof StatusSchema>> {
    for (const until = Date.now() + 20_000; Date.now() < until; ) {
      if (this.#child.exitCode !== null) throw new Error(`go-livepeer ended:\n${this.#log.slice(-2000)}`);
      const status = await fetch(`http://127.0.0.1:${this.#cliPort}/status`)
        .then((response) => response.json())
        .catch(() => undefined);
      const parsed = StatusSchema.safeParse(status);
      if (parsed.success && wanted(parsed.data)) return parsed.data;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`go-livepeer did not get there:\n${this.#log.slice(-2000)}`);
  }

  /** Ends the process, at once if `kill`. */
  async stop(kill = false): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill(kill ? 'SIGKILL' : 'SIGTERM');
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
      await once(this.#child, 'exit');
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
