import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { autostartEntry, parseAutostartEntry } from './desktop-entry.ts';
import type { LoginItem } from './login-item.ts';

/** What the entry is made from. */
export interface LinuxLoginItemParameters {
  /** The person's configuration folder: `XDG_CONFIG_HOME`, or `~/.config`. */
  readonly configHome: string;
  /** The program and its arguments. */
  readonly command: readonly string[];
  readonly comment: string;
}

/** The entry `autostart/siphon.desktop` of the person's configuration folder. */
export function linuxLoginItem({ configHome, command, comment }: LinuxLoginItemParameters): LoginItem {
  const file = path.join(configHome, 'autostart', 'siphon.desktop');
  return {
    read() {
      let text: string;
      try {
        text = readFileSync(file, 'utf8');
      } catch {
        return 'off';
      }
      const entry = parseAutostartEntry(text);
      if (!entry.enabled) return 'off';
      return JSON.stringify(entry.command) === JSON.stringify(command) ? 'on' : 'elsewhere';
    },
    set(on) {
      if (!on) {
        rmSync(file, { force: true });
        return;
      }
      mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
      const temporary = `${file}.${process.pid}.tmp`;
      try {
        writeFileSync(temporary, autostartEntry(command, comment), { mode: 0o644 });
        renameSync(temporary, file);
      } catch (error) {
        rmSync(temporary, { force: true });
        throw error;
      }
    },
  };
}

/** `XDG_CONFIG_HOME` where it is an absolute path, as the specification wants it; `~/.config` otherwise. */
export function configHomeOf(env: Readonly<Record<string, string | undefined>>, home: string): string {
  const chosen = env.XDG_CONFIG_HOME;
  return chosen && path.isAbsolute(chosen) ? chosen : path.join(home, '.config');
}
