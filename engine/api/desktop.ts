import { z } from 'zod';

/** What the desktop shell knows about the engine process it supervises. */
export type EngineProcessState =
  /** Being started; `attempt` counts starts since it last ran well. */
  | { readonly kind: 'starting'; readonly attempt: number }
  | { readonly kind: 'running'; readonly pid: number; readonly sinceMs: number }
  /** It ended by itself; the next start is at `retryAtMs` (milliseconds since the Unix epoch). */
  | { readonly kind: 'waiting'; readonly attempt: number; readonly retryAtMs: number; readonly reason: string }
  /** It failed three times in quick succession, or cannot run at all: nothing is started until the person asks for it. */
  | { readonly kind: 'safe-mode'; readonly reason: string; readonly nextStep: string; readonly lastLines: readonly string[] }
  /** Finishing running segments before it ends; at most until `deadlineMs`. */
  | { readonly kind: 'draining'; readonly deadlineMs: number; readonly inFlight: number | null }
  | { readonly kind: 'stopped' };

/** A newer version of the app, as the updater sees it. */
export type UpdateState =
  | { readonly kind: 'off'; readonly reason: string }
  | { readonly kind: 'none'; readonly checkedAtMs: number | null }
  | { readonly kind: 'checking' }
  | { readonly kind: 'available'; readonly version: string; readonly notes: string; readonly bytes: number | null }
  | { readonly kind: 'downloading'; readonly version: string; readonly percent: number }
  /** Downloaded and its signature checked; installed when the person says so, or when Siphon next ends. */
  | { readonly kind: 'ready'; readonly version: string; readonly notes: string }
  | { readonly kind: 'installing'; readonly version: string }
  | { readonly kind: 'failed'; readonly message: string; readonly nextStep: string }
  /** The last update did not come up healthy, so the version before it is back. */
  | { readonly kind: 'rolled-back'; readonly from: string; readonly to: string; readonly reason: string };

const UPDATE_CHANNELS = ['stable', 'beta'] as const;

/** Settings of the desktop shell, kept beside the engine's configuration; nothing here matters to a headless engine. */
export const DesktopSettingsSchema = z.strictObject({
  /** Start, hidden in the tray, when the person logs in. */
  startAtLogin: z.boolean().default(false),
  /** Closing the window leaves Siphon in the tray. */
  closeToTray: z.boolean().default(true),
  language: z.enum(['system', 'en', 'de']).default('system'),
  updates: z
    .strictObject({
      channel: z.enum(UPDATE_CHANNELS).default('stable'),
      /** Look for new versions by itself, and download them. */
      automatic: z.boolean().default(true),
    })
    .prefault({}),
  notifications: z
    .strictObject({
      problem: z.boolean().default(true),
      firstEarning: z.boolean().default(true),
      updateReady: z.boolean().default(true),
      /** `HH:MM` to `HH:MM`, local time, may pass midnight: nothing is shown; null = no quiet hours. */
      quietHours: z
        .strictObject({ from: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/), to: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/) })
        .nullable()
        .default(null),
    })
    .prefault({}),
});
export type DesktopSettings = z.infer<typeof DesktopSettingsSchema>;

/** Everything the page may show of the desktop shell. */
export interface DesktopState {
  readonly app: {
    readonly version: string;
    readonly electron: string;
    readonly chrome: string;
    readonly platform: string;
    readonly packaged: boolean;
  };
  readonly engine: EngineProcessState;
  readonly update: UpdateState;
  readonly settings: DesktopSettings;
  /** Where a settings file that could not be used was put, the defaults being in force; absent = it was fine. */
  readonly settingsSetAside?: string;
  /** How secrets are kept; `plain` needs the person's consent. */
  readonly secretStorage: 'os' | 'plain' | 'unavailable';
  /** False where the desktop shows no tray icon: closing the window then ends Siphon (after asking). */
  readonly tray: boolean;
}

/** Changes of {@link DesktopSettings}; absent = unchanged. */
export const DesktopSettingsPatchSchema = z.strictObject({
  startAtLogin: z.boolean().optional(),
  closeToTray: z.boolean().optional(),
  language: z.enum(['system', 'en', 'de']).optional(),
  updates: z.strictObject({ channel: z.enum(UPDATE_CHANNELS).optional(), automatic: z.boolean().optional() }).optional(),
  notifications: z
    .strictObject({
      problem: z.boolean().optional(),
      firstEarning: z.boolean().optional(),
      updateReady: z.boolean().optional(),
      quietHours: z
        .strictObject({ from: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/), to: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/) })
        .nullable()
        .optional(),
    })
    .optional(),
});
export type DesktopSettingsPatch = z.infer<typeof DesktopSettingsPatchSchema>;

/** Commands of the page to the desktop shell, each with the schema that the main process parses its argument with. */
export const DESKTOP_COMMANDS = {
  /** Start the engine again now: ends a wait and the safe mode. */
  startEngine: z.undefined(),
  /** Take the person's consent that secrets are kept in a file instead of the system's secure storage. */
  allowPlainSecrets: z.undefined(),
  checkForUpdate: z.undefined(),
  downloadUpdate: z.undefined(),
  /** Drain, install, start again. */
  installUpdate: z.undefined(),
  settings: DesktopSettingsPatchSchema,
  /** Save a file that the page made (a diagnostics bundle): opens the system's dialog. At most 64 MiB. */
  saveFile: z.strictObject({ name: z.string().regex(/^[\w.-]{1,120}$/), bytes: z.instanceof(Uint8Array) }),
  /** Show the data folder in the file manager. */
  showDataFolder: z.undefined(),
  /** Open one of the known help pages in the system's browser; other addresses are refused. */
  openHelp: z.enum(['nvidia-driver', 'docker', 'clock', 'project']),
  /** Finish running segments, then end Siphon; stops being asked with `cancelQuit`. */
  quit: z.undefined(),
  cancelQuit: z.undefined(),
} as const;
export type DesktopCommand = keyof typeof DESKTOP_COMMANDS;

/** What the page is asked to do by the desktop shell. */
export type DesktopRequest =
  | { readonly kind: 'show-page'; readonly page: string }
  /** A `siphon://…` link was opened; its text is not checked yet. */
  | { readonly kind: 'link'; readonly url: string };

/** What Electron's preload gives the page as `window.siphon`; absent in a browser. */
export interface DesktopBridge {
  /** Address and token of the running engine; waits until there is one. */
  engine(): Promise<{ readonly httpUrl: string; readonly token: string }>;
  state(): Promise<DesktopState>;
  /** Calls back with each new state; returns how to stop. */
  onState(listener: (state: DesktopState) => void): () => void;
  /** Calls back with each request, those from before the first listener too; returns how to stop. */
  onRequest(listener: (request: DesktopRequest) => void): () => void;
  /** Runs a command; rejects with a message for the person. `saveFile` resolves with false when the dialog was cancelled. */
  run<C extends DesktopCommand>(command: C, argument: z.input<(typeof DESKTOP_COMMANDS)[C]>): Promise<unknown>;
}
