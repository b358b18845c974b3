import type { WhyNoWorkItem } from '../../engine/api/orchestrator.ts';
import type { EngineSnapshot } from '../../engine/api/snapshot.ts';
import type { Catalogue } from '../text/en.ts';
import type { Formats } from '../text/formats.ts';
import { hostOf } from './names.ts';
import { sortedReasons } from './orchestrator.ts';
import { isPractice, liveSessions } from './status.ts';

/** Share of the day's segments that may fail before it is named as a reason. */
const FAILED_SHARE = 0.05;
/** Fewer segments than these say nothing. */
const FEW_SEGMENTS = 20;
/** Orchestrators pass over those whose results come later than the video plays. */
const REAL_TIME = 1;

/**
 * Whether somebody may wonder: connected and running, and no stream. An orchestrator of one's own has its own checklist, made
 * by the engine; nothing here looks at practice, whose work is made on this machine.
 */
export function isIdle(snapshot: EngineSnapshot): boolean {
  if (snapshot.run.state !== 'running' || isPractice(snapshot)) return false;
  if (snapshot.orchestrator?.editable) return snapshot.orchestrator.sessionCount === 0;
  return snapshot.link?.state === 'registered' && liveSessions(snapshot).length === 0;
}

/** What keeps work from a machine that is connected to an orchestrator: what is in the way first, then what only others know. */
export function idleReasons(
  snapshot: EngineSnapshot,
  nowMs: number,
  text: Catalogue,
  formats: Formats,
): readonly WhyNoWorkItem[] {
  if (snapshot.orchestrator?.editable) return sortedReasons(snapshot.orchestrator.whyNoWork);
  const words = text.home.why;
  const { link, capacity, hardware, today, segments } = snapshot;
  if (!link) return [];
  const host = hostOf(link.serviceUri);
  const reasons: WhyNoWorkItem[] = [];
  const streams = capacity?.sessions ?? null;
  reasons.push({
    id: 'capacity',
    ok: streams === null ? null : streams > 0,
    title: words.capacity,
    text: streams === null ? words.capacityUnknown : streams > 0 ? words.capacityOk(streams, formats) : words.capacityNone,
  });
  if (hardware) {
    const onGpu = hardware.verdict.kind === 'nvenc';
    reasons.push({ id: 'gpu', ok: onGpu, title: words.gpu, text: onGpu ? hardware.verdict.title : words.gpuNone });
  }
  if (today.segments >= FEW_SEGMENTS) {
    const share = today.failed / today.segments;
    reasons.push({
      id: 'failures',
      ok: share <= FAILED_SHARE,
      title: words.failures,
      text: words.failuresText(formats.integer(today.failed), formats.integer(today.segments)),
    });
  }
  const factor = segments.find((segment) => segment.state === 'done')?.realtimeFactor;
  if (factor !== undefined) {
    reasons.push({
      id: 'speed',
      ok: factor >= REAL_TIME,
      title: words.speed,
      text: words.speedText(formats.factor(factor)),
    });
  }
  reasons.push({
    id: 'link',
    ok: true,
    title: words.link,
    text: words.linkText(host, formats.duration(nowMs - link.sinceMs)),
  });
  const last = segments[0];
  reasons.push({
    id: 'demand',
    ok: null,
    title: words.demand,
    text: last ? words.demandSince(host, formats.ago(last.startedAtMs, nowMs)) : words.demandNever(host),
  });
  return sortedReasons(reasons);
}
