import type { TRPCClient } from '@trpc/client';
import type {
  AcceptInvite,
  AcceptResult,
  ConnectionTest,
  CreatedInvite,
  CreateInvite,
  InviteListing,
  JoinTarget,
  PayoutAddressCheck,
  PoolLatency,
  Pools,
  TestInvite,
} from '../../engine/api/invite.ts';
import type { AppRouter } from '../../engine/api/router.ts';

/** Joining an orchestrator and inviting to the own one, as this page uses it. */
export interface InviteClient {
  inspect(text: string): Promise<JoinTarget>;
  /** Tells each change; returns how to stop it. `onEnd` comes once, with what broke the test itself. */
  test(input: TestInvite, onChange: (test: ConnectionTest) => void, onEnd: (error: unknown) => void): () => void;
  accept(input: AcceptInvite): Promise<AcceptResult>;
  undo(id: string): Promise<void>;
  checkPayoutAddress(address: string): Promise<PayoutAddressCheck>;
  create(input: CreateInvite): Promise<CreatedInvite>;
  list(): Promise<readonly InviteListing[]>;
  revoke(id: string): Promise<void>;
  pools(): Promise<Pools>;
  importPools(text: string): Promise<Pools>;
  forgetPools(): Promise<Pools>;
  poolLatency(join: string): Promise<PoolLatency>;
}

/** The calls of {@link InviteClient} over whatever connection there is when each is made. */
export function createInviteClient(trpc: () => TRPCClient<AppRouter>): InviteClient {
  return {
    inspect: async (text) => trpc().invites.inspect.query({ text }),
    test: (input, onChange, onEnd) => {
      const subscription = trpc().invites.test.subscribe(input, {
        onData: onChange,
        onError: onEnd,
        onComplete: () => onEnd(undefined),
      });
      return () => subscription.unsubscribe();
    },
    accept: async (input) => trpc().invites.accept.mutate(input),
    undo: async (id) => {
      await trpc().invites.undo.mutate({ id });
    },
    checkPayoutAddress: async (address) => trpc().invites.checkPayoutAddress.query({ address }),
    create: async (input) => trpc().invites.create.mutate(input),
    list: async () => trpc().invites.list.query(),
    revoke: async (id) => trpc().invites.revoke.mutate({ id }),
    pools: async () => trpc().invites.pools.query(),
    importPools: async (text) => trpc().invites.importPools.mutate({ text }),
    forgetPools: async () => trpc().invites.forgetPools.mutate(),
    poolLatency: async (join) => trpc().invites.poolLatency.query({ join }),
  };
}
