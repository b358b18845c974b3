import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { SupervisedEventSchema } from '../../engine/api/supervision.ts';
import { launchChromium, openPage } from '../lib/page-shots.ts';
import { type Figure, measureFrames } from './figures.ts';

const BUSY_ENGINE = fileURLToPath(new URL('busy-engine.ts', import.meta.url));
const LOOK = { width: 1280, height: 860, theme: 'light' } as const;

/** Frames of the pages that show segments, in Chromium with 500 segment events a second. */
export async function measureChromiumFrames(seconds: number): Promise<Figure[]> {
  // A process of its own: what makes the events must not share a thread with what counts the frames.
  const engine = spawn(process.execPath, [BUSY_ENGINE], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const [line] = await once(createInterface({ input: engine.stdout }), 'line', { signal: AbortSignal.timeout(30_000) });
    const ready = SupervisedEventSchema.parse(JSON.parse(String(line)));
    if (ready.event !== 'ready') throw new Error('the engine that stands in did not start');
    await using browser = await launchChromium();
    const page = await openPage(browser, `${ready.address}/#token=${ready.token}`, LOOK, []);
    await page.waitForSelector('h1');
    const figures = [];
    for (const shown of ['home', 'sessions']) figures.push(await measureFrames('Chromium, 500 events/s', page, shown, seconds));
    return figures;
  } finally {
    engine.kill();
  }
}
