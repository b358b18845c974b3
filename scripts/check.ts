// `npm run check`: types per process, lint and format, unused code, import directions. Every step runs, then one verdict.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const steps: ReadonlyArray<readonly [string, readonly string[]]> = [
  ['types: contract', ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.api.json']],
  ['types: engine, scripts, tests', ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.engine.json']],
  ['types: renderer', ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.renderer.json']],
  ['types: desktop', ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.main.json']],
  ['lint and format', ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.']],
  ['licences listed', ['scripts/licenses.ts', '--check']],
  ['unused code', ['node_modules/knip/bin/knip.js']],
  ['import directions, docblocks', ['node_modules/vitest/vitest.mjs', 'run', 'test/arch', '--reporter=dot']],
];

let failed = 0;
for (const [title, command] of steps) {
  const run = spawnSync(process.execPath, [...command], { cwd: root, encoding: 'utf8' });
  const ok = run.status === 0;
  process.stdout.write(`${ok ? 'ok  ' : 'FAIL'}  ${title}\n`);
  if (!ok) {
    failed += 1;
    process.stdout.write(`${run.stdout}${run.stderr}\n`);
  }
}
process.exit(failed === 0 ? 0 : 1);
