// Entry of the desktop app's main process.
import './polyfill.ts';
import { writeSync } from 'node:fs';
import path from 'node:path';
import { app } from 'electron';
import { startApp } from './app.ts';
import { keepCrashReports } from './crash-reports.ts';
import { openMainLog } from './log.ts';
import { registerPageScheme } from './page-protocol.ts';
import { appPaths, userDataFolder } from './paths.ts';
import { selfCheckAnswer } from './updates/self-check.ts';
import { beginThisVersion } from './updates/this-version.ts';

// GTK would open an OpenGL context of its own, which nothing here draws with: 50 MB of drivers in this process, and memory on the card.
// It looks when it is initialised, which is after this.
if (process.platform === 'linux') process.env.GDK_GL ??= 'disable';

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

const answer = selfCheckAnswer(process.argv, app.getVersion());
if (answer !== undefined) {
  // The version before this one asks whether this one starts here.
  writeSync(1, answer);
  app.exit(0);
} else if (app.requestSingleInstanceLock()) {
  registerPageScheme();
  keepCrashReports(path.join(paths.userData, 'crashes'));
  // The page makes much short-lived garbage; V8 would keep up to 48 MB for it, and this app is left running for days.
  app.commandLine.appendSwitch('js-flags', '--max-semi-space-size=2');
  const log = openMainLog(paths.logs, app.isPackaged ? undefined : (line) => void process.stderr.write(line));
  process.on('uncaughtException', (error) => log.error('uncaught error', { error: error.stack ?? error.message }));
  process.on('unhandledRejection', (reason) => {
    log.error('unhandled rejection', { error: reason instanceof Error ? (reason.stack ?? reason.message) : String(reason) });
  });
  const args = process.argv.slice(1);
  if (beginThisVersion(paths.userData, log)) {
    void app.whenReady().then(() => startApp({ paths, log, mainDir, hidden: args.includes('--hidden'), args }));
  } else {
    // It failed too often: the previous version is started in its place.
    app.exit(0);
  }
} else {
  // The first instance hears of it, shows its window and takes over a link.
  app.quit();
}
