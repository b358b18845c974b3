import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectTo, type EngineClient } from './engine-client.ts';
import { type EngineProcess, startEngineProcess } from './engine-process.ts';

/** An engine in its own process, with a client of its local API. */
export interface Machine extends AsyncDisposable {
  readonly dataDir: string;
  readonly engine: EngineProcess;
  readonly client: EngineClient;
}

/** Starts an engine with settings, practising unless they say otherwise; on a data folder of its own, or on one that then stays. */
export async function startMachine(settings: object, dataDir?: string): Promise<Machine> {
  const folder = dataDir ?? mkdtempSync(path.join(tmpdir(), 'siphon-machine-'));
  if (dataDir === undefined) {
    writeFileSync(path.join(folder, 'siphon.json'), JSON.stringify({ version: 1, deploymentType: 'practice', ...settings }));
  }
  const engine = await startEngineProcess({ args: ['--quiet'], env: { SIPHON_SECRET: 'of nobody' }, dataDir: folder });
  const client = connectTo(engine);
  return {
    dataDir: folder,
    engine,
    client,
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]();
      await engine[Symbol.asyncDispose]();
      if (dataDir === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}
