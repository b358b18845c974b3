import type { ErrorInfo } from '../../engine/api/errors.ts';
import type { DeviceRef } from '../../engine/api/media.ts';
import type { OrchestratorView } from '../../engine/api/orchestrator.ts';
import type { EngineSnapshot, OrchestratorLink, RunState, SessionRecord } from '../../engine/api/snapshot.ts';
import type { Catalogue } from '../text/en.ts';
import type { Formats } from '../text/formats.ts';
import { median } from './hops.ts';
import { hostOf, shortName } from './names.ts';

/** What the state means for the person watching; each has its own colour and its own shape. */
export type Tone = 'working' | 'waiting' | 'connecting' | 'paused' | 'draining' | 'problem' | 'stopped';

/** The status in one sentence. */
export interface Status {
  readonly tone: Tone;
  readonly sentence: string;
  /** A second sentence: what it means or what to do. */
  readonly detail?: string;
}

/** Whether this engine's work is practice: no money, no outside connection. */
export function isPractice(snapshot: EngineSnapshot): boolean {
  return snapshot.practice !== null || snapshot.choices.deploymentType === 'practice';
}

/** Sessions that have not ended. */
export function liveSessions(snapshot: EngineSnapshot): readonly SessionRecord[] {
  return snapshot.sessions.filter((session) => session.endedAtMs === undefined);
}

/** Says in one sentence what the engine is doing, from its snapshot alone. */
export function describeStatus(snapshot: EngineSnapshot, nowMs: number, text: Catalogue, formats: Formats): Status {
  const { run } = snapshot;
  switch (run.state) {
    case 'starting':
      return { tone: 'connecting', sentence: text.status.starting };
    case 'draining':
      return withReason(run, text, {
        tone: 'draining',
        sentence:
          run.reason === 'shutdown' || run.reason === 'error'
            ? text.status.drainingThenStop(run.inFlight, formats)
            : text.status.drainingThenPause(run.inFlight, formats),
      });
    case 'paused':
      return paused(run, text, formats);
    case 'stopped':
      return {
        tone: run.reason === 'error' ? 'problem' : 'stopped',
        sentence: run.text ? text.status.stoppedBecause(reasonOf(run, text) ?? run.text) : text.status.stopped,
      };
    case 'running':
      return running(snapshot, nowMs, text, formats);
  }
}

/** Why it rests, in the page's language where that has words for it; undefined = only the engine's own words. */
function reasonOf(run: RunState, text: Catalogue): string | undefined {
  return run.reason === undefined ? undefined : text.engine.reasons[run.reason];
}

function connectionError(error: ErrorInfo, text: Catalogue): string {
  const words = text.engine.codes[error.code];
  return words ? `${words.title}.` : error.message;
}

function withReason(run: RunState, text: Catalogue, status: Status): Status {
  return run.text && run.reason !== 'user' ? { ...status, detail: reasonOf(run, text) ?? run.text } : status;
}

function paused(run: RunState, text: Catalogue, formats: Formats): Status {
  if (run.resumeAtMs !== undefined)
    return withReason(run, text, { tone: 'paused', sentence: text.status.pausedUntil(formats.clock(run.resumeAtMs)) });
  if (run.reason !== 'user' && run.text)
    return { tone: 'paused', sentence: text.status.pausedBecause(reasonOf(run, text) ?? run.text) };
  return { tone: 'paused', sentence: text.status.paused };
}

function running(snapshot: EngineSnapshot, nowMs: number, text: Catalogue, formats: Formats): Status {
  const { link } = snapshot;
  const sessions = liveSessions(snapshot);
  if (snapshot.orchestrator?.editable && sessions.length === 0) return orchestrating(snapshot.orchestrator, text, formats);
  if (sessions.length > 0 && (link === null || link.state === 'registered'))
    return transcoding(snapshot, sessions, text, formats);
  if (link === null) return { tone: 'waiting', sentence: text.status.noLink };
  const orchestrator = isPractice(snapshot) ? text.status.practiceOrchestrator : hostOf(link.serviceUri);
  switch (link.state) {
    case 'registered':
      return {
        tone: 'waiting',
        sentence: text.status.waiting(orchestrator, formats.duration(nowMs - link.sinceMs)),
        ...(snapshot.practice?.waitingReason === undefined ? {} : { detail: snapshot.practice.waitingReason }),
      };
    case 'connecting':
      return {
        tone: 'connecting',
        sentence:
          link.attempt > 0
            ? text.status.connectingAgain(orchestrator, formats.integer(link.attempt + 1))
            : text.status.connecting(orchestrator),
      };
    default:
      return notConnected(link, orchestrator, snapshot, nowMs, text, formats);
  }
}

/** An orchestrator whose work is done elsewhere, or that has none. */
function orchestrating(view: OrchestratorView, text: Catalogue, formats: Formats): Status {
  const words = text.orchestrator.status;
  if (view.sessionCount > 0)
    return { tone: 'working', sentence: words.working(view.sessionCount, view.transcoderCount, formats) };
  const host = hostOf(view.serviceUri);
  return { tone: 'waiting', sentence: view.transcoderCount === 0 ? words.noTranscoder(host) : words.waiting(host) };
}

function notConnected(
  link: OrchestratorLink,
  orchestrator: string,
  snapshot: EngineSnapshot,
  nowMs: number,
  text: Catalogue,
  formats: Formats,
): Status {
  const retry =
    link.state === 'waiting' && link.nextAttemptAtMs !== undefined
      ? text.connection.retryIn(formats.duration(Math.max(0, link.nextAttemptAtMs - nowMs)))
      : undefined;
  // The problem's card below says the same, in full.
  const onCard = snapshot.problems.some((problem) => problem.code === link.error?.code);
  const nextStep = link.error && (text.engine.codes[link.error.code]?.nextStep ?? link.error.nextStep);
  const detail = [onCard ? undefined : nextStep, retry].filter((part) => part !== undefined).join(' ');
  return {
    tone: 'problem',
    sentence: link.error ? text.status.notConnected(connectionError(link.error, text)) : text.status.notConnectedTo(orchestrator),
    ...(detail === '' ? {} : { detail }),
  };
}

function transcoding(snapshot: EngineSnapshot, sessions: readonly SessionRecord[], text: Catalogue, formats: Formats): Status {
  const factor = median(sessions.flatMap((session) => session.realtimeFactor ?? []));
  return {
    tone: 'working',
    sentence: text.status.transcoding(
      {
        streams: sessions.length,
        practice: isPractice(snapshot),
        device: devicePhrase(
          sessions.flatMap((session) => session.device ?? []),
          snapshot,
          text,
          formats,
        ),
        factor: factor === undefined ? undefined : formats.factor(factor),
      },
      formats,
    ),
    ...(factor !== undefined && factor < 1 ? { detail: text.status.tooSlow } : {}),
  };
}

function devicePhrase(devices: readonly DeviceRef[], snapshot: EngineSnapshot, text: Catalogue, formats: Formats): string {
  const byId = new Map(devices.map((device) => [device.id, device]));
  const [only] = byId.values();
  if (!only) return snapshot.hardware?.verdict.kind === 'nvenc' ? text.status.gpus(1, formats) : text.status.yourCpu;
  if (byId.size === 1) return only.kind === 'cpu' ? text.status.yourCpu : text.status.yourGpu(shortName(only.name));
  const allGpus = [...byId.values()].every((device) => device.kind === 'gpu');
  return allGpus ? text.status.gpus(byId.size, formats) : text.status.devices(byId.size, formats);
}
