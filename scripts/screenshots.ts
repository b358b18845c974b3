// `npm run screenshots [page …]`: every page of a real engine at practice, and the orchestrator page of one that is an orchestrator
// and is sent streams by a gateway; light and dark, wide and narrow, into docs/screenshots.
// Fails when a page breaks the content security policy, is wider than its window, or axe-core finds a serious violation.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { SETUP_STEPS } from '../engine/api/setup.ts';
import { PracticeGateway } from '../engine/practice/gateway.ts';
import { GatewayClient } from '../engine/practice/gateway-client.ts';
import { clipSource } from '../engine/practice/media-source.ts';
import { OrchestratorAddressSchema } from '../engine/wire/address.ts';
import { PRESETS } from '../engine/wire/presets.ts';
import { ensureBuilt } from './build.ts';
import { growToContent, type Look, launchChromium, openPage, overflowOf, runAxe } from './lib/page-shots.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = path.join(root, 'docs', 'screenshots');

/** Pages that the practice engine shows, by the name in their address. */
const PAGES = ['home', 'hardware', 'sessions', 'fleet', 'history', 'logs', 'repair', 'settings', 'join', 'about'] as const;

const LOOKS: readonly Look[] = [
  { width: 1280, height: 900, theme: 'light' },
  { width: 1280, height: 900, theme: 'dark' },
  { width: 420, height: 860, theme: 'light' },
  { width: 420, height: 860, theme: 'dark' },
];

/** How long the engine may take to be up and to have work, milliseconds. */
const UP_MS = 120_000;
/** Segments seen before the pictures are taken. */
const ENOUGH_ROWS = 12;

const wanted = process.argv.slice(2);
const isWanted = (page: string) => wanted.length === 0 || wanted.includes(page);

await ensureBuilt();
mkdirSync(folder, { recursive: true });
let failures = 0;
const browser = await launchChromium();
try {
  const pages = PAGES.filter(isWanted);
  if (pages.length > 0 || isWanted('player')) {
    await withEngine(['--practice'], async (link) => {
      await waitForWork(browser, link);
      for (const page of pages) for (const look of LOOKS) failures += await shoot(browser, link, page, look);
      if (isWanted('player')) failures += await shootPlayer(browser, link);
    });
  }
  if (isWanted('welcome')) await withEngine(['--practice-first'], shootWelcome);
  if (isWanted('orchestrator')) failures += await shootOrchestrator();
} finally {
  await browser.close();
}
process.exitCode = failures === 0 ? 0 : 1;

/** Runs an engine on a data folder of its own as long as `use` takes. */
async function withEngine(args: readonly string[], use: (link: string) => Promise<void>, port = 0): Promise<void> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'siphon-shots-'));
  const engine = spawn(
    process.execPath,
    ['engine/cli/main.ts', 'run', ...args, '--port', '0', '--data-dir', dataDir, '--quiet'],
    { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, SIPHON_ORCHESTRATOR_PORT: String(port) } },
  );
  const ended = new Promise<void>((resolve) => engine.once('exit', () => resolve()));
  try {
    await use(await linkOf(dataDir));
  } finally {
    engine.kill('SIGTERM');
    const stubborn = setTimeout(() => engine.kill('SIGKILL'), 20_000);
    await ended;
    clearTimeout(stubborn);
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** The first run, step by step; the machine is measured for its second one. */
async function shootWelcome(link: string): Promise<void> {
  for (const step of SETUP_STEPS) {
    for (const look of LOOKS) failures += await shoot(browser, link, 'welcome', look, `welcome-${step}`);
    if (step === 'choice') return;
    const page = await openPage(browser, `${link}&/welcome`, { width: 1280, height: 900, theme: 'light' }, []);
    await page.getByRole('button', { name: 'Next' }).click();
    if (step === 'machine') {
      await page.getByRole('button', { name: 'Measure now' }).click();
      await page.getByText(/at once in real time/).waitFor({ timeout: UP_MS });
    }
    await page.context().close();
  }
}

/** The orchestrator page: idle with its checklist, then with a gateway's streams on this machine's transcoder. */
async function shootOrchestrator(): Promise<number> {
  let wrong = 0;
  const port = await freePort();
  const serviceUri = `https://127.0.0.1:${port}`;
  const args = ['--deployment-type', 'solo', '--capacity', '3', '--price', '1200wei', '--service-uri', serviceUri];
  const look = async (link: string): Promise<void> => {
    wrong += await shoot(browser, link, 'orchestrator', { width: 1280, height: 900, theme: 'light' }, 'orchestrator-idle');
    const stop = new AbortController();
    await using client = new GatewayClient({ address: OrchestratorAddressSchema.parse(serviceUri) });
    const source = await clipSource({ width: 640, height: 360, fps: 30, seconds: 8, segmentSeconds: 2 }, stop.signal);
    const profiles = ['P240p30fps16x9', 'P144p30fps16x9'].flatMap((name) => PRESETS.get(name) ?? []);
    await using gateway = new PracticeGateway({ port: client, source, profiles, sessions: 2, pace: 'real-time' });
    const playing = gateway.run();
    playing.catch(() => {});
    for (const end = Date.now() + UP_MS; gateway.counts.succeeded < ENOUGH_ROWS; await sleep(200))
      if (Date.now() > end) throw new Error('The orchestrator delivered too little in time.');
    for (const each of LOOKS) wrong += await shoot(browser, link, 'orchestrator', each);
  };
  await withEngine(args, look, port);
  return wrong;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<unknown>((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

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
  const page = await openPage(from, `${link}&/sessions`, { width: 1280, height: 900, theme: 'light' }, []);
  await page
    .locator('tbody tr')
    .nth(ENOUGH_ROWS - 1)
    .waitFor({ timeout: UP_MS });
  await page.context().close();
}

async function shoot(from: Browser, link: string, name: string, look: Look, file = name): Promise<number> {
  const complaints: string[] = [];
  const page = await openPage(from, `${link}&/${name}`, look, complaints);
  await page.waitForSelector('main h1');
  // Lazy parts, first readings and one more segment.
  await sleep(2_500);
  return finish(page, `${file}-${look.width}-${look.theme}.png`, complaints);
}

async function shootPlayer(from: Browser, link: string): Promise<number> {
  const complaints: string[] = [];
  const page = await openPage(from, `${link}&/sessions`, { width: 1280, height: 900, theme: 'dark' }, complaints);
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
