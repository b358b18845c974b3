import type { LogLine } from '../../engine/api/commands.ts';

/** Levels from chatty to grave. */
const RANK: Readonly<Record<LogLine['level'], number>> = { trace: 0, debug: 1, info: 2, warn: 3, error: 4, fatal: 5 };

/** Which lines to show. */
export const LOG_LEVELS = ['all', 'info', 'warn', 'error'] as const;
/** A choice of levels. */
export type LogLevel = (typeof LOG_LEVELS)[number];

const FLOOR: Readonly<Record<LogLevel, number>> = { all: 0, info: 2, warn: 3, error: 4 };

/** Lines at or above a level whose text or fields contain every word of the search. */
export function filterLogs(lines: readonly LogLine[], level: LogLevel, search: string): readonly LogLine[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return lines.filter((line) => {
    if (RANK[line.level] < FLOOR[level]) return false;
    if (words.length === 0) return true;
    const haystack = `${line.text} ${fieldsOf(line)}`.toLowerCase();
    return words.every((word) => haystack.includes(word));
  });
}

/** A line's fields as `name=value` pairs. */
export function fieldsOf(line: LogLine): string {
  return Object.entries(line.fields)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
}

/** Lines as text to paste into a report; times are UTC. */
export function logsAsText(lines: readonly LogLine[]): string {
  return lines
    .map((line) => `${new Date(line.atMs).toISOString()} ${line.level.padEnd(5)} ${line.text} ${fieldsOf(line)}`.trimEnd())
    .join('\n');
}
