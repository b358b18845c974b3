import { z } from 'zod';

/** How a check ended: fine, works but should be mended, does not work, or does not apply here. */
export type CheckStatus = 'ok' | 'warn' | 'fail' | 'skipped';

/** What a check found, in words for a person. */
export interface CheckFinding {
  readonly status: CheckStatus;
  readonly text: string;
  readonly nextStep?: string;
}

/** One line of the doctor's report. */
export interface CheckResult extends CheckFinding {
  /** Stable, for scripts. */
  readonly id: string;
  readonly title: string;
}

/** Everything Siphon needs, looked at. */
export interface DoctorReport {
  /** The worst of the checks. */
  readonly verdict: CheckStatus;
  readonly checks: readonly CheckResult[];
}

/** One file of a diagnostics bundle. */
export interface DiagnosticsFile {
  readonly name: string;
  readonly text: string;
}

/** What a person may hand to somebody who helps: text files with every secret taken out. Nothing is sent anywhere. */
export interface DiagnosticsBundle {
  /** Name for the archive, without its ending. */
  readonly name: string;
  readonly files: readonly DiagnosticsFile[];
  /** Secrets and personal paths that were taken out. */
  readonly redacted: number;
}

/** Which fix of which standing problem to run. */
export const FixSchema = z.strictObject({ key: z.string().min(1).max(200), id: z.string().min(1).max(40) });
export type FixInput = z.infer<typeof FixSchema>;

/** What a fix did, in words for a person. */
export interface FixResult {
  readonly text: string;
}

/** Repair: look at everything, mend what can be mended, gather what a helper needs. */
export interface RepairApi {
  /** Runs every check; the orchestrator is asked for nothing but its time. */
  doctor(signal?: AbortSignal): Promise<DoctorReport>;
  /** Gathers the bundle; nothing leaves the machine by it. */
  bundle(signal?: AbortSignal): Promise<DiagnosticsBundle>;
  /** Runs a fix that a standing problem offers. Rejects with `not-found` when the problem no longer stands or does not offer it. */
  fix(input: FixInput): Promise<FixResult>;
}
