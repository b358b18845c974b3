import { app } from 'electron';

/** Switches of this start that the next one needs too: where Chromium's sandbox cannot run, it was turned off by hand. */
export function sandboxArgs(argv: readonly string[]): string[] {
  return argv.includes('--no-sandbox') ? ['--no-sandbox'] : [];
}

/** Sees to it that this AppImage is started once the app has ended, as hidden as it was. Links are not opened a second time. */
export function relaunchAppImage(program: string, argv: readonly string[]): void {
  app.relaunch({ execPath: program, args: [...sandboxArgs(argv), ...argv.filter((arg) => arg === '--hidden')] });
}
