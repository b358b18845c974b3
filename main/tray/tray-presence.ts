import { execFile } from 'node:child_process';

/** The D-Bus name that whoever shows tray icons owns (https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/). */
const WATCHER = 'org.kde.StatusNotifierWatcher';

/** Milliseconds that the session bus may take to answer. */
const BUS_LIMIT_MS = 2_000;

/** Runs a program and gives what it printed; undefined when there is none, it failed or took too long. */
export type AskProgram = (program: string, args: readonly string[]) => Promise<string | undefined>;

/** What decides on whether there is a tray. */
export interface TrayPresenceParameters {
  /** `process.platform` */
  readonly platform: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Replaced in tests. */
  readonly ask?: AskProgram;
}

/**
 * Whether this desktop shows tray icons. Windows always does. On Linux somebody must own the StatusNotifierWatcher and have
 * a panel registered with it: KDE, XFCE, Cinnamon and Ubuntu's GNOME do, GNOME without its indicator extension does not.
 * Where nobody can be asked, only desktops that have always had one are believed: a window that closes into no tray is lost.
 */
export async function trayPresent({ platform, env, ask = askProgram }: TrayPresenceParameters): Promise<boolean> {
  if (platform !== 'linux') return true;
  const hasOwner = await askBus(ask, 'org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus.NameHasOwner', [
    WATCHER,
  ]);
  if (hasOwner === undefined) return guessFromDesktop(env);
  if (!hasOwner) return false;
  const hasHost = await askBus(ask, WATCHER, '/StatusNotifierWatcher', 'org.freedesktop.DBus.Properties.Get', [
    WATCHER,
    'IsStatusNotifierHostRegistered',
  ]);
  // A watcher that keeps the property to itself is still one.
  return hasHost ?? true;
}

/** Asks the session bus for a boolean; undefined when no tool or no bus answers. */
async function askBus(
  ask: AskProgram,
  destination: string,
  path: string,
  method: string,
  args: readonly string[],
): Promise<boolean | undefined> {
  const gdbus = ['call', '--session', '--dest', destination, '--object-path', path, '--method', method, ...args];
  const send = [
    '--session',
    '--print-reply',
    `--reply-timeout=${BUS_LIMIT_MS}`,
    `--dest=${destination}`,
    path,
    method,
    ...args.map((text) => `string:${text}`),
  ];
  // glib's tool first, then that of dbus itself: nearly every desktop has one of them.
  const answer = (await ask('gdbus', gdbus)) ?? (await ask('dbus-send', send));
  const word = answer?.match(/\b(true|false)\b/)?.[1];
  return word === undefined ? undefined : word === 'true';
}

/** No way to ask: the desktops that have always shown tray icons are believed. */
function guessFromDesktop(env: Readonly<Record<string, string | undefined>>): boolean {
  const desktops = (env.XDG_CURRENT_DESKTOP ?? '').toLowerCase().split(':');
  return desktops.some((name) => ['kde', 'xfce', 'x-cinnamon', 'mate', 'lxqt', 'unity', 'ubuntu', 'pop'].includes(name));
}

const askProgram: AskProgram = (program, args) =>
  new Promise((resolve) => {
    execFile(program, [...args], { timeout: BUS_LIMIT_MS, windowsHide: true, maxBuffer: 64 * 1024 }, (error, stdout) =>
      resolve(error ? undefined : stdout),
    );
  });
