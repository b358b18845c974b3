import { app, dialog, Menu, powerMonitor, safeStorage, session } from 'electron';
import type { DesktopCommand } from '../engine/api/desktop.ts';
import { LINK_SCHEME, linkIn } from './deep-link.ts';
import type { CommandHandler, DesktopContext } from './desktop-context.ts';
import { EngineFollower } from './engine-watch.ts';
import { serveCommands } from './ipc.ts';
import type { MainLog } from './log.ts';
import { AppWindow } from './main-window.ts';
import { servePage } from './page-protocol.ts';
import { PARTS } from './parts.ts';
import type { AppPaths } from './paths.ts';
import { QuitSequence } from './quitting.ts';
import { allowPlain, openSecretStorage } from './secret-key.ts';
import { guardSession } from './session-guard.ts';
import { openSettingsFile } from './settings-file.ts';
import { handleShellCommands } from './shell-commands.ts';
import { createStateStore } from './state-store.ts';
import { engineCommand } from './supervisor/engine-command.ts';
import { type EngineConnection, EngineSupervisor } from './supervisor/engine-supervisor.ts';
import { SupervisorTimingsSchema } from './supervisor/timings.ts';
import { engineTextDe } from './text/de-engine.ts';
import { shellTextDe } from './text/de-shell.ts';
import { engineTextEn } from './text/en-engine.ts';
import { shellTextEn } from './text/en-shell.ts';

/** What the entry found out before the app is ready. */
export interface StartAppParameters {
  readonly paths: AppPaths;
  readonly log: MainLog;
  /** Folder of the bundles. */
  readonly mainDir: string;
  /** Start in the tray, without a window. */
  readonly hidden: boolean;
  /** Arguments of this start; may hold a `siphon://` link. */
  readonly args: readonly string[];
}

/** Milliseconds after which a hidden start no longer waits for a tray: its window is put in the list of windows, or nobody could open it. */
const TRAY_LIMIT_MS = 12_000;

/** Composition root of the desktop shell: makes every part, connects them, and starts them. Call once Electron is ready. */
export function startApp({ paths, log, mainDir, hidden, args }: StartAppParameters): void {
  const language = (): 'en' | 'de' => {
    const { language: chosen } = settings.store.current;
    if (chosen !== 'system') return chosen;
    return app.getLocale().toLowerCase().startsWith('de') ? 'de' : 'en';
  };
  const shellText = () => (language() === 'de' ? shellTextDe : shellTextEn);
  const settings = openSettingsFile(paths.settingsFile, (code) => shellText().settingsNotWritten(code));
  if (settings.setAside) log.warn('the settings could not be used and were put aside', { file: settings.setAside });
  const openSecrets = () => openSecretStorage(paths.keyFile, safeStorage, (text) => log.warn(text));
  let secrets = openSecrets();

  const state = createStateStore({
    app: {
      version: app.getVersion(),
      electron: process.versions.electron ?? '',
      chrome: process.versions.chrome ?? '',
      platform: process.platform,
      packaged: app.isPackaged,
    },
    engine: { kind: 'starting', attempt: 1 },
    update: { kind: 'off', reason: '' },
    settings: settings.store.current,
    ...(settings.setAside === undefined ? {} : { settingsSetAside: settings.setAside }),
    secretStorage: secrets.storage,
    tray: false,
  });
  settings.store.onChange((changed) => state.change({ settings: changed }));

  // The engine: its process, and the shell's own view of it.
  let connection: EngineConnection | undefined;
  let waiting: Array<(connection: EngineConnection) => void> = [];
  const engine = new EngineFollower();
  const development = app.isPackaged ? {} : process.env;
  const supervisor = new EngineSupervisor({
    command: () =>
      engineCommand({
        engineRoot: paths.engineRoot,
        platform: process.platform,
        arch: process.arch,
        env: process.env,
        compileCache: paths.compileCache,
        entry: development.SIPHON_ENGINE_ENTRY,
      }),
    secrets: () => ({ key: secrets.key, plainAllowed: secrets.storage === 'plain' }),
    version: app.getVersion(),
    timings: SupervisorTimingsSchema.parse(JSON.parse(development.SIPHON_SUPERVISOR_TIMINGS ?? '{}')),
    text: () => (language() === 'de' ? engineTextDe : engineTextEn),
    onState: (next) => state.change({ engine: next }),
    onConnection: (next) => {
      connection = next;
      engine.follow(next);
      if (next) for (const resolve of waiting.splice(0)) resolve(next);
    },
    log: (text, fields) => log.info(text, fields),
  });
  engine.onSnapshot((snapshot) => {
    if (snapshot) supervisor.showInFlight(snapshot.run.inFlight);
  });

  // The window, and the ways to the end.
  const started: Disposable[] = [];
  const quitting = new QuitSequence({
    supervisor,
    log,
    confirmEndNow: (inFlight) => confirmEndNow(inFlight),
    async beforeExit() {
      // First: a window that asks whether to close would keep the app.
      window.closing = true;
      for (const part of started.reverse()) {
        try {
          part[Symbol.dispose]();
        } catch (error) {
          log.error('a part of the app did not end in order', { error: error instanceof Error ? error.message : String(error) });
        }
      }
    },
    exit: () => app.quit(),
  });
  const window: AppWindow = new AppWindow({
    paths,
    mainDir,
    log,
    onClose() {
      if (state.current.tray && settings.store.current.closeToTray) return true;
      void confirmClose();
      return false;
    },
    onSessionEnd: () => quitting.quit({ quick: true }),
  });
  const ask = async (options: Electron.MessageBoxOptions): Promise<boolean> => {
    const { response } = await (window.native ? dialog.showMessageBox(window.native, options) : dialog.showMessageBox(options));
    return response === 0;
  };
  const confirmEndNow = (inFlight: number | null): Promise<boolean> => {
    const text = shellText().endNow;
    const message = inFlight === null ? text.messageUnknown : text.message(inFlight);
    const buttons = [text.confirm, text.wait];
    return ask({ type: 'warning', title: text.title, message, detail: text.detail, buttons, defaultId: 1, cancelId: 1 });
  };
  const confirmClose = async (): Promise<void> => {
    const text = shellText().closeEnds;
    const buttons = [text.confirm, text.cancel];
    // With a tray the person chose that closing ends Siphon: no question about that.
    const sure =
      state.current.tray ||
      quitting.ending ||
      (await ask({ type: 'question', title: text.title, message: text.message, detail: text.detail, buttons, cancelId: 1 }));
    if (sure) quitting.quit();
  };

  const handlers = new Map<DesktopCommand, CommandHandler<DesktopCommand>>();
  const context: DesktopContext = {
    paths,
    log,
    state,
    settings: settings.store,
    engine,
    window,
    quitting,
    language,
    handle(command, handler) {
      handlers.set(command, handler as CommandHandler<DesktopCommand>);
    },
  };
  handleShellCommands(context, window, shellText);
  context.handle('startEngine', () => {
    // A keyring that was locked when Siphon started may have been unlocked since; what runs keeps to what it was told.
    const rests = ['safe-mode', 'waiting', 'stopped'].includes(supervisor.state.kind);
    if (rests && secrets.storage === 'unavailable') secrets = openSecrets();
    state.change({ secretStorage: secrets.storage });
    supervisor.start();
  });
  context.handle('allowPlainSecrets', () => {
    secrets = allowPlain(paths.keyFile, secrets);
    if (secrets.storage === 'plain') supervisor.plainSecretsAllowed();
    state.change({ secretStorage: secrets.storage });
  });
  serveCommands({
    handlers,
    notAvailable: () => shellText().notAvailable,
    questions: {
      'siphon:engine': () =>
        connection ??
        new Promise<EngineConnection>((resolve) => {
          waiting = [...waiting, resolve].slice(-50);
        }),
      'siphon:state': () => state.current,
      'siphon:listening': () => window.pageListens(),
    },
  });
  state.onChange((next) => window.send('siphon:state-changed', next));

  // What the system says.
  const openLink = (from: readonly string[]): void => {
    const url = linkIn(from);
    if (url !== undefined) window.request({ kind: 'link', url });
  };
  app.on('second-instance', (_event, argv) => {
    window.show();
    openLink(argv);
  });
  app.on('window-all-closed', () => {});
  app.on('before-quit', (event) => {
    if (quitting.leaving) return;
    event.preventDefault();
    quitting.quit();
  });
  // Registered after Electron's own, which would end the app without a hurry.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => quitting.quit({ quick: true }));
  powerMonitor.on('shutdown', () => quitting.quit({ quick: true }));
  powerMonitor.on('suspend', () => supervisor.suspended());
  powerMonitor.on('resume', () => {
    supervisor.resumed();
    engine.reconnect();
  });

  Menu.setApplicationMenu(null);
  if (app.isPackaged && process.platform === 'win32') app.setAsDefaultProtocolClient(LINK_SCHEME);
  guardSession(session.defaultSession, () => connection?.httpUrl, !app.isPackaged);
  servePage(paths.page);
  // Side by side: the window waits for Chromium most of the time, the engine for its own code.
  if (hidden) {
    setTimeout(() => {
      if (!state.current.tray && !quitting.ending) window.showMinimised();
    }, TRAY_LIMIT_MS);
  } else window.show();
  supervisor.start();
  openLink(args);
  void startParts(context, started);
}

async function startParts(context: DesktopContext, started: Disposable[]): Promise<void> {
  for (const [name, start] of PARTS) {
    try {
      started.push(await start(context));
    } catch (error) {
      context.log.error(`${name} did not start`, { error: error instanceof Error ? error.message : String(error) });
    }
  }
}
