import { z } from 'zod';

/** The rules that can pause Siphon by themselves, in the order in which one of several is shown as the reason. */
export const AVAILABILITY_RULES = ['suspend', 'gpu-off', 'heat', 'gpu-needed', 'schedule', 'battery', 'not-idle'] as const;
export type AvailabilityRule = (typeof AVAILABILITY_RULES)[number];

/**
 * What only a desktop shell can know about the machine. It reports at least every 30 s and at once when something changes;
 * what is older than {@link PRESENCE_STALE_MS} counts as unknown, and an unknown fact never pauses. Null = not known to it either.
 */
export const PresenceSchema = z.strictObject({
  onBattery: z.boolean().nullable(),
  /** Seconds since the last key press or mouse move. */
  idleSeconds: z.number().min(0).nullable(),
  /** The screen is locked; counts as idle at once. */
  locked: z.boolean().nullable(),
  /** The machine is about to sleep: running segments are finished first. Reported false again when it wakes. */
  suspending: z.boolean().default(false),
});
export type PresenceInput = z.input<typeof PresenceSchema>;
export type Presence = z.output<typeof PresenceSchema>;

/** Milliseconds after which a report of {@link PresenceSchema} counts no more. */
export const PRESENCE_STALE_MS = 60_000;

/** Works although rules ask for a pause; each rule counts again once it has cleared. */
export const OverrideSchema = z.strictObject({
  /** Absent = every rule that is active now. */
  rules: z.array(z.enum(AVAILABILITY_RULES)).min(1).optional(),
});

/** One rule as it stands now. */
export interface AvailabilityRuleView {
  readonly rule: AvailabilityRule;
  /**
   * `off`: the settings do not ask for it. `satisfied`: nothing against working. `active`: asks for a pause. `unknown`: what it
   * needs to know cannot be told on this machine now, so it does not pause.
   */
  readonly state: 'off' | 'satisfied' | 'active' | 'unknown';
  /** Plain words: what it sees, or why it cannot tell. */
  readonly text: string;
  /** Milliseconds since the Unix epoch at which it took this state. */
  readonly sinceMs: number;
  /** When it ends by itself, where that is known; milliseconds since the Unix epoch. */
  readonly endsAtMs?: number;
  /** The cards it concerns (UUIDs); absent = the whole machine. Only when every card rests does the whole of Siphon pause. */
  readonly gpus?: readonly string[];
  /** The person chose to work although it is active; counts again once it has cleared. */
  readonly overridden?: boolean;
}

/** A pause that the person asked for; no rule ends it. */
export interface OwnPause {
  readonly sinceMs: number;
  /** A moment (milliseconds since the Unix epoch), the person's own resume (kept over restarts), or the engine's next start. */
  readonly until: { readonly kind: 'time'; readonly atMs: number } | { readonly kind: 'resume' } | { readonly kind: 'restart' };
}

/** Why Siphon works or does not. Clocks, fans and power limits of the cards are only read, never written. */
export interface AvailabilityView {
  /** Every rule, in the order of {@link AVAILABILITY_RULES}. */
  readonly rules: readonly AvailabilityRuleView[];
  readonly ownPause: OwnPause | null;
  /** What the desktop shell reported last; null = nothing, or too long ago. */
  readonly presence: (Presence & { readonly atMs: number }) | null;
  /** Cards that get no work now, with the rule that says so. */
  readonly restingGpus: ReadonlyArray<{ readonly uuid: string; readonly rule: AvailabilityRule; readonly text: string }>;
}

/** Before any rule has been looked at. */
export const NOTHING_KNOWN: AvailabilityView = { rules: [], ownPause: null, presence: null, restingGpus: [] };
