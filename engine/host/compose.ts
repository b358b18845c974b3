import path from 'node:path';
import type { Transcoder } from '../api/media.ts';
import { deadline } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { EngineError, toEngineError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Role } from '../base/role.ts';
import type { Config } from '../config/schema.ts';
import type { InviteDesk } from '../orchestrator/invite-route.ts';
import { LocalTranscoder } from '../orchestrator/local-transcoder.ts';
import { Orchestrator } from '../orchestrator/orchestrator.ts';
import type { OrchestratorStatus } from '../orchestrator/status.ts';
import { PriceBook } from '../payments/price-book.ts';
import { type PracticeNetwork, startPracticeNetwork } from '../practice/network.ts';
import { TranscoderClient } from '../transcoder/client.ts';
import type { TranscoderObserver } from '../transcoder/observer.ts';
import { OrchestratorAddressSchema } from '../wire/address.ts';
import { PROTOCOL_VERSION } from '../wire/version.ts';
import { runsOrchestrator } from './choices.ts';
import { freePort, ownAddresses } from './network.ts';
import { LOCAL_ID } from './orchestrator-view.ts';
import { configuredPrices } from './own-orchestrator.ts';
import { RecordingTranscoder } from './recording-transcoder.ts';

/** Milliseconds after which this process's transcoder joins again, as a remote one would at the earliest. */
const REJOIN_MS = 1000;

/** The secrets that roles need; absent = none is kept. */
export interface RoleSecrets {
  /** Of the remote orchestrator. */
  readonly remote?: string;
  /** Of the own orchestrator. */
  readonly own?: string;
}

/** What the roles are made from. */
export interface ComposeParameters {
  readonly config: Config;
  readonly secrets: RoleSecrets;
  /** This machine's compute; absent where {@link needsCompute} says so. */
  readonly transcoder?: Transcoder;
  readonly observer: TranscoderObserver;
  /** The own orchestrator keeps its certificate in there. */
  readonly dataDir: string;
  /** Exchanges the codes of the own orchestrator's invites. */
  readonly invites?: InviteDesk;
  /** Segments after which the practice network ends; undefined = never. */
  readonly practiceLimit: number | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** An orchestrator in this process, as the page and the commands get at it. */
export interface ComposedOrchestrator {
  readonly status: () => OrchestratorStatus;
  /** Null: it may be looked at, not changed (the practice network's). */
  readonly own: Orchestrator | null;
  /** Where it is reached from this machine for sure, `https://host:port`. */
  readonly local: string;
  /** Where it listens, `host:port`. */
  readonly listening: string;
  readonly secretSet: boolean;
}

/** The roles of a configuration, in the order they start. */
export interface Composition {
  readonly roles: readonly Role[];
  /** Offers this machine's transcoder to an orchestrator; absent where this machine is the orchestrator. */
  readonly client?: TranscoderClient;
  readonly practice?: PracticeNetwork;
  readonly orchestrator?: ComposedOrchestrator;
}

/** Whether a configuration transcodes on this machine; where it does not, no transcode worker is started. */
export function needsCompute(config: Config): boolean {
  return !runsOrchestrator(config) || config.deploymentType === 'solo';
}

/**
 * Refuses, before anything starts, what this version cannot do. The words name the choice and what works instead.
 * @throws EngineError `config-invalid`
 */
export function checkComposable(config: Config, secret: string | undefined): void {
  const { nodeMode, deploymentType, orchestrator, ownOrchestrator } = config;
  if (nodeMode !== 'video') {
    throw new EngineError({
      code: 'config-invalid',
      message: `This version of Siphon cannot run node mode "${nodeMode}".`,
      nextStep: 'AI work is not part of this version. Set nodeMode to "video".',
    });
  }
  if (deploymentType === 'practice') return;
  if (runsOrchestrator(config)) {
    checkPrices(config);
    if ((ownOrchestrator.certificateFile === null) === (ownOrchestrator.keyFile === null)) return;
    throw new EngineError({
      code: 'config-invalid',
      message: 'Only one of certificate and key is set for the own orchestrator.',
      nextStep: 'Set both ownOrchestrator.certificateFile and ownOrchestrator.keyFile, or neither for a self-signed certificate.',
    });
  }
  if (orchestrator.serviceUri === null) {
    throw new EngineError({
      code: 'config-invalid',
      message: 'No orchestrator is chosen yet.',
      nextStep: 'Run: siphon join <service-uri>. To try everything without one, run: siphon practice',
    });
  }
  if (secret === undefined) {
    throw new EngineError({
      code: 'config-invalid',
      message: `The secret for ${orchestrator.serviceUri} is missing.`,
      nextStep: `Run: siphon join ${orchestrator.serviceUri} and enter the secret that its operator gave you.`,
    });
  }
}

function checkPrices(config: Config): void {
  try {
    new PriceBook(configuredPrices(config));
  } catch (error) {
    const { message, nextStep } = toEngineError(error);
    throw new EngineError({ code: 'config-invalid', message, ...(nextStep === undefined ? {} : { nextStep }), cause: error });
  }
}

/**
 * Turns the three choices into roles; nothing else asks for the deployment type. Call {@link checkComposable} first.
 * @throws EngineError `config-invalid`, `port-in-use`
 */
export async function composeRoles(parameters: ComposeParameters): Promise<Composition> {
  const { config } = parameters;
  if (config.deploymentType === 'practice') return await practiceRoles(parameters);
  if (runsOrchestrator(config)) return await orchestratorRoles(parameters);
  const { serviceUri, pin } = config.orchestrator;
  const client = clientOf(parameters, serviceUri ?? '', parameters.secrets.remote ?? '', pin ?? undefined);
  return { roles: [client], client };
}

/** Milliseconds that a drain waits for the practice gateway before the transcoder stops taking segments. */
const GATEWAY_REST_MS = 10_000;

/** The transcoder of a practice network: it leaves when the gateway's segments, which it does not know of yet, are done. */
function lastToDrain(client: TranscoderClient, practice: PracticeNetwork): Role {
  return {
    name: client.name,
    get inFlight() {
      return client.inFlight;
    },
    start: () => client.start(),
    resume: () => client.resume(),
    async drain(signal) {
      using limit = deadline(GATEWAY_REST_MS, 'The practice gateway', signal);
      await practice.rest(limit.signal).catch(() => {});
      await client.drain(signal);
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

async function practiceRoles(parameters: ComposeParameters): Promise<Composition> {
  const { config, clock, log, practiceLimit } = parameters;
  const { sessions, pace, input } = config.practice;
  const practice = await startPracticeNetwork({
    sessions,
    pace,
    clock,
    log: log.child({ role: 'practice' }),
    ...(input === null ? {} : { input }),
    ...(practiceLimit === undefined ? {} : { limit: practiceLimit }),
  });
  const client = clientOf(parameters, practice.serviceUri, practice.secret);
  const orchestrator = {
    status: () => practice.orchestrator,
    own: null,
    local: practice.serviceUri,
    listening: new URL(practice.serviceUri).host,
    secretSet: true,
  };
  return { roles: [practice, lastToDrain(client, practice)], client, practice, orchestrator };
}

async function orchestratorRoles(parameters: ComposeParameters): Promise<Composition> {
  const { config, secrets, transcoder, observer, dataDir, invites, clock, log } = parameters;
  const { host, serviceUri, maxSessions, certificateFile: certFile, keyFile } = config.ownOrchestrator;
  // The service URI must be known before it listens.
  const port = config.ownOrchestrator.port === 0 ? await freePort(host) : config.ownOrchestrator.port;
  const everywhere = host === '0.0.0.0' || host === '::';
  const inUri = (address: string) => `https://${address.includes(':') ? `[${address}]` : address}:${port}`;
  const orchestrator = new Orchestrator({
    secret: secrets.own ?? '',
    host,
    port,
    serviceUri: serviceUri ?? inUri(everywhere ? ownAddresses()[0] : host),
    ...(maxSessions === 'auto' ? {} : { maxSessions }),
    prices: new PriceBook({ ...configuredPrices(config), clock }),
    certificate: certFile !== null && keyFile !== null ? { certFile, keyFile } : { keptIn: path.join(dataDir, 'tls') },
    ...(invites ? { invites } : {}),
    clock,
    log: log.child({ role: 'orchestrator' }),
  });
  const composed = {
    status: () => orchestrator.status(),
    own: orchestrator,
    local: inUri(everywhere ? '127.0.0.1' : host),
    listening: new URL(inUri(host)).host,
    secretSet: secrets.own !== undefined,
  };
  if (!transcoder) return { roles: [orchestrator], orchestrator: composed };
  const recording = new RecordingTranscoder({ transcoder, observer, clock });
  const local = keepJoined(orchestrator, recording);
  return { roles: [released(orchestrator, [local, recording])], orchestrator: composed };
}

function clientOf(
  { transcoder, observer, clock, log }: ComposeParameters,
  uri: string,
  secret: string,
  pin?: string,
): TranscoderClient {
  if (!transcoder) throw new EngineError({ code: 'internal', message: 'A transcoder client without a transcoder' });
  return new TranscoderClient({ address: OrchestratorAddressSchema.parse(uri), secret, pin, transcoder, observer, clock, log });
}

/**
 * Joins this process's transcoder. An orchestrator dismisses a transcoder that used up a segment's time; a remote one comes
 * back by registering again, and so does this one.
 */
function keepJoined(orchestrator: Orchestrator, transcoder: Transcoder): AsyncDisposable {
  const serviceProvider = `Livepeer Transcoder ${PROTOCOL_VERSION} (offchain)`;
  const join = () => orchestrator.joinLocal(new LocalTranscoder({ transcoder, serviceProvider }));
  let timer: NodeJS.Timeout | undefined;
  const events = orchestrator.transcoders.onEvent((event) => {
    if (event.kind === 'left' && event.id === LOCAL_ID) timer = setTimeout(join, REJOIN_MS).unref();
  });
  join();
  return {
    async [Symbol.asyncDispose]() {
      events[Symbol.dispose]();
      clearTimeout(timer);
    },
  };
}

/** A role that also releases what belongs to it: the first of them before itself ends, in order, the transcoder last. */
function released(role: Role, [before, after]: readonly [AsyncDisposable, AsyncDisposable]): Role {
  return {
    name: role.name,
    get inFlight() {
      return role.inFlight;
    },
    start: () => role.start(),
    drain: (signal) => role.drain(signal),
    resume: () => role.resume(),
    async [Symbol.asyncDispose]() {
      await before[Symbol.asyncDispose]();
      await role[Symbol.asyncDispose]();
      await after[Symbol.asyncDispose]();
    },
  };
}
