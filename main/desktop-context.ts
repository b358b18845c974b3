import type { createTRPCClient } from '@trpc/client';
import type { z } from 'zod';
import type {
  DESKTOP_COMMANDS,
  DesktopCommand,
  DesktopRequest,
  DesktopSettings,
  DesktopSettingsPatch,
  DesktopState,
} from '../engine/api/desktop.ts';
import type { AppRouter } from '../engine/api/router.ts';
import type { EngineSnapshot } from '../engine/api/snapshot.ts';
import type { MainLog } from './log.ts';
import type { AppPaths } from './paths.ts';

/** The state that the page is shown, and where the parts of the shell put theirs. */
export interface StateStore {
  readonly current: DesktopState;
  /** Replaces parts of the state; listeners hear of it when something is really different. */
  change(patch: Partial<DesktopState>): void;
  onChange(listener: (state: DesktopState) => void): Disposable;
}

/** The shell's own settings (desktop.json). */
export interface SettingsStore {
  readonly current: DesktopSettings;
  /** Merges, checks and writes; rejects with a message for the person when the disk refuses. */
  change(patch: DesktopSettingsPatch): Promise<DesktopSettings>;
  onChange(listener: (settings: DesktopSettings) => void): Disposable;
}

/** The engine's API as the shell calls it; typed by the contract's router. */
export type EngineCalls = ReturnType<typeof createTRPCClient<AppRouter>>;

/** The engine as the shell watches it. */
export interface EngineWatch {
  /** Newest snapshot, updates folded in; null while no engine is connected. */
  readonly snapshot: EngineSnapshot | null;
  /** Calls back with every change, at most ten times a second; null when the connection is lost. */
  onSnapshot(listener: (snapshot: EngineSnapshot | null) => void): Disposable;
  /** The API; undefined while no engine is connected. Calls reject when the connection ends. */
  readonly api: EngineCalls | undefined;
}

/** The app's window. */
export interface MainWindow {
  /** Shows and focuses it, making it first where there is none. */
  show(): void;
  hide(): void;
  readonly visible: boolean;
  /** Asks the page for something; kept until the page listens. Does not show the window. */
  request(request: DesktopRequest): void;
}

/** How the app ends. */
export interface Quitting {
  /** True from the moment Siphon was asked to end. */
  readonly ending: boolean;
  /** Drains the engine, then ends the app; `after` runs once the engine has ended (an update's installation). */
  quit(options?: { readonly after?: () => void }): void;
  /** Takes the quit back while the engine still drains: a new engine is started when it has ended. */
  cancel(): void;
}

/** Handles one command of the page. Throw an Error with a message for the person. */
export type CommandHandler<C extends DesktopCommand> = (
  argument: z.output<(typeof DESKTOP_COMMANDS)[C]>,
) => unknown | Promise<unknown>;

/** What every part of the shell is given. */
export interface DesktopContext {
  readonly paths: AppPaths;
  readonly log: MainLog;
  readonly state: StateStore;
  readonly settings: SettingsStore;
  readonly engine: EngineWatch;
  readonly window: MainWindow;
  readonly quitting: Quitting;
  /** Language of the tray, the notifications and the dialogs: the chosen one, or the system's. */
  readonly language: () => 'en' | 'de';
  /** Takes over a command of the page; one handler per command. */
  handle<C extends DesktopCommand>(command: C, handler: CommandHandler<C>): void;
}

/**
 * A part of the shell (tray, notifications, presence, updates, log-in item). Started after the window is on its way; what it
 * returns is disposed, in reverse order, when the app ends. A part that fails to start is logged and left out.
 */
export type DesktopPart = (context: DesktopContext) => Disposable | Promise<Disposable>;
