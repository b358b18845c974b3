import { create } from '@bufbuild/protobuf';
import { type Clock, systemClock } from '../base/clock.ts';
import { Disposables } from '../base/disposables.ts';
import { EngineError } from '../base/errors.ts';
import { type Log, silentLog } from '../base/log.ts';
import type { Role } from '../base/role.ts';
import { OFFCHAIN_PAYMENTS } from '../payments/offchain.ts';
import type { Payments } from '../payments/payments.ts';
import { AuthTokenSchema, type HardwareInformation } from '../wire/gen/net/lp_rpc_pb.js';
import { DOWNLOAD_TIMEOUT_MS, MAX_BODY_BYTES, SESSION_IDLE_MS } from '../wire/limits.ts';
import { encodeSegData } from '../wire/seg-data.ts';
import { createCertificate } from '../wire/tls.ts';
import { AdvertisedCapabilities } from './advertised.ts';
import { AuthTokens } from './auth-token.ts';
import { segmentError, WIRE_TEXT } from './faults.ts';
import type { EdgeLimits, GatewayEdge } from './gateway-edge.ts';
import { gatewayService } from './gateway-service.ts';
import { ANY_SIGNATURE, OFFCHAIN_SIGNER, type SignatureVerifier, type Signer } from './identity.ts';
import { ByteBudget } from './incoming-body.ts';
import type { SegmentJob, SegmentPort, SegmentResult } from './job.ts';
import type { TranscoderMember } from './member.ts';
import { ObjectStore } from './object-store.ts';
import { RecentErrors } from './recent-errors.ts';
import { transcoderService } from './registration.ts';
import { resultsRoute } from './results-route.ts';
import { segmentRoutes } from './segment-route.ts';
import { OrchestratorServer } from './server.ts';
import { type SessionStatus, SessionTable } from './sessions.ts';
import type { TranscoderStatistics } from './statistics.ts';
import { storageRoute } from './storage-route.ts';
import { TaskBoard } from './task-board.ts';
import { type ManagerTimes, TranscoderManager } from './transcoder-manager.ts';

/** Times of the orchestrator, milliseconds; the defaults are the reference's, tests shorten them. */
export interface OrchestratorTimes extends ManagerTimes {
  readonly sessionIdleMs: number;
  /** Between two looks at the connections; also the pace of the PINGs to transcoders. */
  readonly sweepMs: number;
  readonly pingTimeoutMs: number;
  readonly connectionIdleMs: number;
}

const SERVER_TIMES = { sessionIdleMs: SESSION_IDLE_MS, sweepMs: 20_000, pingTimeoutMs: 30_000, connectionIdleMs: 600_000 };

const EDGE_LIMITS: EdgeLimits = {
  bodyMs: 60_000,
  bodyIdleMs: 10_000,
  fetchMs: DOWNLOAD_TIMEOUT_MS,
  maxBodyBytes: MAX_BODY_BYTES,
  maxIncomingBytes: 1024 * 1024 * 1024,
};

export interface OrchestratorParameters {
  /** What transcoders must know. */
  readonly secret: string;
  /** Address to bind to. */
  readonly host?: string;
  /** 0 = any free port. */
  readonly port?: number;
  /** Base of the URLs given to others; absent = `https://<host>:<port>`. */
  readonly serviceUri?: string;
  /** Sessions taken at once; absent = what the connected transcoders can take, at least one. */
  readonly maxSessions?: number;
  readonly maxTranscoders?: number;
  /** Text for the outputs' metadata. */
  readonly orchestratorId?: string;
  /** Money; absent = off-chain, nothing is asked. */
  readonly payments?: Payments;
  /** Who signs for this orchestrator; absent = off-chain, empty signatures. */
  readonly signer?: Signer;
  /** Who judges gateways' signatures; absent = off-chain, all pass. */
  readonly verifier?: SignatureVerifier;
  /** Other instances of this orchestrator, `https://` URLs. */
  readonly nodes?: readonly string[];
  /** Told to gateways that ask in general. */
  readonly hardware?: () => readonly HardwareInformation[];
  readonly times?: Partial<OrchestratorTimes>;
  readonly limits?: Partial<EdgeLimits>;
  readonly clock?: Clock;
  readonly log?: Log;
}

/** What the orchestrator does now. */
export interface OrchestratorStatus {
  readonly serviceUri: string;
  readonly draining: boolean;
  readonly inFlight: number;
  readonly sessions: readonly SessionStatus[];
  readonly transcoders: readonly TranscoderStatistics[];
  /** Bytes of segments held for transcoders. */
  readonly heldBytes: number;
}

/**
 * An orchestrator: transcoders register with it, gateways ask it for sessions and send segments, all on one port. Segments take one
 * way, {@link SegmentPort}, whether they came over the wire or from this process. Off-chain unless payments, a signer and a verifier
 * are handed in.
 */
export class Orchestrator implements SegmentPort, Role {
  readonly name = 'orchestrator';
  /** Who works for this orchestrator. */
  readonly transcoders: TranscoderManager;
  readonly #parameters: OrchestratorParameters;
  readonly #log: Log;
  readonly #store = new ObjectStore();
  readonly #board = new TaskBoard();
  readonly #edge: GatewayEdge;
  readonly #budget: ByteBudget;
  readonly #errors: RecentErrors;
  readonly #advertised: AdvertisedCapabilities;
  readonly #sessions: SessionTable;
  readonly #owned = new Disposables();
  #server: OrchestratorServer | undefined;
  #serviceUri = '';
  #draining = false;
  #onIdle: (() => void) | undefined;
  #inFlight = 0;

  constructor(parameters: OrchestratorParameters) {
    const limits = { ...EDGE_LIMITS, ...parameters.limits };
    this.#parameters = parameters;
    this.#log = parameters.log ?? silentLog;
    const clock = parameters.clock ?? systemClock;
    this.transcoders = new TranscoderManager({ clock, log: this.#log, ...(parameters.times ? { times: parameters.times } : {}) });
    this.#sessions = new SessionTable({
      maxSessions: () => parameters.maxSessions ?? Math.max(1, this.transcoders.capacity),
      idleMs: parameters.times?.sessionIdleMs ?? SERVER_TIMES.sessionIdleMs,
      clock,
      onEnd: (sessionId) => {
        this.transcoders.endSession(sessionId);
        this.#store.endSession(sessionId);
        this.#edge.payments.endSession(sessionId);
      },
    });
    this.#errors = new RecentErrors(clock, this.#log);
    this.#budget = new ByteBudget(limits.maxIncomingBytes);
    this.#advertised = this.#owned.use(new AdvertisedCapabilities(this.transcoders));
    this.#edge = {
      signer: parameters.signer ?? OFFCHAIN_SIGNER,
      verifier: parameters.verifier ?? ANY_SIGNATURE,
      payments: parameters.payments ?? OFFCHAIN_PAYMENTS,
      tokens: new AuthTokens(clock),
      port: this,
      store: this.#store,
      errors: this.#errors,
      limits,
      clock,
      log: this.#log,
      nodes: parameters.nodes ?? [],
      serviceUri: () => this.#serviceUri,
      capabilities: () => this.#advertised.current,
      hardware: () => parameters.hardware?.() ?? [],
      admits: (sessionId) => this.#admits(sessionId),
      hasLiveCapacity: () => false,
    };
  }

  /** Base of the URLs given to others; empty before `start`. */
  get serviceUri(): string {
    return this.#serviceUri;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  status(): OrchestratorStatus {
    return {
      serviceUri: this.#serviceUri,
      draining: this.#draining,
      inFlight: this.#inFlight,
      sessions: this.#sessions.list(),
      transcoders: this.transcoders.statistics(),
      heldBytes: this.#store.bytes,
    };
  }

  /** Listens. Rejects with `port-in-use`. */
  async start(): Promise<void> {
    if (this.#server) return;
    const { secret, host = '127.0.0.1', port = 0, serviceUri, times, maxTranscoders = 2_000 } = this.#parameters;
    if (secret === '')
      throw new EngineError({ code: 'bad-request', message: 'An orchestrator needs a secret for its transcoders' });
    const log = this.#log;
    const server = await OrchestratorServer.listen({
      host,
      port,
      certificate: await createCertificate(serviceUri ? new URL(serviceUri).hostname : host),
      connections: {
        sweepMs: times?.sweepMs ?? SERVER_TIMES.sweepMs,
        pingTimeoutMs: times?.pingTimeoutMs ?? SERVER_TIMES.pingTimeoutMs,
        idleMs: times?.connectionIdleMs ?? SERVER_TIMES.connectionIdleMs,
      },
      log,
      grpc: (router) => {
        transcoderService(router, {
          secret,
          orchestratorId: this.#parameters.orchestratorId ?? 'offchain',
          maxTranscoders,
          manager: this.transcoders,
          board: this.#board,
          connections: () => this.#server?.connections,
          log,
        });
        gatewayService(router, this.#edge);
      },
      http: [
        (instance) => storageRoute(instance, this.#store),
        (instance) => segmentRoutes(instance, this.#edge, this.#budget),
        (instance) => resultsRoute(instance, { secret, board: this.#board, log }),
      ],
    });
    this.#owned.use(server);
    this.#owned.defer(() => this.transcoders.close('the orchestrator stops'));
    this.#owned.use(this.#sessions);
    this.#server = server;
    this.#serviceUri = serviceUri?.replace(/\/+$/, '') ?? `https://${host.includes(':') ? `[${host}]` : host}:${server.port}`;
    log.info({ serviceUri: this.#serviceUri }, 'orchestrator listens');
  }

  /** Takes a transcoder in that runs in this process. */
  joinLocal(member: TranscoderMember): void {
    this.transcoders.join(member);
  }

  async submit(job: SegmentJob, signal: AbortSignal): Promise<SegmentResult> {
    if (this.#draining || !this.#server) {
      throw segmentError('busy', WIRE_TEXT.capped, 'The orchestrator takes no work now');
    }
    // Before anything is stored: a job that cannot be told to a transcoder is the caller's fault.
    const segData = encodeSegData({ ...job, authToken: job.authToken ?? create(AuthTokenSchema, { sessionId: job.sessionId }) });
    this.#inFlight += 1;
    try {
      return await this.#sessions.run(job.sessionId, signal, async (running) => {
        const name = `${job.seq}.tempfile`;
        const url = `${this.#serviceUri}/stream/${encodeURIComponent(job.sessionId)}/${name}`;
        this.#store.put(job.sessionId, name, job.data);
        try {
          return await this.transcoders.transcode({ job, segData, url }, running);
        } finally {
          this.#store.remove(job.sessionId, name);
        }
      });
    } finally {
      this.#inFlight -= 1;
      if (this.#inFlight === 0) this.#onIdle?.();
    }
  }

  /** Without a set limit, gateways are turned away while no transcoder is there, as the reference's automatic limit does. */
  #admits(sessionId: string): boolean {
    if (this.#draining) return false;
    const nobody = this.#parameters.maxSessions === undefined && this.transcoders.capacity === 0;
    return nobody ? this.#sessions.has(sessionId) : this.#sessions.admits(sessionId);
  }

  endSession(sessionId: string): void {
    this.#sessions.end(sessionId);
  }

  /** Refuses new segments (`OrchestratorCapped`: gateways go elsewhere) and waits for those in work. */
  async drain(signal: AbortSignal): Promise<void> {
    this.#draining = true;
    signal.throwIfAborted();
    if (this.#inFlight === 0) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => reject(signal.reason);
    this.#onIdle = resolve;
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await promise;
    } finally {
      this.#onIdle = undefined;
      signal.removeEventListener('abort', onAbort);
    }
  }

  async resume(): Promise<void> {
    this.#draining = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#draining = true;
    await this.#owned[Symbol.asyncDispose]();
  }
}
