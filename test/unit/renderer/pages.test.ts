import { describe, expect, test } from 'vitest';
import type { LogLine } from '../../../engine/api/commands.ts';
import { hrefOf, PAGE_NAMES, pageOf, SIDE_PAGES } from '../../../renderer/app/route.ts';
import { filterLogs, LOG_LINES, logsAsText, withNewLines } from '../../../renderer/model/log-filter.ts';

describe('routes', () => {
  test('every page’s address leads to it', () => {
    for (const page of [...PAGE_NAMES, ...SIDE_PAGES]) expect(pageOf(hrefOf(page))).toBe(page);
    expect(pageOf('')).toBe('home');
    expect(pageOf('#/history?x=1')).toBe('history');
    expect(pageOf('#/nonsense')).toBeNull();
  });
});

describe('log filter', () => {
  const line = (level: LogLine['level'], text: string, fields: Record<string, unknown> = {}, seq = 1): LogLine => ({
    seq,
    atMs: 0,
    level,
    text,
    fields,
  });
  const lines = [line('debug', 'Worker warm'), line('warn', 'upload slow', { session: 's-1', ms: 900 }), line('fatal', 'gone')];

  test('a level keeps itself and what is graver', () => {
    expect(filterLogs(lines, 'warn', '').map(({ level }) => level)).toEqual(['warn', 'fatal']);
    expect(filterLogs(lines, 'all', '')).toHaveLength(3);
  });

  test('every word is looked for, in text and fields, whatever the case', () => {
    expect(filterLogs(lines, 'all', 'worker')).toHaveLength(1);
    expect(filterLogs(lines, 'all', 'SLOW ms=900')).toHaveLength(1);
    expect(filterLogs(lines, 'all', 'slow worker')).toHaveLength(0);
  });

  test('copied lines have time, level, text and fields', () => {
    expect(logsAsText(lines.slice(1, 2))).toBe('1970-01-01T00:00:00.000Z warn  upload slow session=s-1 ms=900');
  });

  test('the newest lines are kept, and nothing new changes nothing', () => {
    const many = Array.from({ length: LOG_LINES }, (_, index) => line('info', 'x', {}, index + 1));
    const more = withNewLines(many, [line('info', 'y', {}, LOG_LINES + 1)]);
    expect([more.length, more[0]?.seq, more.at(-1)?.seq]).toEqual([LOG_LINES, 2, LOG_LINES + 1]);
    expect(withNewLines(many, [])).toBe(many);
  });
});
