import path from 'node:path';
import { app, BrowserWindow, Notification } from 'electron';
import { z } from 'zod';
import type { DesktopContext, DesktopPart } from '../desktop-context.ts';
import { readJsonFile, writeJsonFile } from '../json-file.ts';
import { Paced } from '../paced.ts';
import { notificationsDe } from '../text/notifications-de.ts';
import { notificationsEn } from '../text/notifications-en.ts';
import { type Notice, type NoticeMemory, noticesOf } from './notices.ts';
import { NotificationPolicy } from './notification-policy.ts';

/** The engine's news come ten times a second while work runs; notices are looked for at this pace, milliseconds. */
const LOOK_REST_MS = 2_000;

/** Longest time between two looks while something waits, milliseconds: timers do not follow a clock that is set. */
const LONGEST_WAIT_MS = 600_000;

/** Notifications kept so that a click still works; Electron forgets those that nobody holds. */
const KEPT = 20;

const MemorySchema = z.object({
  firstWorkAtMs: z.number().nullable().default(null),
  updateVersion: z.string().nullable().default(null),
  trayKnown: z.boolean().default(false),
});

/** Notifications of the system: what needs the person, or is worth a word, while the window is not in front. */
export const startNotifications: DesktopPart = (context) => {
  const { engine, state, settings, quitting, paths, log } = context;
  const file = path.join(paths.userData, 'notified.json');
  let memory: NoticeMemory = readJsonFile(file, MemorySchema).value ?? MemorySchema.parse({});
  const policy = new NotificationPolicy();
  const shown: Notification[] = [];
  let timer: NodeJS.Timeout | undefined;

  const keep = (next: NoticeMemory): void => {
    if (next === memory) return;
    memory = next;
    try {
      writeJsonFile(file, memory);
    } catch (error) {
      log.warn('what was notified could not be kept', { error: String(error) });
    }
  };
  const look = (): void => {
    clearTimeout(timer);
    if (quitting.ending) return;
    const facts = { snapshot: engine.snapshot, engine: state.current.engine, update: state.current.update };
    const nowMs = Date.now();
    const decision = policy.decide({
      notices: noticesOf(facts, memory, textOf(context)),
      settings: settings.current.notifications,
      attending: BrowserWindow.getFocusedWindow() !== null,
      nowMs,
    });
    for (const notice of grouped(decision.show, context)) show(context, notice, shown);
    keep(remember(memory, decision.done, nowMs));
    if (decision.againAtMs !== undefined)
      timer = setTimeout(() => paced.run(0), Math.min(LONGEST_WAIT_MS, Math.max(1_000, decision.againAtMs - nowMs)));
  };

  // The first time that closing the window does not end Siphon is no surprise for long; quiet hours are not about it.
  const onHide = (): void => {
    if (memory.trayKnown || !state.current.tray || !settings.current.closeToTray || quitting.ending) return;
    keep({ ...memory, trayKnown: true });
    const { inTray, inTrayText } = textOf(context);
    show(context, { key: 'in-tray', title: inTray, body: inTrayText, page: 'home' }, shown);
  };
  const follow = (_event: unknown, window: BrowserWindow): void => void window.on('hide', onHide);
  app.on('browser-window-created', follow);
  for (const window of BrowserWindow.getAllWindows()) follow(undefined, window);

  if (!Notification.isSupported()) log.warn('this desktop shows no notifications');
  const paced = new Paced(look);
  const owned: Disposable[] = [
    paced,
    engine.onSnapshot(() => paced.run(LOOK_REST_MS)),
    state.onChange(() => paced.run(LOOK_REST_MS)),
    settings.onChange(() => paced.run(0)),
  ];
  return {
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      app.removeListener('browser-window-created', follow);
      for (const window of BrowserWindow.getAllWindows()) window.removeListener('hide', onHide);
      for (const part of owned.reverse()) part[Symbol.dispose]();
    },
  };
};

function textOf({ language }: DesktopContext) {
  return language() === 'de' ? notificationsDe : notificationsEn;
}

/** Several problems at once are one notification. */
function grouped(notices: readonly Notice[], context: DesktopContext): readonly Notice[] {
  const problems = notices.filter(({ kind }) => kind === 'problem');
  if (problems.length < 2) return notices;
  const title = textOf(context).problems(problems.length);
  const body = problems.map((problem) => problem.title).join('\n');
  const all: Notice = { key: 'problems', kind: 'problem', title, body, page: 'home' };
  return [all, ...notices.filter(({ kind }) => kind !== 'problem')];
}

function remember(memory: NoticeMemory, done: readonly Notice[], nowMs: number): NoticeMemory {
  let next = memory;
  for (const { kind, key } of done) {
    if (kind === 'firstEarning') next = { ...next, firstWorkAtMs: nowMs };
    if (kind === 'updateReady') next = { ...next, updateVersion: key.replace(/^update:/, '') };
  }
  return next;
}

/** Shows a notification; a click on it opens its page. */
function show(
  { window, paths, log }: DesktopContext,
  { key, title, body, page }: Omit<Notice, 'kind'>,
  kept: Notification[],
): void {
  log.info('notification', { key });
  if (!Notification.isSupported()) return;
  const notification = new Notification({ title, body, icon: path.join(paths.resources, 'icons', '256x256.png') });
  notification.on('click', () => {
    window.request({ kind: 'show-page', page });
    window.show();
  });
  kept.push(notification);
  kept.splice(0, kept.length - KEPT);
  notification.show();
}
