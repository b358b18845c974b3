import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import process from 'node:process';
import { type Browser, chromium, type Page } from 'playwright-core';

/** How a page is looked at. */
export interface Look {
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly theme: 'light' | 'dark';
}

/** A finding of axe-core. */
export interface AxeFinding {
  readonly id: string;
  readonly impact: string;
  readonly help: string;
  readonly targets: readonly string[];
}

/** Browsers looked for when `SIPHON_CHROMIUM` names none. */
const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Path of a Chromium on this machine; undefined when there is none. */
export function findChromium(): string | undefined {
  return [process.env.SIPHON_CHROMIUM, ...BROWSERS].find((file) => file !== undefined && existsSync(file));
}

/** Starts Chromium without a screen. Throws when this machine has none. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (!executablePath) throw new Error('No Chromium found. Install it, or set SIPHON_CHROMIUM to its path.');
  return chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** Opens the page at a link in a fresh context; console errors and policy violations are collected into `complaints`. */
export async function openPage(browser: Browser, link: string, look: Look, complaints: string[]): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: look.width, height: look.height },
    colorScheme: look.theme,
    locale: 'en-GB',
  });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(link);
  return page;
}

/** Runs axe-core on what the page shows: WCAG 2.2 A and AA. */
export async function runAxe(page: Page): Promise<readonly AxeFinding[]> {
  const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  // Evaluated, not added as a script element: the page's content security policy stays in force.
  await page.evaluate(source);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(
          options: unknown,
        ): Promise<{ violations: Array<{ id: string; impact: string; help: string; nodes: Array<{ target: string[] }> }> }>;
      };
    };
    const { violations } = await axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
    return violations.map(({ id, impact, help, nodes }) => ({
      id,
      impact,
      help,
      targets: nodes.slice(0, 5).map((node) => node.target.join(' ')),
    }));
  });
}

/** Widest thing that reaches beyond the window, CSS pixels; 0 = nothing does. */
export async function overflowOf(page: Page): Promise<number> {
  return page.evaluate('Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)');
}

/** Makes the window as tall as what it shows, so that one picture holds the page and no bar is in its middle. */
export async function growToContent(page: Page): Promise<void> {
  const height = await page.evaluate<number>(
    'document.documentElement.scrollHeight + [...document.querySelectorAll("main")].reduce((sum, main) => sum + main.scrollHeight - main.clientHeight, 0)',
  );
  const width = page.viewportSize()?.width ?? 1280;
  await page.setViewportSize({ width, height: Math.min(height, 6_000) });
  await page.waitForTimeout(300);
}
