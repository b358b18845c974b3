// `npm run screenshots`: every page of a real engine at practice, light and dark, wide and narrow, into docs/screenshots.
// Fails when a page breaks the content security policy, is wider than its window, or axe-core finds a serious violation.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { ensureBuilt } from './build.ts';
import { growToContent, type Look, launchChromium, openPage, overflowOf, runAxe } from './lib/page-shots.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = path.join(root, 'docs', 'screenshots');

/** Pages of the navigation, by the name in their address. */
const PAGES = ['live', 'hardware', 'history', 'logs', 'about'] as const;

const LOOKS: readonly Look[] = [
  { width: 1280, height: 900, theme: 'light' },
  { width: 1280, height: 900, theme: 'dark' },
  { width: 420, height: 860, theme: 'light' },
  { width: 420, height: 860, theme: 'dark' },
];

/** How long the engine may take to be up and to have work, milliseconds. */
const UP_MS = 60_000;
/** Segments seen before the pictures are taken. */
const ENOUGH_ROWS = 12;

await ensureBuilt();
mkdirSync(folder, { recursive: true });
const dataDir = mkdtempSync(path.join(tmpdir(), 'siphon-shots-'));
const engine = spawn(
  process.execPath,
  ['engine/cli/main.ts', 'run', '--practice', '--port', '0', '--data-dir', dataDir, '--quiet'],
  {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  },
);
const ended = new Promise<void>((resolve) => engine.once('exit', () => resolve()));
let failures = 0;
let browser: Browser | undefined;
try {
  const link = await linkOf(dataDir);
  browser = await launchChromium();
  await waitForWork(browser, link);
  for (const page of PAGES) for (const look of LOOKS) failures += await shoot(browser, link, page, look);
  failures += await shootPlayer(browser, link);
} finally {
  await browser?.close();
  engine.kill('SIGTERM');
  const stubborn = setTimeout(() => engine.kill('SIGKILL'), 20_000);
  await ended;
  clearTimeout(stubborn);
  rmSync(dataDir, { recursive: true, force: true });
}
process.exitCode = failures === 0 ? 0 : 1;

/** The page's link, once the engine has written where it listens. */
async function linkOf(dir: string): Promise<string> {
  const deadline = Date.now() + UP_MS;
  while (Date.now() < deadline) {
    try {
      const { address } = JSON.parse(readFileSync(path.join(dir, 'engine.json'), 'utf8')) as { address?: string };
      // The file is there from the start on; the address only once the server listens.
      if (address) return `${address}/#token=${readFileSync(path.join(dir, 'api-token'), 'utf8').trim()}`;
    } catch {
      // Not there yet, or half written.
    }
    await sleep(200);
  }
  throw new Error('The engine did not start in time.');
}

async function waitForWork(from: Browser, link: string): Promise<void> {
  const page = await openPage(from, link, { width: 1280, height: 900, theme: 'light' }, []);
  await page
    .locator('tbody tr')
    .nth(ENOUGH_ROWS - 1)
    .waitFor({ timeout: UP_MS });
  await page.context().close();
}

async function shoot(from: Browser, link: string, name: string, look: Look): Promise<number> {
  const complaints: string[] = [];
  const page = await openPage(from, `${link}&/${name}`, look, complaints);
  await page.waitForSelector('main h1');
  // Lazy parts, first readings and one more segment.
  await sleep(2_500);
  return finish(page, `${name}-${look.width}-${look.theme}.png`, complaints);
}

async function shootPlayer(from: Browser, link: string): Promise<number> {
  const complaints: string[] = [];
  const page = await openPage(from, link, { width: 1280, height: 900, theme: 'dark' }, complaints);
  await page.getByRole('button', { name: 'Watch' }).click();
  await page.getByText('In step').waitFor({ timeout: 30_000 });
  await page.getByText('In step').scrollIntoViewIfNeeded();
  await sleep(1_000);
  return finish(page, 'player-1280-dark.png', complaints, false);
}

async function finish(page: Page, file: string, complaints: readonly string[], whole = true): Promise<number> {
  const wrong = [...complaints];
  const overflow = await overflowOf(page);
  if (overflow > 0) wrong.push(`wider than the window by ${overflow} px`);
  for (const { id, impact, help, targets } of await runAxe(page))
    if (impact === 'serious' || impact === 'critical') wrong.push(`axe ${id}: ${help} at ${targets.join(' | ')}`);
  if (whole) await growToContent(page);
  await page.screenshot({ path: path.join(folder, file) });
  await page.context().close();
  process.stdout.write(
    `${wrong.length === 0 ? 'ok  ' : 'FAIL'}  docs/screenshots/${file}\n${wrong.map((text) => `      ${text}\n`).join('')}`,
  );
  return wrong.length;
}
