import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readLicences } from '../../../renderer/model/licences.ts';

test('the list of licences is read whole: headings, paragraphs, and a row for every package', () => {
  const markdown = readFileSync(new URL('../../../THIRD-PARTY-LICENSES.md', import.meta.url), 'utf8');
  const blocks = readLicences(markdown);
  const tables = blocks.flatMap((block) => (block.kind === 'table' ? [block] : []));
  const lines = markdown.split('\n').filter((line) => line.startsWith('|'));
  // Every table has a line of heads and one of dashes.
  expect(tables.reduce((sum, table) => sum + table.rows.length + 2, 0)).toBe(lines.length);
  expect(tables.every((table) => table.rows.every((row) => row.length === table.head.length))).toBe(true);
  expect(blocks).toContainEqual({ kind: 'heading', level: 2, text: 'Packages' });
  expect(JSON.stringify(blocks)).not.toContain('**');
});
