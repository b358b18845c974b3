import { create } from '@bufbuild/protobuf';
import type { FastifyInstance } from 'fastify';
import type { OrchestratorPrices, Reachability, SetPrices, WhyNoWorkItem } from '../api/orchestrator.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { Disposables } from '../base/disposables.ts';
import { EngineError } from '../base/errors.ts';
import { type Log, silentLog } from '../base/log.ts';
import type { Role } from '../base/role.ts';
import { OFFCHAIN_PAYMENTS } from '../payments/offchain.ts';
import type { Payments } from '../payments/payments.ts';
import { PriceBook } from '../payments/price-book.ts';
import { fromBitstring } from '../wire/capabilities.ts';
import { capabilityName } from '../wire/capability-names.ts';
import { AuthTokenSchema, type HardwareInformation } from '../wire/gen/net/lp_rpc_pb.js';
import { DOWNLOAD_TIMEOUT_MS, MAX_BODY_BYTES, SESSION_IDLE_MS } from '../wire/limits.ts';
import { encodeSegData } from '../wire/seg-data.ts';
import type { CertificatePair } from '../wire/tls.ts';
import { AdvertisedCapabilities } from './advertised.ts';
import { AuthTokens } from './auth-token.ts';
import { CertificateKeeper, type CertificateSource } from './certificates.ts';
import { segmentError, WIRE_TEXT } from './faults.ts';
import type { EdgeLimits, GatewayEdge } from './gateway-edge.ts';
import { gatewayService } from './gateway-service.ts';
import { ANY_SIGNATURE, OFFCHAIN_SIGNER, type SignatureVerifier, type Signer } from './identity.ts';
import { ByteBudget } from './incoming-body.ts';
import { type InviteDesk, inviteRoute } from './invite-route.ts';
import type { SegmentJob, SegmentPort, SegmentResult } from './job.ts';
import type { TranscoderMember } from './member.ts';
import { ObjectStore } from './object-store.ts';
import { RecentErrors } from './recent-errors.ts';
import { transcoderService } from './registration.ts';
import { resultsRoute } from './results-route.ts';
import { segmentRoutes } from './segment-route.ts';
import { OrchestratorServer } from './server.ts';
import { SessionLedger } from './session-ledger.ts';
import { type SessionStatus, SessionTable } from './sessions.ts';
import type { OpenSession, OrchestratorStatus } from './status.ts';
import { storageRoute } from './storage-route.ts';
import { TaskBoard } from './task-board.ts';
import { type ManagerTimes, TranscoderManager } from './transcoder-manager.ts';
import { whyNoWork } from './why-no-work.ts';

export type { OrchestratorStatus } from './status.ts';

/** Times of the orchestrator, milliseconds; the defaults are the reference's, tests shorten them. */
export interface OrchestratorTimes extends ManagerTimes {
  readonly sessionIdleMs: number;
  /** Between two looks at the connections; also the pace of the PINGs to transcoders. */
  readonly sweepMs: number;
  readonly pingTimeoutMs: number;
  readonly connectionIdleMs: number;
  /** For the headers of an HTTP/1.1 request. */
  readonly headersMs: number;
}

const SERVER_TIMES = {
  sessionIdleMs: SESSION_IDLE_MS,
  sweepMs: 20_000,
  pingTimeoutMs: 30_000,
  connectionIdleMs: 600_000,
  headersMs: 10_000,
};

/** Failures older than this say nothing about now, milliseconds. */
const FAILURE_WINDOW_MS = 10 * 60_000;

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
  /** What is asked for; absent = nothing. Used by `payments`, shown and edited here. */
  readonly prices?: PriceBook;
  /** Where the TLS certificate comes from; absent = self-signed, made at each start. */
  readonly certificate?: CertificateSource;
  /** Exchanges one-time codes of invites for the secret; absent = the route is not there. */
  readonly invites?: InviteDesk;
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
  readonly #ledger: SessionLedger;
  readonly #prices: PriceBook;
  readonly #clock: Clock;
  readonly #owned = new Disposables();
  #server: OrchestratorServer | undefined;
  #certificate: CertificatePair | undefined;
  #serviceUri = '';
  #draining = false;
  #onIdle: (() => void) | undefined;
  #inFlight = 0;

  constructor(parameters: OrchestratorParameters) {
    const limits = { ...EDGE_LIMITS, ...parameters.limits };
    this.#parameters = parameters;
    this.#log = parameters.log ?? silentLog;
    const clock = parameters.clock ?? systemClock;
    this.#clock = clock;
    this.#ledger = new SessionLedger(clock);
    this.#prices = parameters.prices ?? new PriceBook({ base: '0wei', clock });
    this.transcoders = new TranscoderManager({ clock, log: this.#log, ...(parameters.times ? { times: parameters.times } : {}) });
    this.#sessions = new SessionTable({
      maxSessions: () => this.#maxSessions,
      idleMs: parameters.times?.sessionIdleMs ?? SERVER_TIMES.sessionIdleMs,
      clock,
      onEnd: (sessionId) => {
        this.transcoders.endSession(sessionId);
        this.#store.endSession(sessionId);
        this.#edge.payments.endSession(sessionId);
        this.#ledger.forget(sessionId);
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

  /** What it serves with now, the private key included; undefined before `start`. Invites are signed with it. */
  get certificate(): CertificatePair | undefined {
    return this.#certificate;
  }

  status(): OrchestratorStatus {
    return {
      serviceUri: this.#serviceUri,
      onChain: this.#edge.payments.onChain,
      draining: this.#draining,
      inFlight: this.#inFlight,
      queued: this.#sessions.queued,
      maxSessions: this.#maxSessions,
      sessions: this.#sessions.list().map((session) => ({ ...session, ...this.#facts(session.sessionId) })),
      transcoders: this.transcoders.statistics(),
      heldBytes: this.#store.bytes,
      incomingBytes: this.#budget.used,
      capabilities: fromBitstring(this.#advertised.current.bitstring).map(capabilityName),
      prices: this.#prices.entries,
      recentErrors: this.#errors.list(),
      lastDeliveredAtMs: this.#ledger.lastDoneMs ?? null,
    };
  }

  /** Why no work comes, as a checklist. Whether others reach this orchestrator is tried elsewhere and handed in. */
  whyNoWork(reachability: Reachability): readonly WhyNoWorkItem[] {
    const { payments, signer } = this.#edge;
    const members = this.transcoders.members;
    const ready = members.filter(({ draining }) => !draining).length;
    return whyNoWork({
      onChain: payments.onChain,
      draining: this.#draining,
      address: signer.address,
      version: this.#advertised.current.version,
      prices: this.#prices.entries,
      reachability,
      transcoders: { ready, draining: members.length - ready, capacity: this.transcoders.capacity },
      sessions: { open: this.#sessions.size, max: this.#parameters.maxSessions ?? this.transcoders.capacity },
      errors: this.#errors.failures(FAILURE_WINDOW_MS),
    });
  }

  /**
   * New prices, from now on for new sessions; those that run keep theirs.
   * @throws EngineError `bad-request` for a text that is no price; nothing is changed then
   */
  setPrices(prices: SetPrices): OrchestratorPrices {
    this.#prices.set(prices);
    return this.#prices.entries;
  }

  /** Listens. Rejects with `port-in-use`. */
  async start(): Promise<void> {
    if (this.#server) return;
    const { secret, host = '127.0.0.1', port = 0, serviceUri, times, maxTranscoders = 2_000, invites } = this.#parameters;
    if (secret === '')
      throw new EngineError({ code: 'bad-request', message: 'An orchestrator needs a secret for its transcoders' });
    const log = this.#log;
    const certificates = new CertificateKeeper({
      source: this.#parameters.certificate,
      host: serviceUri ? new URL(serviceUri).hostname : host,
      clock: this.#clock,
      log,
    });
    const certificate = await certificates.load();
    const server = await OrchestratorServer.listen({
      host,
      port,
      certificate,
      headersMs: times?.headersMs ?? SERVER_TIMES.headersMs,
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
        ...(invites ? [(instance: FastifyInstance) => inviteRoute(instance, { desk: invites, clock: this.#clock, log })] : []),
      ],
    });
    this.#owned.use(server);
    this.#owned.use(certificates);
    this.#certificate = certificate;
    certificates.watch(certificate, (renewed) => {
      server.useCertificate(renewed);
      this.#certificate = renewed;
    });
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
      const result = await this.#sessions.run(job.sessionId, signal, async (running) => {
        this.#ledger.begin(job);
        const name = `${job.seq}.tempfile`;
        const url = `${this.#serviceUri}/stream/${encodeURIComponent(job.sessionId)}/${name}`;
        this.#store.put(job.sessionId, name, job.data);
        try {
          return await this.transcoders.transcode({ job, segData, url }, running);
        } finally {
          this.#store.remove(job.sessionId, name);
        }
      });
      this.#ledger.end(job.sessionId, true);
      return result;
    } catch (error) {
      this.#ledger.end(job.sessionId, false);
      throw error;
    } finally {
      this.#inFlight -= 1;
      if (this.#inFlight === 0) this.#onIdle?.();
    }
  }

  get #maxSessions(): number {
    return this.#parameters.maxSessions ?? Math.max(1, this.transcoders.capacity);
  }

  #facts(sessionId: string): Omit<OpenSession, keyof SessionStatus> {
    const facts = this.#ledger.facts(sessionId);
    return {
      manifestId: facts?.manifestId ?? '',
      gateway: facts?.gateway ?? null,
      startedAtMs: facts?.startedAtMs ?? this.#clock.nowMs(),
      lastSegmentAtMs: facts?.lastSegmentAtMs ?? null,
      segments: facts?.segments ?? 0,
      failed: facts?.failed ?? 0,
      transcoder: this.transcoders.boundTo(sessionId) ?? null,
    };
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
