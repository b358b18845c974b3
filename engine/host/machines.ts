import path from 'node:path';
import type { EngineApi } from '../api/commands.ts';
import type { RigSummary } from '../api/rig-summary.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { SiphonPaths } from '../config/paths.ts';
import type { Config } from '../config/schema.ts';
import { Fleet } from '../fleet/fleet.ts';
import { RigProxy } from '../fleet/rig-proxy.ts';
import { summaries } from '../fleet/summaries.ts';
import type { Health } from '../health/health.ts';
import { tokenMatches } from './access.ts';
import type { RemoteServerParameters } from './remote-server.ts';
import { RemoteService } from './remote-service.ts';
import type { Settings } from './settings.ts';
import type { EngineState } from './state.ts';

/** What {@link Machines} needs. */
export interface MachinesParameters {
  readonly config: Config['remote'];
  readonly paths: SiphonPaths;
  /** Keeps the tokens of rigs with the other secrets; absent = they are forgotten when the engine ends. */
  readonly settings: Pick<Settings, 'secrets' | 'changeSecrets'> | undefined;
  /** Token of the local API: what a page shows to be passed on to a rig. */
  readonly token: string;
  readonly api: () => EngineApi;
  readonly metrics: RemoteServerParameters['metrics'];
  readonly preview: RemoteServerParameters['preview'];
  readonly state: EngineState;
  readonly health: Health;
  readonly clock: Clock;
  readonly log: Log;
}

/** This machine among others: who reaches it, and which ones it watches. */
export class Machines implements AsyncDisposable {
  readonly remote: RemoteService;
  readonly fleet: Fleet;
  readonly proxy: RigProxy;
  readonly #parameters: MachinesParameters;

  constructor(parameters: MachinesParameters) {
    const { config, paths, settings, token, state, health, clock, log, api, metrics, preview } = parameters;
    const { dataDir } = paths;
    this.#parameters = parameters;
    this.remote = new RemoteService(config, {
      dataDir,
      api,
      metrics,
      preview,
      onChange: (remote) => state.change({ remote }),
      health,
      clock,
      log,
    });
    this.fleet = new Fleet({
      file: path.join(dataDir, 'fleet.json'),
      tokens: {
        load: async () => (await settings?.secrets())?.rigTokens ?? {},
        check: async () => settings?.changeSecrets((secrets) => secrets),
        save: async (rigTokens) => settings?.changeSecrets((secrets) => ({ ...secrets, rigTokens })),
      },
      name: () => this.remote.name,
      ownPin: () => this.remote.pin,
      clock,
      log,
      onChange: (fleet) => state.change({ fleet }),
    });
    this.proxy = new RigProxy({
      reach: (id) => this.fleet.reach(id),
      isToken: (given) => tokenMatches(token, given),
    });
  }

  /** Opens this machine to paired ones where the configuration says so, and connects to the rigs. */
  async start(): Promise<void> {
    await Promise.all([this.remote.apply(this.#parameters.config), this.fleet.start()]);
  }

  summary(signal: AbortSignal): AsyncIterable<RigSummary> {
    return summaries(() => this.#parameters.state.snapshot, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fleet[Symbol.asyncDispose]();
    await this.remote[Symbol.asyncDispose]();
  }
}
