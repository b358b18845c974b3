import { homedir } from 'node:os';
import { app, dialog } from 'electron';
import type { DesktopContext, DesktopPart } from '../desktop-context.ts';
import { trayDe } from '../text/tray-de.ts';
import { trayEn } from '../text/tray-en.ts';
import { configHomeOf, linuxLoginItem } from './linux-login-item.ts';
import type { LoginItem } from './login-item.ts';
import { startCommand } from './start-command.ts';
import { windowsLoginItem } from './windows-login-item.ts';

/**
 * Start at log-in, hidden. Off until the person asks for it; what the system says is what the setting shows, so an entry that the
 * person removed stays removed.
 */
export const startAutostart: DesktopPart = (context) => {
  const { settings, log } = context;
  const item = loginItem(context);
  // The entry follows a copy of Siphon that was moved or replaced; one run from source never takes over an installed one's.
  if (app.isPackaged && item.read() === 'elsewhere') {
    try {
      item.set(true);
    } catch (error) {
      log.warn('the log-in entry could not be brought up to date', { error: messageOf(error) });
    }
  }
  const showReal = (): void => {
    const real = item.read() !== 'off';
    if (real === settings.current.startAtLogin) return;
    settings.change({ startAtLogin: real }).catch((error: unknown) => log.warn('settings not kept', { error: messageOf(error) }));
  };
  const apply = (): void => {
    const wanted = settings.current.startAtLogin;
    if (wanted === (item.read() !== 'off')) return;
    try {
      item.set(wanted);
      log.info(wanted ? 'starts at log-in' : 'does not start at log-in');
    } catch (error) {
      const { title, failed } = textOf(context).autostart;
      log.warn('the log-in entry could not be changed', { error: messageOf(error) });
      void dialog.showMessageBox({ type: 'error', title, message: failed(messageOf(error)) }).catch(() => {});
    }
    showReal();
  };
  showReal();
  const watch = settings.onChange(apply);
  // Who comes back from the system's settings finds here what they chose there.
  app.on('browser-window-focus', showReal);
  return {
    [Symbol.dispose]: () => {
      watch[Symbol.dispose]();
      app.removeListener('browser-window-focus', showReal);
    },
  };
};

function loginItem(context: DesktopContext): LoginItem {
  const command = startCommand({
    packaged: app.isPackaged,
    program: process.execPath,
    appPath: app.getAppPath(),
    env: process.env,
    withoutSandbox: app.commandLine.hasSwitch('no-sandbox'),
  });
  if (process.platform === 'win32') return windowsLoginItem(command);
  const { comment } = textOf(context).autostart;
  return linuxLoginItem({ configHome: configHomeOf(process.env, homedir()), command, comment });
}

function textOf({ language }: DesktopContext) {
  return language() === 'de' ? trayDe : trayEn;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
