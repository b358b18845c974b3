import type { EngineSnapshot } from './snapshot.ts';

/** Most GPUs told of one machine. */
export const SUMMARY_GPUS = 32;

/** The little that is kept of a rig all the time. Null = not known; texts are the rig's own, of whatever version it has. */
export interface RigSummary {
  /** Version of its engine. */
  readonly version: string | null;
  readonly platform: string | null;
  readonly deploymentType: string | null;
  readonly run: {
    readonly state: string;
    readonly reason?: string | undefined;
    readonly text?: string | undefined;
    readonly resumeAtMs?: number | undefined;
  } | null;
  /** The orchestrator it works for; null = none, or its own. */
  readonly link: { readonly serviceUri: string; readonly state: string } | null;
  readonly gpus: ReadonlyArray<{
    readonly name: string;
    readonly state: string;
    readonly temperatureC: number | null;
    readonly utilisationPercent: number | null;
  }>;
  /** Streams now, and how many it takes. */
  readonly streams: { readonly used: number; readonly total: number | null };
  readonly today: {
    readonly segments: number;
    readonly failed: number;
    readonly mediaMs: number;
    readonly encodedPixels: number;
  } | null;
  readonly problems: {
    readonly count: number;
    readonly worst: 'info' | 'warning' | 'error' | null;
    /** Title of the first of the worst. */
    readonly title: string | null;
  };
}

const SEVERITIES = ['error', 'warning', 'info'] as const;

/** The summary of a snapshot; of one from another version as much as can be read. */
export function summarise(snapshot: Partial<EngineSnapshot>): RigSummary {
  const { engine, choices, run, link, hardware, capacity, sessions, today, problems, orchestrator } = snapshot;
  const worst = SEVERITIES.find((severity) => problems?.some((problem) => problem.severity === severity)) ?? null;
  const own = orchestrator?.editable ? orchestrator : null;
  const used = (sessions ?? []).filter((session) => session.endedAtMs === undefined).length;
  return {
    version: engine?.version ?? null,
    platform: engine?.platform ?? null,
    deploymentType: choices?.deploymentType ?? null,
    run: run ? { state: run.state, reason: run.reason, text: run.text, resumeAtMs: run.resumeAtMs } : null,
    link: link ? { serviceUri: link.serviceUri, state: link.state } : null,
    gpus: (hardware?.gpus ?? []).slice(0, SUMMARY_GPUS).map(({ name, state, sample }) => ({
      name,
      state,
      temperatureC: sample?.temperatureC ?? null,
      utilisationPercent: sample?.utilisationPercent ?? null,
    })),
    streams: own ? { used: own.sessionCount, total: own.maxSessions } : { used, total: capacity ? capacity.sessions : null },
    today: today
      ? { segments: today.segments, failed: today.failed, mediaMs: today.mediaMs, encodedPixels: today.encodedPixels }
      : null,
    problems: {
      count: problems?.length ?? 0,
      worst,
      title: problems?.find((problem) => problem.severity === worst)?.title ?? null,
    },
  };
}
