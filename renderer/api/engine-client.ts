import { createTRPCClient, createWSClient, TRPCClientError, wsLink } from '@trpc/client';
import type { HistoryQuery, LogLine } from '../../engine/api/commands.ts';
import type { DiagnosticsBundle, DoctorReport, FixResult } from '../../engine/api/diagnostics.ts';
import type { ErrorInfo } from '../../engine/api/errors.ts';
import type { SetEstimate } from '../../engine/api/estimate.ts';
import type { FleetAdd, FleetRunResult, PairingOffer, RemoteRights } from '../../engine/api/fleet.ts';
import type { Configure, ConfigureResult, SetPrices } from '../../engine/api/orchestrator.ts';
import type { AppRouter } from '../../engine/api/router.ts';
import type { SettingsView } from '../../engine/api/settings.ts';
import type { ChooseWork, JoinOrchestrator, SetSetup } from '../../engine/api/setup.ts';
import type { SegmentRecord, WatchEvent } from '../../engine/api/snapshot.ts';
import type { EngineAddress } from './engine-address.ts';
import { createInviteClient, type InviteClient } from './invite-client.ts';

/** Why a socket ended or was turned away. */
export type ConnectionNews =
  | { readonly kind: 'open' }
  /** Lost or not reached; `retryAtMs` is when the next attempt starts. */
  | { readonly kind: 'closed'; readonly attempt: number; readonly retryAtMs: number }
  /** The engine refused the token. */
  | { readonly kind: 'unauthorized' };

/** The engine as this page uses it. */
export interface EngineClient {
  /** Starts a watch; returns a function that ends it. After a lost connection the watch starts over with a snapshot. */
  watch(onEvent: (event: WatchEvent) => void, onEnd: (error: ErrorInfo | undefined) => void): () => void;
  pause(forMs: number | undefined): Promise<void>;
  /** Pauses until the engine is started again. */
  pauseUntilRestart(): Promise<void>;
  resume(): Promise<void>;
  /** Works although rules ask for a pause, until each has cleared. */
  workAnyway(): Promise<void>;
  redetect(): Promise<void>;
  history(query: Omit<HistoryQuery, 'limit'> & { limit: number }): Promise<readonly SegmentRecord[]>;
  /** Lines after the one with this `seq`; 0 = all that the engine keeps. */
  logs(after: number): Promise<readonly LogLine[]>;
  setPrices(prices: SetPrices): Promise<void>;
  drainTranscoder(id: string): Promise<void>;
  removeTranscoder(id: string): Promise<void>;
  checkReachability(): Promise<void>;
  settings(): Promise<SettingsView>;
  configure(changes: Configure['changes']): Promise<ConfigureResult>;
  setSetup(input: SetSetup): Promise<void>;
  chooseWork(input: ChooseWork): Promise<void>;
  joinOrchestrator(input: JoinOrchestrator): Promise<void>;
  measure(): Promise<void>;
  cancelMeasure(): Promise<void>;
  setEstimate(input: SetEstimate): Promise<void>;
  pair(rights: RemoteRights): Promise<PairingOffer>;
  endPairing(): Promise<void>;
  revoke(id: string): Promise<void>;
  addRig(input: FleetAdd): Promise<{ readonly id: string; readonly name: string }>;
  renameRig(id: string, name: string): Promise<void>;
  removeRig(id: string): Promise<void>;
  restoreRig(id: string): Promise<void>;
  pauseRigs(ids: readonly string[]): Promise<FleetRunResult>;
  resumeRigs(ids: readonly string[]): Promise<FleetRunResult>;
  /** Runs every check. */
  doctor(signal: AbortSignal): Promise<DoctorReport>;
  /** Gathers what somebody who helps needs, without secrets. */
  bundle(signal: AbortSignal): Promise<DiagnosticsBundle>;
  /** Runs a fix that a standing problem offers. */
  fix(key: string, id: string): Promise<FixResult>;
  /** Joining an orchestrator, and inviting to the own one. */
  readonly invites: InviteClient;
  close(): void;
}

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 10_000;

/** Waiting time before attempt `attempt` (from 0), milliseconds: doubles up to 10 s; `random` (0–1) spreads it by a quarter. */
export function retryDelayMs(attempt: number, random: number): number {
  const base = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempt, 16));
  return Math.round(base * (0.75 + 0.5 * random));
}

/** Where the engine is, asked anew for every connection: one that was started again may have another address and token. */
export type FindEngine = () => EngineAddress | Promise<EngineAddress>;

/** How a client connects. */
export interface EngineClientOptions {
  /**
   * A refused token may only be an old one: ask for the address again and try with that, a few times. Otherwise the first
   * refusal is final.
   */
  readonly renew?: boolean;
}

/** Refusals in a row after which a renewing client gives up, and the wait before each new try, milliseconds. */
const MOST_REFUSALS = 5;
const RENEW_MS = 1_000;

/** Connects to the engine over WebSocket and stays connected until closed. */
export function createEngineClient(
  find: FindEngine,
  onNews: (news: ConnectionNews) => void,
  { renew = false }: EngineClientOptions = {},
): EngineClient {
  let refusals = 0;
  let over = false;

  const connect = (waitMs: number) => {
    let refused = false;
    // Asked once per connection, for its address and its token.
    let address: Promise<EngineAddress> | undefined;
    const refuse = () => {
      if (refused || over) return;
      refused = true;
      refusals += 1;
      if (renew && refusals <= MOST_REFUSALS) {
        link = connect(RENEW_MS);
      } else {
        over = true;
        onNews({ kind: 'unauthorized' });
      }
      socket.close().catch(() => undefined);
    };
    const socket = createWSClient({
      url: async () => {
        if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
        address = Promise.resolve(find());
        return (await address).wsUrl;
      },
      connectionParams: async () => ({ token: (await (address ?? find())).token ?? '' }),
      WebSocket: refusalAwareSocket(refuse),
      keepAlive: { enabled: true, intervalMs: 10_000, pongTimeoutMs: 5_000 },
      retryDelayMs: (attemptIndex) => {
        const delay = retryDelayMs(attemptIndex, Math.random());
        if (!refused) onNews({ kind: 'closed', attempt: attemptIndex + 1, retryAtMs: Date.now() + delay });
        return delay;
      },
      onOpen: () => onNews({ kind: 'open' }),
      onClose: (cause) => {
        // 1008 policy violation and 4401 are how servers close a socket that may not be here.
        if (cause?.code === 1008 || cause?.code === 4401) refuse();
      },
    });
    return { socket, refuse, trpc: createTRPCClient<AppRouter>({ links: [wsLink({ client: socket })] }) };
  };
  let link = connect(0);

  return {
    watch: (onEvent, onEnd) => {
      const { trpc, refuse } = link;
      const subscription = trpc.watch.subscribe(undefined, {
        onData: (event) => {
          refusals = 0;
          onEvent(event);
        },
        onError: (error) => {
          if (error.data?.code === 'UNAUTHORIZED') refuse();
          onEnd(errorInfoOf(error));
        },
        onComplete: () => onEnd(undefined),
      });
      return () => subscription.unsubscribe();
    },
    pause: async (forMs) => link.trpc.pause.mutate(forMs === undefined ? {} : { forMs }),
    pauseUntilRestart: async () => link.trpc.pause.mutate({ until: 'restart' }),
    resume: async () => link.trpc.resume.mutate(),
    workAnyway: async () => link.trpc.overrideAvailability.mutate({}),
    redetect: async () => link.trpc.redetect.mutate(),
    history: async (query) => (await link.trpc.history.query(query)).segments,
    logs: async (after) => link.trpc.logs.query({ after }),
    setPrices: async (prices) => link.trpc.setPrices.mutate(prices),
    drainTranscoder: async (id) => link.trpc.drainTranscoder.mutate({ id }),
    removeTranscoder: async (id) => link.trpc.removeTranscoder.mutate({ id }),
    checkReachability: async () => link.trpc.checkReachability.mutate(),
    settings: async () => link.trpc.settings.query(),
    configure: async (changes) => link.trpc.configure.mutate({ changes }),
    setSetup: async (input) => link.trpc.setSetup.mutate(input),
    chooseWork: async (input) => link.trpc.chooseWork.mutate(input),
    joinOrchestrator: async (input) => link.trpc.joinOrchestrator.mutate(input),
    measure: async () => link.trpc.measure.mutate(),
    cancelMeasure: async () => link.trpc.cancelMeasure.mutate(),
    setEstimate: async (input) => link.trpc.setEstimate.mutate(input),
    pair: async (rights) => link.trpc.remote.pair.mutate({ rights }),
    endPairing: async () => link.trpc.remote.endPairing.mutate(),
    revoke: async (id) => link.trpc.remote.revoke.mutate({ id }),
    addRig: async (input) => link.trpc.fleet.add.mutate(input),
    renameRig: async (id, name) => link.trpc.fleet.rename.mutate({ id, name }),
    removeRig: async (id) => link.trpc.fleet.remove.mutate({ id }),
    restoreRig: async (id) => link.trpc.fleet.restore.mutate({ id }),
    pauseRigs: async (ids) => link.trpc.fleet.pause.mutate({ ids: [...ids] }),
    resumeRigs: async (ids) => link.trpc.fleet.resume.mutate({ ids: [...ids] }),
    doctor: async (signal) => link.trpc.repair.doctor.query(undefined, { signal }),
    bundle: async (signal) => link.trpc.repair.bundle.query(undefined, { signal }),
    fix: async (key, id) => link.trpc.repair.fix.mutate({ key, id }),
    invites: createInviteClient(() => link.trpc),
    close: () => {
      over = true;
      link.socket.close().catch(() => undefined);
    },
  };
}

/** What went wrong in a call, for people: the engine's own words where it gave them. */
export function errorInfoOf(error: unknown): ErrorInfo {
  if (error instanceof TRPCClientError) {
    const info = (error as TRPCClientError<AppRouter>).data?.info;
    if (info) return info;
  }
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
}

/**
 * A WebSocket that notices the engine's refusal. tRPC answers a refused connection with an error that belongs to no
 * request (`id: null`), which its client drops before trying again for ever.
 */
function refusalAwareSocket(onRefused: () => void): typeof WebSocket {
  return class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener('message', (event: MessageEvent<unknown>) => {
        if (typeof event.data === 'string' && isRefusal(event.data)) onRefused();
      });
    }
  };
}

/** Whether a frame is tRPC's answer to a connection whose token is wrong. */
export function isRefusal(frame: string): boolean {
  // Cheap test first: this sees every frame.
  if (!frame.startsWith('{"id":null,"error"')) return false;
  try {
    const { error } = JSON.parse(frame) as { error?: { data?: { code?: unknown } } };
    return error?.data?.code === 'UNAUTHORIZED';
  } catch {
    return false;
  }
}
