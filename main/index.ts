// Entry of the desktop app's main process.
import './polyfill.ts';
import { app } from 'electron';
import { startApp } from './app.ts';
import { openMainLog } from './log.ts';
import { registerPageScheme } from './page-protocol.ts';
import { appPaths, userDataFolder } from './paths.ts';

const mainDir = __dirname;
const paths = appPaths({
  userData: userDataFolder(process.env, app.getPath('appData')),
  mainDir,
  packaged: app.isPackaged,
  resourcesPath: process.resourcesPath,
});
app.setPath('userData', paths.userData);
app.setAppLogsPath(paths.logs);
app.setName('Siphon');
// Windows groups notifications and the taskbar by it; the installer's shortcut has the same.
app.setAppUserModelId('org.livepeer.siphon');

if (app.requestSingleInstanceLock()) {
  registerPageScheme();
  const log = openMainLog(paths.logs, app.isPackaged ? undefined : (line) => void process.stderr.write(line));
  process.on('uncaughtException', (error) => log.error('uncaught error', { error: error.stack ?? error.message }));
  process.on('unhandledRejection', (reason) => {
    log.error('unhandled rejection', { error: reason instanceof Error ? (reason.stack ?? reason.message) : String(reason) });
  });
  const args = process.argv.slice(1);
  void app.whenReady().then(() => startApp({ paths, log, mainDir, hidden: args.includes('--hidden'), args }));
} else {
  // The first instance hears of it, shows its window and takes over a link.
  app.quit();
}
