import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { app, crashReporter } from 'electron';

/** Reports kept; older ones go at the next start. */
const KEPT = 5;

/** Writes what is needed to understand a native crash into a folder of the app, and nowhere else: nothing is ever sent. */
export function keepCrashReports(folder: string): void {
  mkdirSync(folder, { recursive: true });
  app.setPath('crashDumps', folder);
  crashReporter.start({ uploadToServer: false, compress: true });
  prune(folder);
}

/** Folders of Crashpad, by platform and age of a report. */
const FOLDERS = ['', 'new', 'pending', 'completed', 'reports'];

/** Takes away all but the newest reports. A file that resists is tried again at the next start. */
function prune(folder: string): void {
  try {
    const reports = FOLDERS.map((name) => path.join(folder, name))
      .filter((inner) => existsSync(inner))
      .flatMap((inner) => readdirSync(inner).map((name) => path.join(inner, name)))
      .filter((file) => file.endsWith('.dmp'))
      .map((file) => ({ file, atMs: statSync(file).mtimeMs }))
      .sort((a, b) => b.atMs - a.atMs);
    for (const { file } of reports.slice(KEPT)) rmSync(file, { force: true });
  } catch {
    // A crash report is never worth a start that fails.
  }
}
