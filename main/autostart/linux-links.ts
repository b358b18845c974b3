import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { linkEntry } from './desktop-entry.ts';

/** Milliseconds that the desktop's tools may take. */
const TOOL_LIMIT_MS = 10_000;

/** Runs a program and gives what it printed; undefined when there is none, it failed or took too long. */
export type RunTool = (program: string, args: readonly string[]) => Promise<string | undefined>;

/** What decides on who opens the links. */
export interface LinuxLinksParameters {
  /** The person's data folder: `XDG_DATA_HOME`, or `~/.local/share`. */
  readonly dataHome: string;
  /** The program and its arguments, without the link. */
  readonly command: readonly string[];
  readonly scheme: string;
  /** Replaced in tests. */
  readonly run?: RunTool;
}

/** Name of the entry; the installed packages' own is `siphon.desktop`. */
const ENTRY = 'siphon-links.desktop';

/**
 * Opens links of the scheme with this copy of Siphon, unless another program (an installed Siphon) does already.
 * @returns whether this copy opens them now. Throws the disk's error when the entry cannot be written.
 */
export async function openLinksHere({ dataHome, command, scheme, run = runTool }: LinuxLinksParameters): Promise<boolean> {
  const mime = `x-scheme-handler/${scheme}`;
  const handler = await run('xdg-mime', ['query', 'default', mime]);
  // Without the tool nobody knows who opens links, so nothing is changed.
  if (handler === undefined) return false;
  if (handler.trim() !== '' && handler.trim() !== ENTRY) return false;
  const folder = path.join(dataHome, 'applications');
  const file = path.join(folder, ENTRY);
  const text = linkEntry(command, scheme);
  if (handler.trim() === ENTRY && textOf(file) === text) return true;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(file, text, { mode: 0o644 });
  await run('update-desktop-database', [folder]);
  return (await run('xdg-mime', ['default', ENTRY, mime])) !== undefined;
}

/** `XDG_DATA_HOME` where it is an absolute path, `~/.local/share` otherwise. */
export function dataHomeOf(env: Readonly<Record<string, string | undefined>>, home: string): string {
  const chosen = env.XDG_DATA_HOME;
  return chosen && path.isAbsolute(chosen) ? chosen : path.join(home, '.local', 'share');
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

const runTool: RunTool = (program, args) =>
  new Promise((resolve) => {
    execFile(program, [...args], { timeout: TOOL_LIMIT_MS, maxBuffer: 64 * 1024 }, (error, stdout) =>
      resolve(error ? undefined : stdout),
    );
  });
