import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';

/** Bytes at which the shell's log file is turned over; one old file is kept. */
const FILE_LIMIT = 2 * 1024 * 1024;

/** The shell's log: a line a message, in a bounded file. Never give it a token or a secret. */
export interface MainLog {
  info(text: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(text: string, fields?: Readonly<Record<string, unknown>>): void;
  error(text: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Opens the log in a folder; a disk that refuses it never stops the app. `echo` also sees each line (development). */
export function openMainLog(folder: string, echo?: (line: string) => void): MainLog {
  const file = path.join(folder, 'desktop.log');
  const write = (level: string, text: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    const line = `${JSON.stringify({ time: new Date().toISOString(), level, msg: text, ...fields })}\n`;
    echo?.(line);
    try {
      mkdirSync(folder, { recursive: true });
      if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > FILE_LIMIT) renameSync(file, `${file}.1`);
      appendFileSync(file, line, { mode: 0o600 });
    } catch {
      // A full or read-only disk: the app works on without its log.
    }
  };
  return {
    info: (text, fields) => write('info', text, fields),
    warn: (text, fields) => write('warn', text, fields),
    error: (text, fields) => write('error', text, fields),
  };
}
