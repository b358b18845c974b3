import { dialog } from 'electron';
import type { DesktopContext, DesktopPart, EngineCalls } from '../desktop-context.ts';
import { trayDe } from '../text/tray-de.ts';
import { trayEn } from '../text/tray-en.ts';
import { SystemTray } from './system-tray.ts';
import { loadTrayImages } from './tray-image.ts';
import type { TrayAction } from './tray-menu.ts';
import { trayPresent } from './tray-presence.ts';
import { watchTray } from './tray-watch.ts';

const HOUR_MS = 3_600_000;

/** The tray: what Siphon does while its window is closed. */
export const startTray: DesktopPart = (context) => {
  const { paths, engine, state, settings, quitting, log } = context;
  const tray = new SystemTray({
    images: loadTrayImages(paths.resources),
    facts: () => ({ snapshot: engine.snapshot, engine: state.current.engine, ending: quitting.ending }),
    text: () => trayText(context),
    onAction: (action) => act(context, action),
  });
  const owned: Disposable[] = [
    tray,
    engine.onSnapshot(() => tray.refresh()),
    state.onChange(() => tray.refresh()),
    settings.onChange(() => tray.refresh()),
    watchTray(
      () => trayPresent({ platform: process.platform, env: process.env }),
      (present) => {
        log.info(present ? 'this desktop has a tray' : 'this desktop shows no tray icons');
        // An icon that was put up before there was a panel is never asked for again.
        if (present && process.platform === 'linux') tray.remake();
        state.change({ tray: present });
      },
    ),
  ];
  return {
    [Symbol.dispose]: () => {
      for (const part of owned.reverse()) part[Symbol.dispose]();
    },
  };
};

function trayText({ language }: DesktopContext) {
  return language() === 'de' ? trayDe : trayEn;
}

function act(context: DesktopContext, action: TrayAction): void {
  const { window, quitting } = context;
  const acts: Readonly<Record<TrayAction, () => void>> = {
    open: () => window.show(),
    logs: () => {
      window.request({ kind: 'show-page', page: 'logs' });
      window.show();
    },
    quit: () => quitting.quit(),
    'pause-hour': () => command(context, 'pause', (api) => api.pause.mutate({ forMs: HOUR_MS })),
    'pause-restart': () => command(context, 'pause', (api) => api.pause.mutate({ until: 'restart' })),
    resume: () => command(context, 'resume', (api) => api.resume.mutate()),
    'work-anyway': () => command(context, 'resume', (api) => api.overrideAvailability.mutate({})),
  };
  acts[action]();
}

/** Tells the engine; a person who pauses from the tray must not believe in vain that it rests. */
function command(context: DesktopContext, what: 'pause' | 'resume', call: (api: EngineCalls) => Promise<unknown>): void {
  const { engine, log } = context;
  const failed = (error: unknown): void => {
    log.warn(`${what} from the tray failed`, { error: error instanceof Error ? error.message : String(error) });
    const { title, [what]: message } = trayText(context).failed;
    void dialog.showMessageBox({ type: 'error', title, message }).catch(() => {});
  };
  if (engine.api) call(engine.api).catch(failed);
  else failed(new Error('no engine is connected'));
}
