import type { LogLine } from '../../engine/api/commands.ts';

/** Levels from chatty to grave. */
const RANK: Readonly<Record<LogLine['level'], number>> = { trace: 0, debug: 1, info: 2, warn: 3, error: 4, fatal: 5 };

/** Which lines to show. */
export const LOG_LEVELS = ['all', 'info', 'warn', 'error'] as const;
/** A choice of levels. */
export type LogLevel = (typeof LOG_LEVELS)[number];

const FLOOR: Readonly<Record<LogLevel, number>> = { all: 0, info: 2, warn: 3, error: 4 };

/** Lines that a page keeps; older ones go. */
export const LOG_LINES = 10_000;

/** Lines drawn at once; the person asks for older ones. */
export const LOG_STEP = 400;

/** A line's fields and what is searched, made once: ten thousand lines are looked through at every key. */
const written = new WeakMap<LogLine, { readonly fields: string; readonly haystack: string }>();

function writtenOf(line: LogLine) {
  const known = written.get(line);
  if (known) return known;
  const fields = Object.entries(line.fields)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
  const made = { fields, haystack: `${line.text} ${fields}`.toLowerCase() };
  written.set(line, made);
  return made;
}

/** Lines at or above a level whose text or fields contain every word of the search. */
export function filterLogs(lines: readonly LogLine[], level: LogLevel, search: string): readonly LogLine[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (level === 'all' && words.length === 0) return lines;
  return lines.filter((line) => {
    if (RANK[line.level] < FLOOR[level]) return false;
    return words.length === 0 || words.every((word) => writtenOf(line).haystack.includes(word));
  });
}

/** The lines with newer ones after them, at most {@link LOG_LINES}; the same object when there is nothing new. */
export function withNewLines(lines: readonly LogLine[], newer: readonly LogLine[]): readonly LogLine[] {
  return newer.length === 0 ? lines : [...lines, ...newer].slice(-LOG_LINES);
}

/** A line's fields as `name=value` pairs. */
export function fieldsOf(line: LogLine): string {
  return writtenOf(line).fields;
}

/** Lines as text to paste into a report; times are UTC. */
export function logsAsText(lines: readonly LogLine[]): string {
  return lines
    .map((line) => `${new Date(line.atMs).toISOString()} ${line.level.padEnd(5)} ${line.text} ${fieldsOf(line)}`.trimEnd())
    .join('\n');
}
