import { readFileSync } from 'node:fs';

/** Linux clock ticks per second (`getconf CLK_TCK`), the same on every platform Node supports. */
const TICKS_PER_SECOND = 100;

/** CPU time of this process, of its living descendants and of those it has reaped; milliseconds. Linux only, else own time alone. */
export function cpuMsOfTree(): number {
  const own = process.cpuUsage();
  const ownMs = (own.user + own.system) / 1000;
  const reaped = statFields(process.pid);
  const reapedMs = reaped ? ((reaped.childUser + reaped.childSystem) * 1000) / TICKS_PER_SECOND : 0;
  return ownMs + reapedMs + descendants(process.pid).reduce((sum, pid) => sum + cpuMsOf(pid), 0);
}

/** Resident memory of this process and its living descendants, bytes. */
export function rssOfTree(): number {
  return process.memoryUsage.rss() + descendants(process.pid).reduce((sum, pid) => sum + rssOf(pid), 0);
}

/** CPU time of a process and of the children it has reaped, milliseconds; 0 when it has gone. */
export function cpuMsOf(pid: number): number {
  const stat = statFields(pid);
  return stat ? ((stat.user + stat.system + stat.childUser + stat.childSystem) * 1000) / TICKS_PER_SECOND : 0;
}

/** Resident memory of a process, bytes; 0 when it has gone. */
export function rssOf(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`) ?? '');
  return match ? Number(match[1]) * 1024 : 0;
}

/** Pids of a process's children, theirs, and so on. Node starts them on its first thread, so only that is asked. */
function descendants(pid: number): number[] {
  const children = (read(`/proc/${pid}/task/${pid}/children`) ?? '').split(' ').filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

interface StatFields {
  readonly user: number;
  readonly system: number;
  readonly childUser: number;
  readonly childSystem: number;
}

/** Fields 14–17 of /proc/<pid>/stat, ticks (proc(5)). */
function statFields(pid: number): StatFields | undefined {
  const text = read(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const at = (index: number) => Number(fields[index] ?? 0);
  return { user: at(11), system: at(12), childUser: at(13), childSystem: at(14) };
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
