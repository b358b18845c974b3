import { z } from 'zod';
import type { ErrorInfo } from './errors.ts';

/** Whether gateways reach the service URI, as tried from here. `unknown` = not tried yet. */
export type ReachabilityState = 'unknown' | 'checking' | 'reachable' | 'local-only' | 'unreachable';

/** Outcome of the last try to reach the service URI. */
export interface Reachability {
  readonly state: ReachabilityState;
  /** What was found, in plain words. */
  readonly text: string;
  readonly nextStep?: string;
  /** Milliseconds since the Unix epoch; null = never tried. */
  readonly checkedAtMs: number | null;
}

/** One stream that a gateway sends. */
export interface OrchestratorSession {
  readonly id: string;
  readonly manifestId: string;
  /** The gateway's Ethereum address, or where it connects from when it gave none; null = not known. */
  readonly gateway: string | null;
  /** Id of the transcoder that serves it; null before the first segment is given out. */
  readonly transcoder: string | null;
  readonly segments: number;
  readonly failed: number;
  readonly startedAtMs: number;
  /** Null before its first segment. */
  readonly lastSegmentAtMs: number | null;
}

/** One transcoder that works for this orchestrator. */
export interface OrchestratorTranscoder {
  readonly id: string;
  /** Where it connects from, or `local`. */
  readonly address: string;
  /** Sessions it takes. */
  readonly capacity: number;
  /** Sessions it has now. */
  readonly load: number;
  readonly segments: number;
  readonly failed: number;
  /** Median milliseconds from notice to result of its last segments; null before the first. */
  readonly medianMs: number | null;
  readonly connectedSinceMs: number;
  readonly draining: boolean;
  /** Runs in this process. */
  readonly local: boolean;
  /** What it can do, by name. */
  readonly capabilities: readonly string[];
  /** Text of its last failure. */
  readonly lastFault?: string;
}

/** An exact price in wei: `wei` for every `pixels` pixels, both as decimal integers of any size. */
export interface RationalPrice {
  readonly wei: string;
  readonly pixels: string;
}

/** A price as somebody wrote it, and what it is worth now. */
export interface PriceEntry {
  /** As written: `0.02USD/1e12pixels`, `1000wei`. */
  readonly text: string;
  /** Null while the exchange rate is not known. */
  readonly price: RationalPrice | null;
}

/** What this orchestrator asks for. */
export interface OrchestratorPrices {
  readonly base: PriceEntry;
  readonly perGateway: ReadonlyArray<PriceEntry & { readonly gateway: string }>;
  readonly perCapability: ReadonlyArray<PriceEntry & { readonly capability: string }>;
}

/** One line of the checklist "why no work". */
export interface WhyNoWorkItem {
  readonly id: string;
  /** Null = cannot be told from here. */
  readonly ok: boolean | null;
  readonly title: string;
  readonly text: string;
  readonly nextStep?: string;
}

/** An error of the orchestrator's lately, with how often it came. */
export interface OrchestratorError {
  readonly atMs: number;
  readonly text: string;
  readonly count: number;
}

/** The own orchestrator as the page and the CLI see it. */
export interface OrchestratorView {
  /** What gateways and transcoders are told to connect to. */
  readonly serviceUri: string;
  /** Where it listens, `host:port`. */
  readonly listening: string;
  readonly reachability: Reachability;
  /** Whether transcoders from elsewhere can register (a secret is there). The secret itself is never in here. */
  readonly secretSet: boolean;
  /** Sessions taken at once. */
  readonly maxSessions: number;
  /** False: off-chain, for practice, tests and private networks. */
  readonly onChain: boolean;
  readonly draining: boolean;
  /** False: shown only; commands that change it are refused (the practice network's own orchestrator). */
  readonly editable: boolean;
  readonly inFlight: number;
  /** Open sessions, latest work first, at most {@link ORCHESTRATOR_ROWS}. */
  readonly sessions: readonly OrchestratorSession[];
  readonly sessionCount: number;
  /** At most {@link ORCHESTRATOR_ROWS}. */
  readonly transcoders: readonly OrchestratorTranscoder[];
  readonly transcoderCount: number;
  readonly prices: OrchestratorPrices;
  /** What gateways may ask for, by name. */
  readonly capabilities: readonly string[];
  readonly recentErrors: readonly OrchestratorError[];
  readonly whyNoWork: readonly WhyNoWorkItem[];
}

/** How many sessions and transcoders a view carries at most; the counts tell the rest. */
export const ORCHESTRATOR_ROWS = 200;

/** Least milliseconds between two views sent to watchers. */
export const ORCHESTRATOR_VIEW_MS = 500;

const PriceTextSchema = z.string().trim().min(1).max(80);

/** New prices, whole: what is not in the table is gone. */
export const SetPricesSchema = z.object({
  base: PriceTextSchema,
  perGateway: z
    .array(
      z.object({
        gateway: z.string().regex(/^0x[0-9a-fA-F]{40}$/, 'an Ethereum address: 0x and 40 digits'),
        price: PriceTextSchema,
      }),
    )
    .max(500)
    .optional(),
});
/** Input of the command `setPrices`. */
export type SetPrices = z.infer<typeof SetPricesSchema>;

/** Names one transcoder by the id in the view. */
export const TranscoderIdSchema = z.object({ id: z.string().min(1).max(200) });

/** Settings to change in the configuration file and, at once, in the running engine. Null puts one back to its default. */
export const ConfigureSchema = z.object({
  changes: z
    .array(
      z.object({
        path: z.string().min(1).max(200),
        // The longest is a schedule of 50 windows, as JSON.
        value: z.union([z.string().max(8000), z.number(), z.boolean(), z.null()]),
      }),
    )
    .max(50),
});
/** Input of the command `configure`. No changes = take what is in the file now. */
export type Configure = z.infer<typeof ConfigureSchema>;

/** What became of a new configuration. */
export interface ConfigureResult {
  /** Settings that are different now. */
  readonly changed: readonly string[];
  /** The roles were drained and started anew. */
  readonly rolesChanged: boolean;
  /** Settings that wait for the next start of the engine. */
  readonly atNextStart: readonly string[];
  /** Why the new configuration could not be run; the old one goes on. */
  readonly error?: ErrorInfo;
}
