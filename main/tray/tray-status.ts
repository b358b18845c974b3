import type { EngineSnapshot } from '../../engine/api/snapshot.ts';
import type { TrayText } from '../text/tray-en.ts';
import { isPractice, linkBroken, liveStreams, type TrayFacts } from './tray-state.ts';

/** The state in one short line, for the menu's first line and the tooltip. */
export function trayStatus({ snapshot, engine, ending }: TrayFacts, text: TrayText): string {
  const words = text.status;
  switch (engine.kind) {
    case 'safe-mode':
      return words.safeMode;
    case 'waiting':
      return words.engineWaiting;
    case 'draining':
      return words.ending(engine.inFlight ?? snapshot?.run.inFlight ?? 0);
    case 'stopped':
      return ending ? words.ending(0) : words.stopped;
    default:
      if (ending) return words.ending(snapshot?.run.inFlight ?? 0);
      return snapshot ? engineStatus(snapshot, text) : words.starting;
  }
}

function engineStatus(snapshot: EngineSnapshot, text: TrayText): string {
  switch (snapshot.run.state) {
    case 'starting':
      return text.status.starting;
    case 'draining':
      return text.status.finishing(snapshot.run.inFlight);
    case 'paused':
      return pausedStatus(snapshot, text);
    case 'stopped':
      return problemOf(snapshot, text) ?? text.status.stopped;
    case 'running':
      return problemOf(snapshot, text) ?? workStatus(snapshot, text);
  }
}

function pausedStatus({ run, availability }: EngineSnapshot, text: TrayText): string {
  if (run.reason === 'error' && run.text) return text.status.problem(run.text);
  if (run.reason !== undefined && run.reason in text.reasons) return text.reasons[run.reason as keyof TrayText['reasons']];
  if (run.resumeAtMs !== undefined) return text.status.pausedUntil(text.clock(run.resumeAtMs));
  if (run.reason !== 'user') return text.status.paused;
  return availability.ownPause?.until.kind === 'restart' ? text.status.pausedUntilRestart : text.status.pausedUntilResume;
}

function problemOf(snapshot: EngineSnapshot, text: TrayText): string | undefined {
  const problem = snapshot.problems.find(({ severity }) => severity === 'error');
  if (problem) return text.status.problem(problem.title);
  return linkBroken(snapshot) ? text.status.disconnected : undefined;
}

function workStatus(snapshot: EngineSnapshot, text: TrayText): string {
  const streams = liveStreams(snapshot);
  const { link, orchestrator } = snapshot;
  if (isPractice(snapshot)) return streams > 0 ? text.status.practising(streams) : text.status.practiceWaiting;
  if (streams > 0) {
    const here = snapshot.sessions.some(({ endedAtMs }) => endedAtMs === undefined);
    return here ? text.status.transcoding(streams) : text.status.orchestrating(streams);
  }
  if (link === null && orchestrator === null) return text.status.notSetUp;
  return link?.state === 'connecting' ? text.status.connecting : text.status.waiting;
}
