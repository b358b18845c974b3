import { type IpcMainInvokeEvent, ipcMain } from 'electron';
import { DESKTOP_COMMANDS, type DesktopCommand } from '../engine/api/desktop.ts';
import type { CommandHandler } from './desktop-context.ts';
import { isPageAddress } from './page-files.ts';

/** What a command of the page gets back: errors as text, because Electron would put its own words around them. */
export type CommandAnswer = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string };

/** Answers of the shell to the page's questions. */
export interface PageQuestions {
  readonly 'siphon:engine': () => unknown;
  readonly 'siphon:state': () => unknown;
  readonly 'siphon:listening': () => unknown;
}

/** Dependencies of {@link serveCommands}. */
export interface ServeCommandsParameters {
  readonly questions: PageQuestions;
  readonly handlers: ReadonlyMap<DesktopCommand, CommandHandler<DesktopCommand>>;
  /** Said for a command that no part of this Siphon handles. */
  readonly notAvailable: () => string;
}

/** Serves the page's commands and questions: only to the page itself, in its main frame, and only what the schemas let through. */
export function serveCommands({ questions, handlers, notAvailable }: ServeCommandsParameters): void {
  for (const [channel, answer] of Object.entries(questions) as Array<[string, () => unknown]>) {
    ipcMain.handle(channel, (event) => {
      checkSender(event);
      return answer();
    });
  }
  ipcMain.handle('siphon:run', async (event, command: unknown, argument: unknown): Promise<CommandAnswer> => {
    checkSender(event);
    if (typeof command !== 'string' || !Object.hasOwn(DESKTOP_COMMANDS, command)) return { ok: false, message: notAvailable() };
    const name = command as DesktopCommand;
    const handler = handlers.get(name);
    if (!handler) return { ok: false, message: notAvailable() };
    const parsed = DESKTOP_COMMANDS[name].safeParse(argument);
    if (!parsed.success) return { ok: false, message: `${command}: ${parsed.error.issues[0]?.message ?? 'wrong argument'}` };
    try {
      return { ok: true, value: await handler(parsed.data as never) };
    } catch (error) {
      return { ok: false, message: error instanceof Error ? error.message : String(error) };
    }
  });
}

function checkSender({ senderFrame, sender }: IpcMainInvokeEvent): void {
  if (senderFrame && isPageAddress(senderFrame.url) && senderFrame.routingId === sender.mainFrame.routingId) return;
  throw new Error('not allowed');
}
