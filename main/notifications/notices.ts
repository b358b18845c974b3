import type { DesktopSettings, EngineProcessState, UpdateState } from '../../engine/api/desktop.ts';
import type { EngineSnapshot } from '../../engine/api/snapshot.ts';
import type { NotificationsText } from '../text/notifications-en.ts';

/** Something worth a notification, as it stands now. */
export interface Notice {
  /** What makes two notices the same: it is told once. */
  readonly key: string;
  /** The setting that it is tuned by. */
  readonly kind: 'problem' | 'firstEarning' | 'updateReady';
  readonly title: string;
  readonly body: string;
  /** Page that a click opens. */
  readonly page: string;
  /** Shown at once, although others of its kind are held back for a while. */
  readonly urgent?: boolean;
}

/** What notices are read from. */
export interface NoticeFacts {
  readonly snapshot: EngineSnapshot | null;
  readonly engine: EngineProcessState;
  readonly update: UpdateState;
}

/** What is kept over restarts. */
export interface NoticeMemory {
  /** When the first segment for a real orchestrator was done, milliseconds since the Unix epoch; null = not yet. */
  readonly firstWorkAtMs: number | null;
  /** The last version whose update was told. */
  readonly updateVersion: string | null;
  /** The person knows that Siphon stays in the tray when its window closes. */
  readonly trayKnown: boolean;
}

/** The settings of the notifications. */
export type NotificationSettings = DesktopSettings['notifications'];

/** Every notice that stands now. */
export function noticesOf(facts: NoticeFacts, memory: NoticeMemory, text: NotificationsText): readonly Notice[] {
  return [
    ...engineNotices(facts.engine, text),
    ...problemNotices(facts.snapshot, text),
    ...updateNotices(facts.update, memory, text),
    ...(memory.firstWorkAtMs === null ? firstWork(facts.snapshot, text) : []),
  ];
}

function engineNotices(engine: EngineProcessState, text: NotificationsText): readonly Notice[] {
  if (engine.kind !== 'safe-mode') return [];
  const body = `${engine.reason} ${engine.nextStep}`;
  return [{ key: 'engine', kind: 'problem', title: text.engineDown, body, page: 'home', urgent: true }];
}

function problemNotices(snapshot: EngineSnapshot | null, text: NotificationsText): readonly Notice[] {
  // Who pauses Siphon, or ends it, does not wait for its work.
  if (!snapshot || snapshot.run.reason === 'user' || snapshot.run.reason === 'shutdown') return [];
  return snapshot.problems
    .filter(({ severity }) => severity === 'error')
    .map((problem) => ({
      key: `problem:${problem.key}`,
      kind: 'problem',
      title: text.problem(problem.title),
      body: problem.nextStep,
      page: 'home',
    }));
}

function updateNotices(update: UpdateState, memory: NoticeMemory, text: NotificationsText): readonly Notice[] {
  if (update.kind === 'rolled-back') {
    const body = text.rolledBackText(update.from);
    return [{ key: `rolled-back:${update.from}`, kind: 'problem', title: text.rolledBack(update.to), body, page: 'settings' }];
  }
  if (update.kind !== 'ready' || update.version === memory.updateVersion) return [];
  const title = text.updateReady(update.version);
  return [{ key: `update:${update.version}`, kind: 'updateReady', title, body: text.updateReadyText, page: 'settings' }];
}

/** The first segment that came back from here to a real orchestrator. Practice earns nothing, so it does not count. */
function firstWork(snapshot: EngineSnapshot | null, text: NotificationsText): readonly Notice[] {
  if (!snapshot || snapshot.practice !== null || snapshot.choices.deploymentType === 'practice') return [];
  const sinceMs = snapshot.link?.state === 'registered' ? snapshot.link.sinceMs : snapshot.orchestrator && snapshot.run.sinceMs;
  if (sinceMs === null) return [];
  // Segments from before the choice was made may still be listed.
  if (!snapshot.segments.some(({ state, startedAtMs }) => state === 'done' && startedAtMs >= sinceMs)) return [];
  const orchestrator = snapshot.link ? snapshot.link.serviceUri.replace(/^https:\/\//, '') : text.ownOrchestrator;
  return [
    { key: 'first-work', kind: 'firstEarning', title: text.firstWork, body: text.firstWorkText(orchestrator), page: 'home' },
  ];
}
