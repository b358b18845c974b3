import { readFile } from 'node:fs/promises';
import process from 'node:process';

/** Parents looked at until a process counts as a stranger's. */
const MAX_DEPTH = 12;

/**
 * Whether a process is this one or comes from it (transcode workers, probes). Linux tells parents in `/proc`; elsewhere, and
 * for what it hides, only `known` ids count.
 */
export async function isOwnProcess(pid: number, known: ReadonlySet<number>, procFolder = '/proc'): Promise<boolean> {
  let at = pid;
  for (let depth = 0; depth < MAX_DEPTH && at > 1; depth += 1) {
    if (at === process.pid || known.has(at)) return true;
    const parent = await parentOf(at, procFolder);
    if (parent === undefined) return false;
    at = parent;
  }
  return false;
}

async function parentOf(pid: number, procFolder: string): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined;
  try {
    const stat = await readFile(`${procFolder}/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold spaces and parentheses itself; state and parent follow the last one.
    const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
    return parent === undefined ? undefined : Number(parent);
  } catch {
    return undefined;
  }
}
