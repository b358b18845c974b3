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
  /** The numbers and names in `text`, for a page in another language: e.g. `celsius`, `program`, `percent`. */
  readonly values?: Readonly<Record<string, string | number>>;
  /** The cards it concerns (UUIDs); absent = the whole machine. Only when every card rests does the whole of Siphon pause. */
  readonly gpus?: readonly string[];
  /** The person chose to work although it is active; counts again once it has cleared. */
  readonly overridden?: boolean;
}

/** One device that work can run on, as it is used now. */
export interface DeviceUse {
  /** GPU UUID, or `cpu`. */
  readonly id: string;
  readonly name: string;
  /** What the settings say (`gpus.<uuid>.enabled`, `cpu.enabled`). */
  readonly enabled: boolean;
  /** Most streams at once as the settings say (`gpus.<uuid>.sessions`, `cpu.sessions`). */
  readonly sessions: number | 'auto';
  /**
   * `working`: takes streams. `starting`: its worker process starts and is tried. `draining`: finishes running segments and takes
   * no more. `off`: switched off, no process of Siphon uses it. `resting`: a rule rests it, no process uses it. `lost`: the driver
   * does not list it. `failed`: it cannot work; `text` says why. `spare`: the processor, not needed while a GPU works.
   */
  readonly state: 'working' | 'starting' | 'draining' | 'off' | 'resting' | 'lost' | 'failed' | 'spare';
  readonly text?: string;
  /** Streams on it now. */
  readonly streams: number;
  /** Its worker process; null = there is none. */
  readonly workerPid: number | null;
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
  /** GPUs in the driver's order, then the processor; empty while this machine needs none (it only orchestrates). */
  readonly devices: readonly DeviceUse[];
}

/** Before any rule has been looked at. */
export const NOTHING_KNOWN: AvailabilityView = { rules: [], ownPause: null, presence: null, restingGpus: [], devices: [] };
