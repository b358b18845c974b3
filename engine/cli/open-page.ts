import { spawn } from 'node:child_process';

/** Whether a browser window could be shown to someone: Windows, or Linux with a display. */
export function hasDisplay(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): boolean {
  return platform === 'win32' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}

/**
 * Opens the page in the person's browser. The link carries the token: whoever can list this user's processes for the moment
 * the opener lives could see it, which is the same user anyway. Never throws; a browser that does not open is no failure.
 */
export function openPage(link: string): void {
  const [command, args] = process.platform === 'win32' ? ['explorer.exe', [link]] : ['xdg-open', [link]];
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}
