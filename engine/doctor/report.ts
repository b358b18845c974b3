import type { CheckResult } from '../api/diagnostics.ts';
import { worstStatus } from './check.ts';

const MARKS = { ok: '✓', warn: '!', fail: '✗', skipped: '–' } as const;
const CLOSING = {
  ok: 'Everything is fine.',
  warn: 'It works, and the lines marked ! can be made better.',
  fail: 'The lines marked ✗ must be mended first.',
  skipped: 'Nothing was checked.',
} as const;

/** The doctor's report for a terminal: one mark, title and sentence per check, the next step under it. Pure. */
export function formatReport(results: readonly CheckResult[]): string {
  const width = Math.max(0, ...results.map(({ title }) => title.length));
  const lines = results.flatMap(({ status, title, text, nextStep }) => [
    `${MARKS[status]} ${title.padEnd(width)}  ${text}`,
    ...(nextStep === undefined || nextStep === '' ? [] : [`  ${' '.repeat(width)}  → ${nextStep}`]),
  ]);
  return [...lines, '', CLOSING[worstStatus(results)], ''].join('\n');
}
