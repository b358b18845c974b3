import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { app, dialog, shell } from 'electron';
import type { DesktopContext } from './desktop-context.ts';
import type { AppWindow } from './main-window.ts';
import type { ShellText } from './text/en-shell.ts';

/** Help pages that the page may open, by name; addresses never come from the page. */
const HELP: Readonly<Record<string, { readonly win32: string; readonly other: string }>> = {
  'nvidia-driver': { win32: 'https://www.nvidia.com/en-us/drivers/', other: 'https://www.nvidia.com/en-us/drivers/unix/' },
  docker: {
    win32: 'https://docs.docker.com/desktop/setup/install/windows-install/',
    other: 'https://docs.docker.com/engine/install/',
  },
  clock: {
    win32: 'https://support.microsoft.com/windows/time-settings',
    other: 'https://www.freedesktop.org/software/systemd/man/latest/timedatectl.html',
  },
  project: { win32: 'https://docs.livepeer.org/', other: 'https://docs.livepeer.org/' },
};

/** Takes over the page's commands that need nothing but the system: settings, files, folders, help. */
export function handleShellCommands(context: DesktopContext, window: AppWindow, text: () => ShellText): void {
  context.handle('settings', (patch) => context.settings.change(patch));
  context.handle('saveFile', async ({ name, bytes }) => {
    if (bytes.byteLength > 64 * 1024 * 1024) throw new Error(text().fileNotWritten('EFBIG'));
    const options = { defaultPath: path.join(app.getPath('downloads'), name) };
    const { filePath } = await (window.native ? dialog.showSaveDialog(window.native, options) : dialog.showSaveDialog(options));
    if (!filePath) return false;
    await writeFile(filePath, bytes).catch((error: NodeJS.ErrnoException) => {
      throw new Error(text().fileNotWritten(error.code ?? error.message));
    });
    return true;
  });
  context.handle('showDataFolder', async () => {
    const folder = context.engine.snapshot?.engine.dataDir;
    if (folder === undefined) throw new Error(text().noEngine);
    const failure = await shell.openPath(folder);
    if (failure !== '') throw new Error(failure);
  });
  context.handle('openHelp', async (name) => {
    const help = HELP[name];
    if (help) await shell.openExternal(process.platform === 'win32' ? help.win32 : help.other);
  });
  context.handle('quit', () => context.quitting.quit());
  context.handle('cancelQuit', () => context.quitting.cancel());
}
