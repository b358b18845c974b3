import { initTRPC, TRPCError } from '@trpc/server';
import { OverrideSchema, PresenceSchema } from './availability.ts';
import { type EngineApi, HistorySchema, LogsSchema, PauseSchema } from './commands.ts';
import { FixSchema } from './diagnostics.ts';
import { ErrorInfoSchema } from './errors.ts';
import { SetEstimateSchema } from './estimate.ts';
import {
  FleetAddSchema,
  FleetRenameSchema,
  FleetRunSchema,
  MachineIdSchema,
  RemotePairSchema,
  type RemoteRights,
} from './fleet.ts';
import {
  AcceptInviteSchema,
  CreateInviteSchema,
  ImportPoolsSchema,
  InspectInviteSchema,
  PayoutAddressSchema,
  PoolLatencySchema,
  RevokeInviteSchema,
  TestInviteSchema,
  UndoJoinSchema,
} from './invite.ts';
import { ConfigureSchema, SetPricesSchema, TranscoderIdSchema } from './orchestrator.ts';
import { mayCall, NotAllowed } from './remote-rights.ts';
import { ChooseWorkSchema, JoinOrchestratorSchema, SetSetupSchema } from './setup.ts';

/** Who is calling: whether the connection carried the right token. */
export interface CallerContext {
  readonly authorised: boolean;
  /** What a paired machine may do; absent = the caller is on this machine. */
  readonly rights?: RemoteRights;
}

const t = initTRPC.context<CallerContext>().create({
  errorFormatter({ shape, error }) {
    const info = ErrorInfoSchema.safeParse((error.cause as { toInfo?: () => unknown } | undefined)?.toInfo?.());
    return { ...shape, data: { ...shape.data, info: info.success ? info.data : undefined, stack: undefined } };
  },
});

const procedure = t.procedure.use(({ ctx, path, next }) => {
  if (ctx.authorised && mayCall(ctx.rights, path)) return next();
  if (ctx.authorised) {
    const cause = new NotAllowed(ctx.rights);
    throw new TRPCError({ code: 'FORBIDDEN', message: cause.message, cause });
  }
  throw new TRPCError({
    code: 'UNAUTHORIZED',
    message: 'The token is missing or wrong. Open the page again from the link that the engine shows.',
  });
});

/** The engine's commands and events over tRPC. Inputs are parsed here, at the edge. */
export function createRouter(api: EngineApi) {
  return t.router({
    snapshot: procedure.query(() => api.snapshot()),
    watch: procedure.subscription(({ signal }) => api.watch(signal ?? new AbortController().signal)),
    pause: procedure.input(PauseSchema).mutation(({ input }) => api.pause(input)),
    resume: procedure.mutation(() => api.resume()),
    overrideAvailability: procedure.input(OverrideSchema).mutation(({ input }) => api.overrideAvailability(input)),
    reportPresence: procedure.input(PresenceSchema).mutation(({ input }) => api.reportPresence(input)),
    history: procedure.input(HistorySchema).query(({ input }) => api.history(input)),
    logs: procedure.input(LogsSchema).query(({ input }) => api.logs(input?.after)),
    redetect: procedure.mutation(() => api.redetect()),
    setPrices: procedure.input(SetPricesSchema).mutation(({ input }) => api.setPrices(input)),
    drainTranscoder: procedure.input(TranscoderIdSchema).mutation(({ input }) => api.drainTranscoder(input)),
    removeTranscoder: procedure.input(TranscoderIdSchema).mutation(({ input }) => api.removeTranscoder(input)),
    checkReachability: procedure.mutation(() => api.checkReachability()),
    configure: procedure.input(ConfigureSchema).mutation(({ input }) => api.configure(input)),
    settings: procedure.query(() => api.settings()),
    setSetup: procedure.input(SetSetupSchema).mutation(({ input }) => api.setSetup(input)),
    chooseWork: procedure.input(ChooseWorkSchema).mutation(({ input }) => api.chooseWork(input)),
    joinOrchestrator: procedure.input(JoinOrchestratorSchema).mutation(({ input }) => api.joinOrchestrator(input)),
    measure: procedure.mutation(() => api.measure()),
    cancelMeasure: procedure.mutation(() => api.cancelMeasure()),
    setEstimate: procedure.input(SetEstimateSchema).mutation(({ input }) => api.setEstimate(input)),
    summary: procedure.subscription(({ signal }) => api.summary(signal ?? new AbortController().signal)),
    remote: t.router({
      pair: procedure.input(RemotePairSchema).mutation(({ input }) => api.remote.pair(input)),
      endPairing: procedure.mutation(() => api.remote.endPairing()),
      revoke: procedure.input(MachineIdSchema).mutation(({ input }) => api.remote.revoke(input)),
    }),
    fleet: t.router({
      add: procedure.input(FleetAddSchema).mutation(({ input }) => api.fleet.add(input)),
      rename: procedure.input(FleetRenameSchema).mutation(({ input }) => api.fleet.rename(input)),
      remove: procedure.input(MachineIdSchema).mutation(({ input }) => api.fleet.remove(input)),
      restore: procedure.input(MachineIdSchema).mutation(({ input }) => api.fleet.restore(input)),
      pause: procedure.input(FleetRunSchema).mutation(({ input }) => api.fleet.pause(input)),
      resume: procedure.input(FleetRunSchema).mutation(({ input }) => api.fleet.resume(input)),
    }),
    invites: t.router({
      inspect: procedure.input(InspectInviteSchema).query(({ input }) => api.invites.inspect(input)),
      test: procedure
        .input(TestInviteSchema)
        .subscription(({ input, signal }) => api.invites.test(input, signal ?? new AbortController().signal)),
      accept: procedure.input(AcceptInviteSchema).mutation(({ input }) => api.invites.accept(input)),
      undo: procedure.input(UndoJoinSchema).mutation(({ input }) => api.invites.undo(input)),
      checkPayoutAddress: procedure.input(PayoutAddressSchema).query(({ input }) => api.invites.checkPayoutAddress(input)),
      create: procedure.input(CreateInviteSchema).mutation(({ input }) => api.invites.create(input)),
      list: procedure.query(() => api.invites.list()),
      revoke: procedure.input(RevokeInviteSchema).mutation(({ input }) => api.invites.revoke(input)),
      pools: procedure.query(() => api.invites.pools()),
      importPools: procedure.input(ImportPoolsSchema).mutation(({ input }) => api.invites.importPools(input)),
      forgetPools: procedure.mutation(() => api.invites.forgetPools()),
      poolLatency: procedure.input(PoolLatencySchema).query(({ input }) => api.invites.poolLatency(input)),
    }),
    repair: t.router({
      doctor: procedure.query(({ signal }) => api.repair.doctor(signal)),
      bundle: procedure.query(({ signal }) => api.repair.bundle(signal)),
      fix: procedure.input(FixSchema).mutation(({ input }) => api.repair.fix(input)),
    }),
    shutdown: procedure.mutation(() => api.shutdown()),
  });
}

export type AppRouter = ReturnType<typeof createRouter>;
