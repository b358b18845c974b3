import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { cpuMsOf, rssOf } from '../bench/process-usage.ts';
import { median } from '../bench/stats.ts';
import type { CdpTarget } from './cdp.ts';
import { type MeasuredApp, type StartParameters, startMeasured } from './measured-app.ts';

/** One thing that was measured. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: 'ms' | 'fps' | '%' | 'MB' | 'kB';
  /** What it must stay below, or for frames above; absent = told for comparison. */
  readonly limit?: number;
  /** How it came about. */
  readonly note?: string;
}

/** Whether a figure keeps its limit; undefined when it has none. */
export function isMet({ value, unit, limit }: Figure): boolean | undefined {
  if (limit === undefined) return undefined;
  return unit === 'fps' ? value >= limit : value < limit;
}

const LIMITS = { windowMs: 1_500, liveMs: 3_000, fps: 50, idleCpu: 1, rssMb: 350 };

/** Events a second that the page must stand. */
const BUSY = { perSecond: 500, everyMs: 50 };

/** Time from the start of the process to a visible window and to the engine's first snapshot on the page, over some starts. */
export async function measureStart(name: string, parameters: StartParameters, starts: number): Promise<Figure[]> {
  const windows: number[] = [];
  const lives: number[] = [];
  // One more: the first start makes folders and caches, and is told apart.
  for (let index = 0; index <= starts; index += 1) {
    await using app = await startMeasured(parameters);
    const shown = await app.logged('window shown');
    windows.push(Date.parse(String(shown.time)) - app.startedAtMs);
    lives.push((await liveAtMs(app.page)) - app.startedAtMs);
  }
  const note = `median of ${starts} starts; the very first took`;
  return [
    { name: `${name}: window visible`, ...startFigure(windows, note), limit: LIMITS.windowMs },
    { name: `${name}: live data`, ...startFigure(lives, note), limit: LIMITS.liveMs },
  ];
}

function startFigure([first = Number.NaN, ...others]: readonly number[], note: string) {
  return { value: median(others), unit: 'ms', note: `${note} ${Math.round(first)} ms` } as const;
}

async function liveAtMs(page: CdpTarget): Promise<number> {
  const mark = 'performance.getEntriesByName("siphon-live")[0]';
  for (const limit = Date.now() + 60_000; Date.now() < limit; await sleep(30)) {
    // Right after the start there is no document yet to evaluate in.
    const at = await page.evaluate<number>(`${mark} ? performance.timeOrigin + ${mark}.startTime : 0`).catch(() => 0);
    if (at > 0) return at;
  }
  throw new Error('the page never had live data');
}

/** What runs an expression in a page. */
type Evaluates = Pick<CdpTarget, 'evaluate'>;

/** Frames a second of a page (by its name in the address) while it is shown, over `seconds`. */
export async function measureFrames(name: string, page: Evaluates, shown: string, seconds: number): Promise<Figure> {
  await page.evaluate(`location.hash = '#/${shown}'`);
  // The page comes, and its charts; what is measured is how it goes on.
  await sleep(3_000);
  const times = await page.evaluate<number[]>(`new Promise((resolve) => {
    const times = [];
    const frame = (at) => {
      times.push(at);
      if (at - times[0] < ${seconds * 1000}) requestAnimationFrame(frame);
      else resolve(times);
    };
    requestAnimationFrame(frame);
  })`);
  const gaps = times.slice(1).map((at, index) => at - (times[index] ?? at));
  const worst = Math.round(Math.max(...gaps));
  const value = (1000 * gaps.length) / gaps.reduce((sum, gap) => sum + gap, 0);
  return { name: `${name}: ${shown} page`, value, unit: 'fps', limit: LIMITS.fps, note: `longest frame ${worst} ms` };
}

/** Frames of the pages that show segments, in the app with 500 segment events a second. */
export async function measureAppFrames(parameters: StartParameters, seconds: number): Promise<Figure[]> {
  await using app = await startMeasured({ ...parameters, busy: BUSY });
  await liveAtMs(app.page);
  const figures = [];
  for (const shown of ['home', 'sessions']) figures.push(await measureFrames('app, 500 events/s', app.page, shown, seconds));
  return figures;
}

/** CPU time of main and page while the window is hidden, the engine has nothing to do, and sensors are read once a second. */
export async function measureIdle(parameters: StartParameters, seconds: number): Promise<Figure> {
  await using app = await startMeasured({ ...parameters, busy: { perSecond: 0 } });
  await liveAtMs(app.page);
  await (await app.main()).evaluate(`process.mainModule.require('electron').BrowserWindow.getAllWindows()[0].hide()`);
  await sleep(5_000);
  const before = both(app, cpuMsOf);
  const beforeMs = performance.now();
  await sleep(seconds * 1000);
  const spentMs = performance.now() - beforeMs;
  const after = both(app, cpuMsOf);
  const share = (part: 'main' | 'page') => (100 * (after[part] - before[part])) / spentMs;
  const note = `main ${share('main').toFixed(2)} %, page ${share('page').toFixed(2)} %; over ${seconds} s`;
  return { name: 'app, window hidden, idle: CPU', value: share('main') + share('page'), unit: '%', limit: LIMITS.idleCpu, note };
}

/** An hour of nine streams: how many events, how many updates they come in, how many events a second that is. */
const HOUR = { events: 9 * 0.5 * 4 * 3600, updates: 3600 * 10, perSecond: 9 * 0.5 * 4 };
/** At the hour's own pace before memory is read, seconds: at a hundred times that pace there is garbage that no hour has. */
const SETTLE_SECONDS = 15;

/**
 * Memory after an hour's events, which come within `seconds`, and some more at their own pace; and what of the two heaps is left
 * after collecting garbage.
 */
export async function measureMemory(parameters: StartParameters, seconds: number): Promise<Figure[]> {
  const everyMs = Math.max(1, (1000 * seconds) / HOUR.updates);
  const busy = { perSecond: HOUR.events / seconds, everyMs, limit: HOUR.events, after: HOUR.perSecond };
  await using app = await startMeasured({ ...parameters, busy });
  await liveAtMs(app.page);
  await app.page.evaluate(`location.hash = '#/sessions'`);
  const main = await app.main();
  await sleep(5_000);
  const heapBefore = (await heapBytes(app.page)) + (await heapBytes(main));
  await sleep((seconds + SETTLE_SECONDS) * 1000);
  const rss = both(app, rssOf);
  const pss = both(app, pssOf);
  const drivers = softwareGlBytes(app.pids.main);
  const heapAfter = (await heapBytes(app.page)) + (await heapBytes(main));
  const mb = (bytes: number) => bytes / 1e6;
  const note = `main ${mb(rss.main).toFixed(0)} MB, page ${mb(rss.page).toFixed(0)} MB; ${HOUR.events} events in ${seconds} s, then ${SETTLE_SECONDS} s at their own pace`;
  return [
    { name: 'app, an hour of events: memory', value: mb(rss.main + rss.page), unit: 'MB', limit: LIMITS.rssMb, note },
    {
      name: 'the same, shared pages counted once',
      value: mb(pss.main + pss.page),
      unit: 'MB',
      note: `of the former, Mesa's software renderer: ${mb(drivers).toFixed(0)} MB`,
    },
    {
      name: 'app, an hour of events: heap growth',
      value: mb(heapAfter - heapBefore),
      unit: 'MB',
      limit: 10,
      note: `both heaps after collecting garbage: ${mb(heapBefore).toFixed(1)} MB, then ${mb(heapAfter).toFixed(1)} MB`,
    },
  ];
}

async function heapBytes(target: CdpTarget): Promise<number> {
  await target.call('HeapProfiler.enable');
  await target.call('HeapProfiler.collectGarbage');
  const { usedSize } = (await target.call('Runtime.getHeapUsage')) as { usedSize: number };
  await target.call('HeapProfiler.disable');
  return usedSize;
}

/** Proportional set size of a process (proc(5), smaps_rollup), bytes. */
function pssOf(pid: number): number {
  return 1024 * Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? Number.NaN);
}

/** What a process has in memory of the OpenGL renderer that a machine without a GPU loads in a driver's place, bytes. */
function softwareGlBytes(pid: number): number {
  let within = false;
  let bytes = 0;
  for (const line of readFileSync(`/proc/${pid}/smaps`, 'utf8').split('\n')) {
    if (/^[0-9a-f]+-/.test(line)) within = /libLLVM|swrast_dri|libgallium/.test(line);
    else if (within) bytes += 1024 * Number(/^Rss:\s+(\d+) kB/.exec(line)?.[1] ?? 0);
  }
  return bytes;
}

function both({ pids }: MeasuredApp, of: (pid: number) => number): { readonly main: number; readonly page: number } {
  return { main: of(pids.main), page: of(pids.page) };
}

/** Files that the browser loads before the page can be drawn: those that index.html names. */
export function firstLoadFiles(renderer: string): readonly string[] {
  const html = readFileSync(path.join(renderer, 'index.html'), 'utf8');
  const named = [...html.matchAll(/(?:src|href)="\.\/([^"]+\.(?:js|css))"/g)].map((match) => match[1] ?? '');
  return ['index.html', ...new Set(named)];
}

/** Bytes of files of the built page, each compressed as a server would (gzip). */
export function gzipBytes(renderer: string, files: readonly string[]): number {
  return files.reduce((sum, file) => sum + gzipSync(readFileSync(path.join(renderer, file))).length, 0);
}
