import path from 'node:path';
import { app, BrowserWindow, nativeTheme, screen } from 'electron';
import type { DesktopRequest } from '../engine/api/desktop.ts';
import type { MainWindow } from './desktop-context.ts';
import { readJsonFile, writeJsonFile } from './json-file.ts';
import type { MainLog } from './log.ts';
import { isPageAddress, PAGE_ORIGIN } from './page-files.ts';
import type { AppPaths } from './paths.ts';
import { placeWindow, SMALLEST_WINDOW, WindowFileSchema } from './window-bounds.ts';

/** Dependencies of an {@link AppWindow}. */
export interface AppWindowParameters {
  readonly paths: AppPaths;
  /** Folder of the bundled preload. */
  readonly mainDir: string;
  readonly log: MainLog;
  /** The person closes the window: true = it is only hidden. Not asked once the app ends. */
  readonly onClose: () => boolean;
  /** Windows ends the person's session. */
  readonly onSessionEnd: () => void;
}

/** Requests kept for a page that is not there yet; the oldest are dropped. */
const MOST_WAITING = 20;

/** The window's place is written when it has rested this long, milliseconds. */
const REMEMBER_AFTER_MS = 400;

/** Background before the page has painted: the page's own, so that nothing flashes. */
const BACKGROUND = { dark: '#0f1518', light: '#f6f8f8' };

/** Pages that crash more often than this within a minute are not loaded again by themselves. */
const MOST_RELOADS = 3;

/** The app's one window, made when first shown. */
export class AppWindow implements MainWindow {
  readonly #parameters: AppWindowParameters;
  #window: BrowserWindow | undefined;
  #listening = false;
  #waiting: DesktopRequest[] = [];
  #reloads: number[] = [];
  /** Set when the app ends: closing is then no question any more. */
  closing = false;

  constructor(parameters: AppWindowParameters) {
    this.#parameters = parameters;
  }

  get visible(): boolean {
    return this.#window?.isVisible() === true && !this.#window.isMinimized();
  }

  /** For dialogs; undefined before the first show. */
  get native(): BrowserWindow | undefined {
    return this.#window;
  }

  show(): void {
    if (!this.#window) {
      this.#window = this.#create({ minimised: false });
      return;
    }
    if (this.#window.isMinimized()) this.#window.restore();
    this.#window.show();
    this.#window.focus();
  }

  /** Where there is no tray: in the panel's list of windows, out of the way. Does nothing when it was shown before. */
  showMinimised(): void {
    this.#window ??= this.#create({ minimised: true });
  }

  hide(): void {
    this.#window?.hide();
  }

  request(request: DesktopRequest): void {
    if (this.#listening && this.#window) this.#window.webContents.send('siphon:request', request);
    else this.#waiting = [...this.#waiting, request].slice(-MOST_WAITING);
  }

  /** The page listens now: it gets what waited. */
  pageListens(): void {
    this.#listening = true;
    for (const request of this.#waiting.splice(0)) this.request(request);
  }

  /** Sends the page something, if there is one. */
  send(channel: string, value: unknown): void {
    if (this.#window && !this.#window.webContents.isDestroyed()) this.#window.webContents.send(channel, value);
  }

  #create({ minimised }: { readonly minimised: boolean }): BrowserWindow {
    const { paths, mainDir, log, onClose, onSessionEnd } = this.#parameters;
    const kept = readJsonFile(paths.windowFile, WindowFileSchema).value;
    const primary = screen.getPrimaryDisplay();
    const screens = [primary, ...screen.getAllDisplays().filter(({ id }) => id !== primary.id)].map(({ workArea }) => workArea);
    const window = new BrowserWindow({
      ...placeWindow(kept?.bounds, screens),
      minWidth: SMALLEST_WINDOW.width,
      minHeight: SMALLEST_WINDOW.height,
      show: false,
      title: 'Siphon',
      // Windows takes the program's own; panels on Linux have no other way to it.
      ...(process.platform === 'linux' ? { icon: path.join(paths.resources, 'icons', '256x256.png') } : {}),
      autoHideMenuBar: true,
      backgroundColor: nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light,
      webPreferences: {
        preload: path.join(mainDir, 'preload.cjs'),
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webSecurity: true,
        webviewTag: false,
        navigateOnDragDrop: false,
        spellcheck: false,
        devTools: !app.isPackaged,
      },
    });
    // Maximising shows it.
    if (kept?.maximised && !minimised) window.maximize();
    window.once('ready-to-show', () => {
      if (!minimised) window.show();
      // Unless the person asked for it in the meantime.
      else if (!window.isVisible()) window.minimize();
      log.info(minimised ? 'window shown minimised' : 'window shown', { sinceStartMs: sinceStartMs() });
    });
    let soon: NodeJS.Timeout | undefined;
    const rememberSoon = (): void => {
      clearTimeout(soon);
      soon = setTimeout(() => this.#remember(window), REMEMBER_AFTER_MS);
    };
    // Linux has no event for the end of a move.
    for (const event of ['resize', 'move', 'maximize', 'unmaximize'] as const) window.on(event as 'resize', rememberSoon);
    window.on('close', (event) => {
      clearTimeout(soon);
      this.#remember(window);
      if (this.closing) return;
      event.preventDefault();
      if (onClose()) window.hide();
    });
    window.on('session-end', onSessionEnd);
    this.#guard(window);
    this.#watchPage(window);
    void window.loadURL(`${PAGE_ORIGIN}/`);
    return window;
  }

  /** No other page, no other window, no webview. */
  #guard(window: BrowserWindow): void {
    const { log } = this.#parameters;
    const refuse = (event: { preventDefault(): void }, url: string): void => {
      if (isPageAddress(url)) return;
      event.preventDefault();
      log.warn('navigation refused', { url: url.slice(0, 200) });
    };
    window.webContents.on('will-navigate', (event, url) => refuse(event, url));
    window.webContents.on('will-redirect', (event, url) => refuse(event, url));
    window.webContents.on('will-attach-webview', (event) => event.preventDefault());
    window.webContents.setWindowOpenHandler(({ url }) => {
      log.warn('window refused', { url: url.slice(0, 200) });
      return { action: 'deny' };
    });
  }

  #watchPage(window: BrowserWindow): void {
    const { log } = this.#parameters;
    // Another document; a change of the fragment, which is a page of the page, would count as loading.
    window.webContents.on('did-navigate', () => {
      this.#listening = false;
    });
    window.webContents.on('render-process-gone', (_event, { reason }) => {
      this.#listening = false;
      if (this.closing || reason === 'clean-exit') return;
      log.error('the page crashed', { reason });
      const now = Date.now();
      this.#reloads = [...this.#reloads.filter((atMs) => now - atMs < 60_000), now];
      if (this.#reloads.length <= MOST_RELOADS) window.webContents.reload();
    });
  }

  #remember(window: BrowserWindow): void {
    if (window.isDestroyed() || window.isMinimized()) return;
    try {
      writeJsonFile(this.#parameters.paths.windowFile, { bounds: window.getNormalBounds(), maximised: window.isMaximized() });
    } catch {
      // Not worth a word: the window comes up where it was before.
    }
  }
}

/** Milliseconds since this process was made by the system. */
function sinceStartMs(): number {
  const created = process.getCreationTime?.();
  return Math.round(created ? Date.now() - created : performance.now());
}
