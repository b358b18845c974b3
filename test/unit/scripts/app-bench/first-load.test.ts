import { expect, test } from 'vitest';
import { firstLoadFiles, gzipBytes } from '../../../../scripts/app-bench/figures.ts';
import { ensureBuilt } from '../../../../scripts/build.ts';

test('what the page loads before it can be drawn is less than 350 kB compressed, and no later page is part of it', {
  timeout: 60_000,
}, async () => {
  const { folder } = await ensureBuilt();
  const files = firstLoadFiles(folder);
  expect(files.some((file) => file.endsWith('.js'))).toBe(true);
  expect(files.some((file) => file.endsWith('.css'))).toBe(true);
  expect(gzipBytes(folder, files)).toBeLessThan(350_000);
  expect(files.filter((file) => /Player|TimeChart|Welcome|Settings/.test(file))).toEqual([]);
});
