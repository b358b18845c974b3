import { z } from 'zod';
import type { ErrorInfo } from './errors.ts';
import type { RigSummary } from './rig-summary.ts';

/** What a paired machine may do here: everything that this machine's page can, or only look. */
export const REMOTE_RIGHTS = ['full', 'read-only'] as const;
export type RemoteRights = (typeof REMOTE_RIGHTS)[number];

/** Port on which a rig takes paired machines; beside the local API's 17935. */
export const DEFAULT_REMOTE_PORT = 17936;

/** Most machines in one fleet, and most machines paired with one rig. */
export const FLEET_LIMIT = 50;

/** Least milliseconds between two views of the fleet sent to watchers, and between two summaries of one rig. */
export const FLEET_VIEW_MS = 1000;

/** How long a pairing code holds, milliseconds. */
export const PAIRING_MS = 10 * 60_000;

/** Tries that one pairing code allows; then a new one is needed. */
export const PAIRING_ATTEMPTS = 5;

/** A machine that was paired with this one and may reach it. Its token is kept as a hash only. */
export interface RemoteDevice {
  readonly id: string;
  readonly name: string;
  readonly rights: RemoteRights;
  readonly createdAtMs: number;
  /** Null: not since it was paired. */
  readonly lastSeenAtMs: number | null;
  /** Open connections now. */
  readonly connections: number;
}

/** How far this machine is open to paired machines. The pairing code itself is never in here. */
export interface RemoteView {
  readonly enabled: boolean;
  /** What other machines call this one. */
  readonly name: string;
  /** `host:port` it listens on; null = it does not. */
  readonly listening: string | null;
  /** Where other machines may find it, `host:port` each, likeliest first. */
  readonly addresses: readonly string[];
  /** SHA-256 of the TLS public key, base64url; null before there is one. */
  readonly pin: string | null;
  readonly devices: readonly RemoteDevice[];
  /** The pairing that is open now. */
  readonly pairing: { readonly rights: RemoteRights; readonly expiresAtMs: number; readonly attemptsLeft: number } | null;
  /** Why it does not listen although it should. */
  readonly error?: ErrorInfo;
}

/** What pairs one machine with this one, once. Whoever has it gets in: it is shown, never logged or kept. */
export interface PairingOffer {
  /** `siphon://pair?…`: addresses, pinned key and a one-time code of 160 bits. */
  readonly link: string;
  /** To type: `XXXX-XXXX`, 40 bits; needs the address besides. */
  readonly code: string;
  readonly rights: RemoteRights;
  readonly expiresAtMs: number;
}

/** Input of `remote.pair`. */
export const RemotePairSchema = z.object({ rights: z.enum(REMOTE_RIGHTS).default('full') });
/** Names one paired machine, or one rig of the fleet. */
export const MachineIdSchema = z.object({ id: z.string().min(1).max(64) });

const NameSchema = z.string().trim().min(1).max(60);

/** How a rig is reached: paired over TLS with a pinned key, or its local API through an SSH tunnel. */
export type RigKind = 'paired' | 'tunnel';

/** Input of `fleet.add`. */
export const FleetAddSchema = z.discriminatedUnion('kind', [
  /** The pairing text that the rig shows. */
  z.object({ kind: z.literal('link'), text: z.string().trim().min(1).max(2000), name: NameSchema.optional() }),
  /** Its address (`host` or `host:port`) and the short code. */
  z.object({
    kind: z.literal('code'),
    address: z.string().trim().min(1).max(260),
    code: z.string().trim().min(1).max(40),
    name: NameSchema.optional(),
  }),
  /** This machine's end of an SSH tunnel to the rig's local API, with the token of its file `api-token`. */
  z.object({
    kind: z.literal('tunnel'),
    address: z.string().trim().min(1).max(260),
    /** Port of the local API on the rig itself. */
    enginePort: z.number().int().min(1).max(65535).optional(),
    token: z.string().trim().min(8).max(200),
    name: NameSchema.optional(),
  }),
]);
export type FleetAdd = z.infer<typeof FleetAddSchema>;

/** Input of `fleet.rename`. */
export const FleetRenameSchema = z.object({ id: z.string().min(1).max(64), name: NameSchema });

/** Input of `fleet.pause` and `fleet.resume`. */
export const FleetRunSchema = z.object({
  ids: z.array(z.string().min(1).max(64)).min(1).max(FLEET_LIMIT),
  forMs: z
    .number()
    .int()
    .positive()
    .max(7 * 24 * 3600_000)
    .optional(),
});
export type FleetRun = z.infer<typeof FleetRunSchema>;

/** How this machine stands with a rig. */
export type RigState =
  | 'connecting'
  | 'live'
  /** Not reached now; it is tried again by itself. */
  | 'away'
  /** It took the token back, or never knew it: pair again. */
  | 'refused'
  /** Something answers at its address, but not with the key that was pinned. */
  | 'untrusted';

/** One rig of the fleet as the page and the CLI see it. */
export interface RigView {
  readonly id: string;
  readonly name: string;
  readonly kind: RigKind;
  /** Where it is or was last reached. */
  readonly address: string;
  readonly rights: RemoteRights;
  readonly state: RigState;
  readonly sinceMs: number;
  readonly lastSeenAtMs: number | null;
  /** When it is tried next; absent while connected. */
  readonly nextAttemptAtMs?: number;
  readonly error?: ErrorInfo;
  /** The last that was heard of it; null = nothing yet. */
  readonly summary: RigSummary | null;
}

/** What became of a command to several rigs. */
export interface FleetRunResult {
  /** Rigs that did not take it, and why. */
  readonly failed: ReadonlyArray<{ readonly id: string; readonly error: ErrorInfo }>;
}

/** Commands about who may reach this machine; never taken from another machine. */
export interface RemoteApi {
  /** Opens a pairing; the one before ends. */
  pair(input: z.infer<typeof RemotePairSchema>): Promise<PairingOffer>;
  endPairing(): Promise<void>;
  /** Takes a machine's token back; its open connections end at once. */
  revoke(input: { readonly id: string }): Promise<void>;
}

/** Commands about the rigs that this machine watches; never taken from another machine. */
export interface FleetApi {
  /** Pairs with a rig (or checks a tunnel) and keeps it. */
  add(input: FleetAdd): Promise<{ readonly id: string; readonly name: string }>;
  rename(input: { readonly id: string; readonly name: string }): Promise<void>;
  /** Forgets a rig; {@link FleetApi.restore} brings it back for ten minutes. */
  remove(input: { readonly id: string }): Promise<void>;
  restore(input: { readonly id: string }): Promise<void>;
  pause(input: FleetRun): Promise<FleetRunResult>;
  resume(input: FleetRun): Promise<FleetRunResult>;
}
