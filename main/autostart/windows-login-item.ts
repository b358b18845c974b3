import { app } from 'electron';
import type { LoginItem } from './login-item.ts';

/** Siphon's value below `HKCU\…\CurrentVersion\Run`, and whether Windows heeds it (Task Manager can switch it off). */
export function windowsLoginItem(command: readonly string[]): LoginItem {
  const [program = '', ...args] = command;
  return {
    read() {
      const { openAtLogin, executableWillLaunchAtLogin } = app.getLoginItemSettings({ path: program, args });
      if (openAtLogin) return executableWillLaunchAtLogin ? 'on' : 'off';
      return executableWillLaunchAtLogin ? 'elsewhere' : 'off';
    },
    set(on) {
      app.setLoginItemSettings({ openAtLogin: on, enabled: on, path: program, args });
    },
  };
}
