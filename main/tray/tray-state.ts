import type { EngineProcessState } from '../../engine/api/desktop.ts';
import type { EngineSnapshot } from '../../engine/api/snapshot.ts';

/** What the tray's icon says; each has its own shape in resources/tray. */
export const TRAY_STATES = ['earning', 'idle', 'paused', 'problem', 'practice', 'starting'] as const;
/** What the tray's icon says. */
export type TrayState = (typeof TRAY_STATES)[number];

/** What the tray is made from. */
export interface TrayFacts {
  /** Null while no engine is connected. */
  readonly snapshot: EngineSnapshot | null;
  readonly engine: EngineProcessState;
  /** Siphon was asked to end. */
  readonly ending: boolean;
}

/** Streams that are worked on now: this machine's own, or those its orchestrator gives to others. */
export function liveStreams(snapshot: EngineSnapshot): number {
  const own = snapshot.sessions.filter((session) => session.endedAtMs === undefined).length;
  return own > 0 ? own : (snapshot.orchestrator?.sessionCount ?? 0);
}

/** Whether this engine's work is practice: no money, no outside connection. */
export function isPractice(snapshot: EngineSnapshot): boolean {
  return snapshot.practice !== null || snapshot.choices.deploymentType === 'practice';
}

/** Whether the way to the orchestrator is broken, as far as the person should know. */
export function linkBroken(snapshot: EngineSnapshot): boolean {
  const state = snapshot.link?.state;
  return state === 'refused' || state === 'closed' || state === 'waiting';
}

/** The state that the icon shows. Pauses come before problems: a paused Siphon needs nobody. */
export function trayStateOf({ snapshot, engine, ending }: TrayFacts): TrayState {
  if (engine.kind === 'safe-mode' || engine.kind === 'waiting') return 'problem';
  if (ending || engine.kind === 'draining' || engine.kind === 'stopped') return 'paused';
  if (!snapshot || snapshot.run.state === 'starting') return 'starting';
  const { run } = snapshot;
  if (run.reason === 'error' && run.state !== 'running') return 'problem';
  if (run.state !== 'running') return 'paused';
  if (snapshot.problems.some((problem) => problem.severity === 'error') || linkBroken(snapshot)) return 'problem';
  if (isPractice(snapshot)) return 'practice';
  return liveStreams(snapshot) > 0 ? 'earning' : 'idle';
}
