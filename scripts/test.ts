// `npm test`: brings what the tests need, builds the page, runs every test; the last line has the true totals.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from './build.ts';
import { findElectron } from './lib/electron.ts';
import { ensureTestTools } from './lib/test-tools.ts';

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: ReadonlyArray<{
    readonly name: string;
    readonly status: string;
    readonly assertionResults: ReadonlyArray<{ readonly status: string; readonly fullName: string }>;
  }>;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const missing = ensureTestTools();
await ensureBuilt();

const folder = mkdtempSync(path.join(tmpdir(), 'siphon-test-'));
const reportFile = path.join(folder, 'report.json');
const run = spawnSync(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reportFile}`,
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
);

let report: Report | undefined;
try {
  report = JSON.parse(readFileSync(reportFile, 'utf8')) as Report;
} catch {
  process.stderr.write('siphon: the test runner left no report\n');
}
rmSync(folder, { recursive: true, force: true });

const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
// A file that fails before its first test counts as one failure, so that the totals never hide it.
const brokenFiles =
  report?.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length ?? 0;
const noReport = report === undefined || (run.status !== 0 && report.numFailedTests + brokenFiles === 0) ? 1 : 0;
const missingInCi = process.env.CI ? missing.length : 0;
const failed = (report?.numFailedTests ?? 0) + brokenFiles + noReport + missingInCi;

const electron = findElectron();
if (electron) process.stdout.write(`Electron of the desktop tests: ${electron.version} (from ${electron.source})\n`);
for (const tool of missing) process.stdout.write(`missing: ${tool}; the tests that need it were skipped\n`);
for (const file of report?.testResults ?? []) {
  for (const test of file.assertionResults) {
    if (test.status === 'failed') process.stdout.write(`failed: ${test.fullName}\n`);
    if (test.status === 'pending' || test.status === 'skipped') process.stdout.write(`skipped: ${test.fullName}\n`);
  }
}
process.stdout.write(`${report?.numPassedTests ?? 0} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = failed === 0 ? 0 : 1;
