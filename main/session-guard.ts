import type { Session } from 'electron';
import { isPageAddress } from './page-files.ts';

/**
 * What the page itself gets: to put text on the clipboard (never to read it), and to reach the engine, where Chromium asks about
 * loopback addresses at all. Everything else, and every other page, is refused.
 */
const GRANTED: ReadonlySet<string> = new Set([
  'clipboard-sanitized-write',
  'local-network-access',
  'local-network',
  'loopback-network',
]);

/**
 * Closes the session off: permissions are refused, and no request leaves for anything but the page's own files and the engine
 * that runs now.
 */
export function guardSession(session: Session, engineUrl: () => string | undefined, devTools: boolean): void {
  session.setPermissionRequestHandler((contents, permission, callback) => {
    callback(GRANTED.has(permission) && isPageAddress(contents?.getURL() ?? ''));
  });
  session.setPermissionCheckHandler((_contents, permission, origin) => {
    return GRANTED.has(permission) && isPageAddress(origin.replace(/\/$/, ''));
  });
  session.setDevicePermissionHandler(() => false);
  session.webRequest.onBeforeRequest((details, callback) => {
    callback({ cancel: !isAllowedRequest(details.url, engineUrl(), devTools) });
  });
  session.on('will-download', (event) => event.preventDefault());
}

/** Whether the page may fetch an address; `engineUrl` is the running engine's `http://127.0.0.1:<port>`. */
export function isAllowedRequest(address: string, engineUrl: string | undefined, devTools: boolean): boolean {
  if (isPageAddress(address) || address.startsWith('blob:app://siphon/') || address.startsWith('data:')) return true;
  if (devTools && /^(devtools|chrome-extension):/.test(address)) return true;
  if (engineUrl === undefined) return false;
  const webSocket = engineUrl.replace(/^http/, 'ws');
  return [engineUrl, webSocket].some((origin) => address === origin || address.startsWith(`${origin}/`));
}
