import { fold } from '../api/fold.ts';
import type { EngineSnapshot, SegmentRecord, WatchEvent } from '../api/snapshot.ts';
import { plain } from './format.ts';
import type { Output } from './output.ts';
import { statusSentence } from './status-text.ts';

/** Ids of finished segments remembered, so that none is told twice after a new snapshot. */
const REMEMBERED = 1000;

/** Who wants to know what happens besides the person. */
export interface FollowHooks {
  /** Called with every new state. */
  readonly onSnapshot?: (snapshot: EngineSnapshot) => void;
}

/** Tells what an engine does as it happens, one line each, until its events end. */
export async function follow(events: AsyncIterable<WatchEvent>, output: Output, hooks: FollowHooks = {}): Promise<void> {
  const told = new Told(output);
  let snapshot: EngineSnapshot | undefined;
  for await (const event of events) {
    const before = snapshot;
    if (event.kind === 'snapshot') snapshot = event.snapshot;
    else if (snapshot) snapshot = fold(snapshot, event.update) ?? snapshot;
    if (!snapshot) continue;
    if (before) told.changed(snapshot);
    else told.began(snapshot);
    hooks.onSnapshot?.(snapshot);
  }
}

class Told {
  readonly #output: Output;
  readonly #segments = new Set<string>();
  readonly #problems = new Map<string, string>();
  #status = '';
  #sentence = '';

  constructor(output: Output) {
    this.#output = output;
  }

  /** What the history brought along is no news. */
  began(snapshot: EngineSnapshot): void {
    for (const segment of snapshot.segments) if (isFinished(segment)) this.#segments.add(segment.id);
    this.changed(snapshot);
  }

  changed(snapshot: EngineSnapshot): void {
    this.#tellStatus(snapshot);
    this.#tellProblems(snapshot);
    for (const segment of [...snapshot.segments].reverse()) if (isFinished(segment)) this.#tellSegment(segment);
  }

  #tellStatus(snapshot: EngineSnapshot): void {
    const { run, link, orchestrator } = snapshot;
    const status = JSON.stringify([
      run.state,
      run.reason,
      run.resumeAtMs,
      link?.serviceUri,
      link?.state,
      link?.error?.code,
      orchestrator?.editable ? orchestrator.sessionCount : 0,
    ]);
    if (status === this.#status) return;
    this.#status = status;
    const sentence = statusSentence(snapshot, Date.now());
    this.#output.event({ event: 'status', run, link }, sentence === this.#sentence ? undefined : sentence);
    this.#sentence = sentence;
  }

  #tellProblems({ problems }: EngineSnapshot): void {
    for (const problem of problems) {
      const text = `${problem.title}\n${problem.text}`;
      if (this.#problems.get(problem.key) === text) continue;
      const known = this.#problems.has(problem.key);
      this.#problems.set(problem.key, text);
      const line = `${problem.severity}: ${plain(problem.title)}. ${plain(problem.text)} ${plain(problem.nextStep)}`.trim();
      // The words of a standing problem may change often (counts); the person is told once.
      this.#output.event({ event: 'problem', problem }, known ? undefined : line);
    }
    for (const key of this.#problems.keys()) {
      if (problems.some((problem) => problem.key === key)) continue;
      this.#problems.delete(key);
      this.#output.event({ event: 'problem-ended', key }, `ended: ${key}`);
    }
  }

  #tellSegment(segment: SegmentRecord): void {
    if (this.#segments.has(segment.id)) return;
    this.#segments.add(segment.id);
    const oldest = this.#segments.values().next().value;
    if (this.#segments.size > REMEMBERED && oldest !== undefined) this.#segments.delete(oldest);
    this.#output.event({ event: 'segment', ...segment }, segmentLine(segment, this.#output));
  }
}

function isFinished(segment: SegmentRecord): boolean {
  return segment.state === 'done' || segment.state === 'failed';
}

function segmentLine(segment: SegmentRecord, output: Output): string {
  const name = `${plain(segment.manifestId)} #${segment.seq}`;
  if (segment.state === 'failed')
    return `${output.onStdout('red', 'failed')}  ${name}  ${plain(segment.error?.message ?? 'no reason known')}`;
  const speed = segment.realtimeFactor === undefined ? '' : `  ${segment.realtimeFactor.toFixed(1)}× real time`;
  const took = segment.hops.totalMs === undefined ? '' : `  ${Math.round(segment.hops.totalMs)} ms`;
  const encoder = segment.device ? `  ${segment.device.encoder}` : '';
  return `${output.onStdout('green', 'done')}    ${name}${took}${speed}${encoder}  → ${segment.renditions.map(({ name: text }) => plain(text)).join(', ')}`;
}
