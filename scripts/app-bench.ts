// `npm run app-bench`: how fast and how small the app is. Starts the real app in a real Electron (and the page in Chromium), with
// the real engine for the times of a start and with one that stands in for 500 segment events a second; prints each figure beside
// its limit. Figures of a machine that is busy with something else say little: the load is told with them.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startScreen } from '../test/support/desktop-app.ts';
import { measureChromiumFrames } from './app-bench/chromium.ts';
import {
  type Figure,
  firstLoadFiles,
  gzipBytes,
  measureAppFrames,
  measureIdle,
  measureMemory,
  measureStart,
} from './app-bench/figures.ts';
import { figureTable, loadText } from './app-bench/report.ts';
import { ensureBuilt } from './build.ts';
import { findElectron, hasScreen } from './lib/electron.ts';
import { findChromium } from './lib/page-shots.ts';
import { type SizeReport, sizeTable } from './package/sizes.ts';

const HELP = `npm run app-bench -- [options]
  --json               JSON on stdout
  --starts 3           starts of each kind
  --seconds 8          length of each measurement of frames
  --only start,frames  parts: start, packaged, frames, idle, memory, size
`;

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    starts: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '8' },
    only: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

/** Seconds that CPU time is measured over, and that an hour of events takes. */
const IDLE_SECONDS = 20;
const HOUR_SECONDS = 45;
/** Of the page's first load, compressed. */
const FIRST_LOAD_LIMIT_KB = 350;

const root = fileURLToPath(new URL('..', import.meta.url));
const packaged = path.join(root, 'dist', 'package');
const starts = Number(values.starts);
const seconds = Number(values.seconds);
const parts = values.only?.split(',');
const figures: Figure[] = [];
const left: string[] = [];

const built = await ensureBuilt();
const electron = findElectron();
const loads = [loadavg()[0] ?? 0];

await part('size', async () => {
  const files = firstLoadFiles(built.folder);
  const note = `${files.length} files that index.html names, gzip`;
  return [
    { name: 'page: first load', value: gzipBytes(built.folder, files) / 1000, unit: 'kB', limit: FIRST_LOAD_LIMIT_KB, note },
  ];
});
if (findChromium() === undefined) left.push('frames in Chromium: there is none here');
else await part('frames', () => measureChromiumFrames(seconds));
if (electron === undefined) left.push('everything in Electron: there is none here (npm start or npm test would fetch it)');
else {
  await using screen = hasScreen() && process.platform !== 'linux' ? undefined : await startScreen();
  const display = screen?.display ?? process.env.DISPLAY ?? '';
  const app = { program: electron.program, folder: built.desktop, display };
  await part('start', () => inFolder((dataDir) => measureStart('app', { ...app, dataDir }, starts)));
  await part('frames', () => inFolder((dataDir) => measureAppFrames({ ...app, dataDir }, seconds)));
  await part('idle', () => inFolder(async (dataDir) => [await measureIdle({ ...app, dataDir }, IDLE_SECONDS)]));
  await part('memory', () => inFolder((dataDir) => measureMemory({ ...app, dataDir }, HOUR_SECONDS)));
  if (sizes() === undefined) left.push('the packaged app: npm run package makes it');
  else {
    const program = path.join(packaged, 'out', 'linux-unpacked', 'siphon');
    await part('packaged', () => inFolder((dataDir) => measureStart('packaged app', { program, display, dataDir }, starts)));
  }
}
loads.push(loadavg()[0] ?? 0);

const report = {
  machine: { cpu: cpus()[0]?.model ?? '', cores: cpus().length, loads },
  electron: electron?.version,
  figures,
  packagedSizes: sizes(),
  left,
};
if (values.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
else {
  const { packagedSizes } = report;
  process.stdout.write(`\n${figureTable(figures)}\n\n${loadText(report.machine)}\n`);
  if (electron) process.stdout.write(`Electron ${electron.version}. Without a GPU, Chromium paints in software.\n`);
  if (packagedSizes) process.stdout.write(`\nThe packaged app:\n${sizeTable(packagedSizes)}\n`);
  for (const text of left) process.stdout.write(`not measured: ${text}\n`);
}

async function part(name: string, measure: () => Promise<readonly Figure[]>): Promise<void> {
  if (parts && !parts.includes(name)) return;
  process.stderr.write(`app-bench: ${name} …\n`);
  try {
    figures.push(...(await measure()));
  } catch (error) {
    left.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Runs with a fresh data folder that goes afterwards. */
async function inFolder<T>(run: (dataDir: string) => Promise<T>): Promise<T> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'siphon-app-bench-'));
  try {
    return await run(dataDir);
  } finally {
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

function sizes(): SizeReport | undefined {
  try {
    return JSON.parse(readFileSync(path.join(packaged, 'sizes.json'), 'utf8')) as SizeReport;
  } catch {
    return undefined;
  }
}
