import { hostname } from 'node:os';
import path from 'node:path';
import type { EngineApi } from '../api/commands.ts';
import type { ErrorInfo } from '../api/errors.ts';
import type { PairingOffer, RemoteApi, RemoteRights, RemoteView } from '../api/fleet.ts';
import { formatPairingText } from '../api/pairing-text.ts';
import type { Clock } from '../base/clock.ts';
import { EngineError, toEngineError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Config } from '../config/schema.ts';
import { DeviceRegistry } from '../fleet/devices.ts';
import { PairingDesk } from '../fleet/pairing-desk.ts';
import { loadRemoteKey, type RemoteKey } from '../fleet/remote-key.ts';
import type { Health } from '../health/health.ts';
import { ownAddresses } from './network.ts';
import { type RemoteServer, type RemoteServerParameters, startRemoteServer } from './remote-server.ts';

/** Key of the problem that stands while the remote server cannot run although it should. */
const PROBLEM = 'remote-off';

/** Least milliseconds between two views that differ in connections and tries only. */
const VIEW_MS = 500;

/** What a {@link RemoteService} needs. */
export interface RemoteServiceParameters {
  readonly dataDir: string;
  /** What paired machines may call; asked when the server starts. */
  readonly api: () => EngineApi;
  readonly metrics: RemoteServerParameters['metrics'];
  readonly preview: RemoteServerParameters['preview'];
  readonly onChange: (view: RemoteView) => void;
  readonly health: Health;
  readonly clock: Clock;
  readonly log: Log;
}

/** Whether and how paired machines reach this one: switched by the configuration while the engine runs. */
export class RemoteService implements RemoteApi, AsyncDisposable {
  readonly #parameters: RemoteServiceParameters;
  readonly #desk: PairingDesk;
  #config: Config['remote'];
  #devices: DeviceRegistry | undefined;
  #key: RemoteKey | undefined;
  #server: RemoteServer | undefined;
  #error: ErrorInfo | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** One change after the other. */
  #changing: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(config: Config['remote'], parameters: RemoteServiceParameters) {
    this.#config = config;
    this.#parameters = parameters;
    this.#desk = new PairingDesk(parameters.clock);
  }

  /** What this machine calls itself to others. */
  get name(): string {
    return this.#config.name ?? (hostname().slice(0, 60) || 'Siphon');
  }

  /** Hash of this machine's TLS key; undefined before it was first opened to others. */
  get pin(): string | undefined {
    return this.#key?.pin;
  }

  /** Takes up the configuration: starts, ends or moves the server. Never rejects; what went wrong is in the view. */
  apply(config: Config['remote']): Promise<void> {
    this.#changing = this.#changing.then(() => this.#apply(config)).catch(() => {});
    return this.#changing;
  }

  async #apply(config: Config['remote']): Promise<void> {
    const before = this.#config;
    this.#config = config;
    if (this.#ended) return;
    const isSame = before.host === config.host && before.port === config.port;
    if (this.#server && (!config.enabled || !isSame)) {
      await this.#server[Symbol.asyncDispose]();
      this.#server = undefined;
    }
    this.#error = undefined;
    if (config.enabled && !this.#server) await this.#start(config);
    if (!this.#error) this.#parameters.health.clear(PROBLEM);
    this.#show();
  }

  async #start(config: Config['remote']): Promise<void> {
    const { dataDir, clock, log, health, api, metrics, preview } = this.#parameters;
    try {
      this.#devices ??= await DeviceRegistry.open(path.join(dataDir, 'remote-devices.json'), clock, log);
      this.#key = await loadRemoteKey(path.join(dataDir, 'tls'), clock);
      this.#server = await startRemoteServer({
        api: api(),
        host: config.host,
        port: config.port,
        key: this.#key,
        desk: this.#desk,
        devices: this.#devices,
        name: () => this.name,
        metrics,
        preview,
        onChange: (atOnce) => (atOnce ? this.#show() : this.#soon()),
        log,
      });
      log.info({ host: config.host, port: this.#server.port }, 'paired machines reach this one');
    } catch (thrown) {
      const error = toEngineError(thrown);
      this.#error = error.toInfo();
      log.error({ err: error }, 'paired machines cannot reach this one');
      health.set({
        key: PROBLEM,
        code: error.code,
        severity: 'warning',
        title: 'Other machines do not reach this one',
        text: error.message,
        nextStep: error.nextStep ?? 'See the log for details.',
      });
    }
  }

  async pair({ rights }: { readonly rights: RemoteRights }): Promise<PairingOffer> {
    // It may just be opening.
    await this.#changing;
    const key = this.#key;
    if (!this.#server || !key) {
      throw new EngineError({
        code: 'not-ready',
        message: this.#error?.message ?? 'This machine is not open to other ones',
        nextStep: this.#error?.nextStep ?? 'Open it first: siphon remote on',
      });
    }
    const { linkCode, shortCode, expiresAtMs } = this.#desk.open(rights);
    const link = formatPairingText({ name: this.name, addresses: this.#addresses(), pin: key.pin, code: linkCode });
    this.#show();
    return { link, code: shortCode, rights, expiresAtMs };
  }

  async endPairing(): Promise<void> {
    this.#desk.close();
    this.#show();
  }

  async revoke({ id }: { readonly id: string }): Promise<void> {
    if (!this.#devices) {
      throw new EngineError({
        code: 'not-found',
        message: 'No machine is paired',
        nextStep: 'Open this machine: siphon remote on',
      });
    }
    try {
      const device = await this.#devices.revoke(id);
      this.#parameters.log.info({ device: device.name }, 'a paired machine was revoked');
    } finally {
      this.#server?.drop(id);
      this.#show();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    await this.#changing;
    await this.#server?.[Symbol.asyncDispose]();
  }

  #view(): RemoteView {
    const { enabled, host } = this.#config;
    const server = this.#server;
    return {
      enabled,
      name: this.name,
      listening: server ? `${host}:${server.port}` : null,
      addresses: server ? this.#addresses() : [],
      pin: this.#key?.pin ?? null,
      devices: (this.#devices?.devices ?? []).map(({ id, name, rights, createdAtMs, lastSeenAtMs }) => ({
        id,
        name,
        rights,
        createdAtMs,
        lastSeenAtMs,
        connections: server?.connections(id) ?? 0,
      })),
      pairing: server ? this.#desk.state : null,
      ...(this.#error ? { error: this.#error } : {}),
    };
  }

  #addresses(): readonly string[] {
    const { host } = this.#config;
    const port = this.#server?.port ?? 0;
    const hosts = host === '0.0.0.0' || host === '::' ? ownAddresses() : [host];
    return hosts.map((address) => (address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`));
  }

  #show(): void {
    if (!this.#ended) this.#parameters.onChange(this.#view());
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#show();
    }, VIEW_MS).unref();
  }
}
