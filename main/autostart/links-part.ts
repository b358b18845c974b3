import { homedir } from 'node:os';
import { app } from 'electron';
import { LINK_SCHEME } from '../deep-link.ts';
import type { DesktopPart } from '../desktop-context.ts';
import { dataHomeOf, openLinksHere } from './linux-links.ts';
import { ownCommand } from './start-command.ts';

/**
 * `siphon://` links for copies that no package manager has installed on Linux: an AppImage, or one run from source. Those in a
 * data folder of their own (tests, a second copy) take no links over.
 */
export const startLinks: DesktopPart = async ({ log }) => {
  const nothing: Disposable = { [Symbol.dispose]: () => {} };
  const installed = app.isPackaged && process.env.APPIMAGE === undefined;
  if (process.platform !== 'linux' || installed || process.env.SIPHON_DATA_DIR) return nothing;
  const command = ownCommand({
    packaged: app.isPackaged,
    program: process.execPath,
    appPath: app.getAppPath(),
    env: process.env,
    withoutSandbox: app.commandLine.hasSwitch('no-sandbox'),
  });
  const here = await openLinksHere({ dataHome: dataHomeOf(process.env, homedir()), command, scheme: LINK_SCHEME });
  log.info(here ? 'opens siphon:// links' : 'siphon:// links are opened by another program, or cannot be taken over here');
  return nothing;
};
