import { z } from 'zod';
import type { ErrorInfo } from './errors.ts';
import type { ConfigureResult } from './orchestrator.ts';
import type { DeploymentType } from './snapshot.ts';

/** Longest text that is taken for an invite or a service URI, characters; an invite itself has at most 6000. */
export const MAX_JOIN_TEXT = 20_000;

/** Longest pool directory, characters. */
const MAX_DIRECTORY_TEXT = 500_000;

/** How an orchestrator's operator pays, as the operator says it. Siphon checks none of it. */
export const PayoutTermsSchema = z.strictObject({
  /** In the operator's own words. */
  text: z.string().trim().max(600),
  /** Share that the operator keeps, millionths; null = not said. */
  commissionPpm: z.number().int().min(0).max(1_000_000).nullable(),
  /** Least amount that is paid out, in the currency's smallest unit (wei), decimal; null = not said. */
  minimumPayoutWei: z
    .string()
    .regex(/^(0|[1-9]\d{0,59})$/)
    .nullable(),
  /** What is paid in. */
  currency: z.string().regex(/^[A-Z0-9]{2,10}$/),
});
export type PayoutTerms = z.infer<typeof PayoutTermsSchema>;

/** What an invite says, without the secret or code in it. */
export interface InviteDetails {
  /** Unique among the orchestrator's invites. */
  readonly id: string;
  readonly operator: string;
  /** `https://host:port`, the one to use first. */
  readonly serviceUris: readonly string[];
  /** SHA-256 of the public key (SPKI, DER) of the orchestrator's TLS certificate: 64 hex digits. */
  readonly pin: string;
  /** Whether it carries the orchestrator's secret itself, or a code that is exchanged for it once. */
  readonly access: 'secret' | 'once';
  readonly terms: PayoutTerms;
  readonly note: string | null;
  /** Milliseconds since the Unix epoch. */
  readonly madeAtMs: number;
  /** Null = does not expire. */
  readonly expiresAtMs: number | null;
}

/** Something worth knowing before accepting. */
export interface JoinWarning {
  readonly id: 'this-machine' | 'private-network' | 'expires-soon' | 'same-orchestrator' | 'no-pin' | 'unlimited';
  readonly text: string;
}

/** What a pasted text or an opened link says: a signed invite, or the bare address of an orchestrator. */
export type JoinTarget =
  | { readonly kind: 'invite'; readonly invite: InviteDetails; readonly warnings: readonly JoinWarning[] }
  /** Needs the secret besides, and pins nothing. */
  | { readonly kind: 'address'; readonly serviceUri: string; readonly warnings: readonly JoinWarning[] };

const joinText = z.string().min(1).max(MAX_JOIN_TEXT);
const secret = z.string().min(1).max(4096);
const address = z.string().trim().max(100);

/** An invite (link, token, or text around it) or a service URI. */
export const InspectInviteSchema = z.strictObject({ text: joinText });
export type InspectInvite = z.infer<typeof InspectInviteSchema>;

/** `secret` only beside a service URI; an invite brings its own. */
export const TestInviteSchema = z.strictObject({ text: joinText, secret: secret.optional() });
export type TestInvite = z.infer<typeof TestInviteSchema>;

/** How a machine takes part when it works for somebody else's orchestrator. */
export const JOIN_TYPES = ['siphon', 'pool-node', 'ot-split'] as const;

export const AcceptInviteSchema = z.strictObject({
  text: joinText,
  secret: secret.optional(),
  /** Ethereum address that earnings are to go to; EIP-55 checked. */
  payoutAddress: address.optional(),
  /** `pool-node` for an invite and `siphon` for an address unless said. */
  as: z.enum(JOIN_TYPES).optional(),
});
export type AcceptInvite = z.infer<typeof AcceptInviteSchema>;

/** Steps of the way to an orchestrator, in their order. */
export const CONNECTION_STEPS = ['name', 'tcp', 'tls', 'pin', 'http2', 'registration'] as const;
export type ConnectionStepId = (typeof CONNECTION_STEPS)[number];

/** One step of a connection test. */
export interface ConnectionStep {
  readonly id: ConnectionStepId;
  readonly state: 'waiting' | 'running' | 'ok' | 'failed' | 'skipped';
  /** What was found; empty before it has run. */
  readonly text: string;
  readonly nextStep?: string;
  /** Milliseconds it took. */
  readonly tookMs?: number;
}

/** How far a connection test has come; told anew at each change. */
export interface ConnectionTest {
  /** The address that is tried. */
  readonly serviceUri: string;
  /** All steps, in their order. */
  readonly steps: readonly ConnectionStep[];
  /** Null while it runs. */
  readonly ok: boolean | null;
}

/** What this machine did before, for the words of an Undo button. */
export interface PreviousChoice {
  readonly deploymentType: DeploymentType;
  readonly serviceUri: string | null;
  readonly operator: string | null;
}

/** What accepting came to. */
export interface AcceptResult {
  readonly serviceUri: string;
  readonly operator: string | null;
  readonly deploymentType: DeploymentType;
  /** As checksummed; null = none is set. */
  readonly payoutAddress: string | null;
  readonly configured: ConfigureResult;
  /** Gives everything back as it was, secret included; good until the next accept or the engine's end. */
  readonly undo: { readonly id: string; readonly previous: PreviousChoice };
}

export const UndoJoinSchema = z.strictObject({ id: z.string().min(1).max(100) });

/** An Ethereum address as somebody types it. */
export const PayoutAddressSchema = z.strictObject({ address });
/** Outcome: the checksummed address, or what is wrong with it. */
export type PayoutAddressCheck =
  | { readonly ok: true; readonly address: string }
  | { readonly ok: false; readonly error: ErrorInfo };

/** A new invite to the own orchestrator. */
export const CreateInviteSchema = z.strictObject({
  /** The operator's name as the invite shows it. */
  operator: z.string().trim().min(1).max(80),
  /** Whom it is for; kept in the list, not in the invite. */
  label: z.string().trim().max(80).optional(),
  /** True: carries a code that works once. False: carries the orchestrator's secret itself. */
  once: z.boolean(),
  /** Milliseconds until it expires; null = never (not for one-time codes). */
  expiresInMs: z
    .number()
    .int()
    .min(60_000)
    .max(366 * 24 * 3600_000)
    .nullable(),
  terms: PayoutTermsSchema.partial().optional(),
  note: z.string().trim().max(300).optional(),
});
export type CreateInvite = z.infer<typeof CreateInviteSchema>;

/** A fresh invite. The link holds the secret or the code: it is shown once and kept nowhere. */
export interface CreatedInvite {
  /** `siphon://join?…` */
  readonly link: string;
  readonly invite: InviteDetails;
  readonly warnings: readonly JoinWarning[];
}

/** One invite in the orchestrator's list. */
export interface InviteListing {
  readonly id: string;
  readonly label: string | null;
  readonly access: 'secret' | 'once';
  readonly madeAtMs: number;
  readonly expiresAtMs: number | null;
  /** A `secret` invite is only ever open or expired: it works as long as its secret does. */
  readonly state: 'open' | 'used' | 'revoked' | 'expired';
  readonly used: { readonly atMs: number; readonly from: string; readonly payoutAddress: string | null } | null;
}

export const RevokeInviteSchema = z.strictObject({ id: z.string().min(1).max(40) });

const webAddress = z.url({ protocol: /^https$/ }).max(300);

/** One pool or orchestrator in a directory. */
const PoolEntrySchema = z.strictObject({
  name: z.string().trim().min(1).max(80),
  /** An invite or a service URI. */
  join: z.string().trim().min(1).max(6100),
  terms: z.string().trim().max(600).optional(),
  website: webAddress.optional(),
  region: z.string().trim().max(60).optional(),
  /** Signature of the directory's publisher over this entry, base64; kept, and checked by nobody yet. */
  signature: z.string().max(1000).optional(),
});
export type PoolEntry = z.infer<typeof PoolEntrySchema>;

/** A directory file. */
export const PoolDirectorySchema = z.strictObject({
  version: z.literal(1),
  name: z.string().trim().min(1).max(80),
  pools: z.array(PoolEntrySchema).max(500),
});
export type PoolDirectory = z.infer<typeof PoolDirectorySchema>;

export const ImportPoolsSchema = z.strictObject({ text: z.string().min(1).max(MAX_DIRECTORY_TEXT) });
export const PoolLatencySchema = z.strictObject({ join: z.string().min(1).max(6100) });

/** An entry as shown: an invite in it is opened first, so that its own words are what counts. */
export interface PoolListing {
  readonly entry: PoolEntry;
  /** Null: `error` says what is wrong with it. */
  readonly target: JoinTarget | null;
  readonly error: ErrorInfo | null;
}

/** The directories that this machine knows, each sorted by name. */
export interface Pools {
  readonly bundled: readonly PoolListing[];
  /** Null = none was imported. */
  readonly imported: { readonly name: string; readonly pools: readonly PoolListing[] } | null;
}

/** Median milliseconds of three TCP connections, or why there is none. */
export type PoolLatency = { readonly ok: true; readonly medianMs: number } | { readonly ok: false; readonly error: ErrorInfo };

/** The part of the API that joins an orchestrator, and that invites to the own one. */
export interface InviteApi {
  /** @throws `invite-…` in words for the person; changes and asks nothing */
  inspect(input: InspectInvite): Promise<JoinTarget>;
  /** The whole list of steps at each change; ends with the last one. Uses up no code. */
  test(input: TestInvite, signal: AbortSignal): AsyncIterable<ConnectionTest>;
  accept(input: AcceptInvite): Promise<AcceptResult>;
  undo(input: z.infer<typeof UndoJoinSchema>): Promise<ConfigureResult>;
  checkPayoutAddress(input: z.infer<typeof PayoutAddressSchema>): Promise<PayoutAddressCheck>;
  create(input: CreateInvite): Promise<CreatedInvite>;
  list(): Promise<readonly InviteListing[]>;
  revoke(input: z.infer<typeof RevokeInviteSchema>): Promise<void>;
  pools(): Promise<Pools>;
  importPools(input: z.infer<typeof ImportPoolsSchema>): Promise<Pools>;
  forgetPools(): Promise<Pools>;
  poolLatency(input: z.infer<typeof PoolLatencySchema>): Promise<PoolLatency>;
}
