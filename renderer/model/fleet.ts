import type { RigState, RigView } from '../../engine/api/fleet.ts';
import type { RigSummary } from '../../engine/api/rig-summary.ts';
import type { Catalogue } from '../text/en.ts';
import type { Formats } from '../text/formats.ts';
import type { Status, Tone } from './status.ts';

/** One machine as the fleet page shows it; `id` null = the one whose engine serves this page. */
export interface Machine {
  readonly id: string | null;
  readonly name: string;
  readonly state: RigState;
  readonly summary: RigSummary | null;
  readonly rig: RigView | null;
}

/** This machine and the rigs, in the order in which they were added. */
export function machinesOf(self: RigSummary, online: boolean, rigs: readonly RigView[], name: string): readonly Machine[] {
  const own: Machine = { id: null, name, state: online ? 'live' : 'away', summary: self, rig: null };
  return [own, ...rigs.map((rig) => ({ id: rig.id, name: rig.name, state: rig.state, summary: rig.summary, rig }))];
}

/** What a machine does, in one sentence with its tone. What is not reached is told by that, not by what it did last. */
export function describeMachine({ state, summary, rig }: Machine, nowMs: number, text: Catalogue, formats: Formats): Status {
  const words = text.fleet.state;
  const next =
    rig?.nextAttemptAtMs !== undefined && rig.nextAttemptAtMs > nowMs
      ? { detail: words.nextTry(formats.duration(rig.nextAttemptAtMs - nowMs)) }
      : {};
  switch (state) {
    case 'connecting':
      return { tone: 'connecting', sentence: words.connecting };
    case 'away': {
      const seen = rig?.lastSeenAtMs;
      return { tone: 'connecting', sentence: seen ? words.awaySince(formats.ago(seen, nowMs)) : words.away, ...next };
    }
    case 'refused':
    case 'untrusted':
      return { tone: 'problem', sentence: words[state], ...(rig?.error?.nextStep ? { detail: rig.error.nextStep } : {}) };
    case 'live':
      return summary ? running(summary, text, formats) : { tone: 'connecting', sentence: words.connecting };
  }
}

function running({ run, link, streams, deploymentType, problems }: RigSummary, text: Catalogue, formats: Formats): Status {
  const words = text.fleet.state;
  switch (run?.state) {
    case 'starting':
      return { tone: 'connecting', sentence: words.starting };
    case 'draining':
      return { tone: 'draining', sentence: words.draining };
    case 'paused':
      if (run.resumeAtMs !== undefined) return { tone: 'paused', sentence: words.pausedUntil(formats.clock(run.resumeAtMs)) };
      if (run.reason !== 'user' && run.text) return { tone: 'paused', sentence: words.pausedBecause(run.text) };
      return { tone: 'paused', sentence: words.paused };
    case 'stopped':
      return {
        tone: run.reason === 'error' ? 'problem' : 'stopped',
        sentence: run.text ? words.stoppedBecause(run.text) : words.stopped,
      };
    case 'running': {
      const tone: Tone | undefined = problems.worst === 'error' ? 'problem' : undefined;
      if (streams.used > 0) {
        const sentence = deploymentType === 'practice' ? words.practising : words.working;
        return { tone: tone ?? 'working', sentence: sentence(streams.used, formats) };
      }
      if (link && link.state !== 'registered') return { tone: 'problem', sentence: words.unlinked };
      return { tone: tone ?? 'waiting', sentence: words.waiting };
    }
    default:
      return { tone: 'waiting', sentence: words.unknown };
  }
}

/** Whether a machine can be told to pause or resume now, and which of the two fits. */
export function runActionOf({ state, summary, rig }: Machine): 'pause' | 'resume' | null {
  if (state !== 'live' || rig?.rights === 'read-only') return null;
  const now = summary?.run?.state;
  if (now === 'paused') return 'resume';
  return now === 'running' || now === 'starting' ? 'pause' : null;
}

/** Highest temperature among the GPUs, °C; null = not known. */
export function hottestOf(summary: RigSummary | null): number | null {
  const known = (summary?.gpus ?? []).flatMap(({ temperatureC }) => temperatureC ?? []);
  return known.length === 0 ? null : Math.max(...known);
}

/** GPUs by name with their count, in the order they come: `2 × RTX 3090`. */
export function gpuCounts(summary: RigSummary): ReadonlyArray<{ readonly name: string; readonly count: number }> {
  const counts = new Map<string, number>();
  for (const { name } of summary.gpus) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => ({ name, count }));
}

/** Everything together; of machines that are not reached only what they did today counts. */
export interface FleetSums {
  readonly live: number;
  readonly machines: number;
  readonly streams: number;
  /** Streams that the live machines take; null = not known of any. */
  readonly capacity: number | null;
  readonly mediaMs: number;
  readonly hottestC: number | null;
  readonly problems: number;
}

/** Sums a fleet up. */
export function sumFleet(machines: readonly Machine[]): FleetSums {
  const live = machines.filter(({ state }) => state === 'live');
  const totals = live.flatMap(({ summary }) => summary?.streams.total ?? []);
  const temperatures = live.flatMap(({ summary }) => hottestOf(summary) ?? []);
  return {
    live: live.length,
    machines: machines.length,
    streams: live.reduce((sum, { summary }) => sum + (summary?.streams.used ?? 0), 0),
    capacity: totals.length === 0 ? null : totals.reduce((sum, total) => sum + total, 0),
    mediaMs: machines.reduce((sum, { summary }) => sum + (summary?.today?.mediaMs ?? 0), 0),
    hottestC: temperatures.length === 0 ? null : Math.max(...temperatures),
    // A machine that is refused or not trusted is a problem of its own.
    problems:
      live.reduce((sum, { summary }) => sum + (summary?.problems.count ?? 0), 0) +
      machines.filter(({ state }) => state === 'refused' || state === 'untrusted').length,
  };
}

/** A text with a full stop at its end, so that another sentence can follow. */
export function asSentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
