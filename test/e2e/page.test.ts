import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureBuilt } from '../../scripts/build.ts';
import { findChromium, launchChromium, openPage, overflowOf, runAxe } from '../../scripts/lib/page-shots.ts';
import { type EngineProcess, startEngineProcess } from '../support/engine-process.ts';

const WIDE = { width: 1280, height: 900, theme: 'light' } as const;
const NARROW = { width: 360, height: 780, theme: 'dark' } as const;
const missing = findChromium() ? '' : ' (skipped: no Chromium here; install the package chromium)';

describe.skipIf(missing !== '')(`the page in Chromium during practice${missing}`, { timeout: 120_000 }, () => {
  let engine: EngineProcess;
  let browser: Browser;

  beforeAll(async () => {
    await ensureBuilt();
    engine = await startEngineProcess({ args: ['--practice'] });
    browser = await launchChromium();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await engine?.[Symbol.asyncDispose]();
  });

  async function open(look: typeof WIDE | typeof NARROW, hash = ''): Promise<{ page: Page; complaints: string[] }> {
    const complaints: string[] = [];
    const page = await openPage(browser, `${engine.link}${hash}`, look, complaints);
    await page.waitForSelector('main h1');
    return { page, complaints };
  }

  test('shows live work, a segment with its hops, and keeps the token out of the address bar', async () => {
    const { page, complaints } = await open(WIDE);
    await page.getByRole('heading', { level: 1, name: /practice stream/ }).waitFor({ timeout: 60_000 });
    const status = await page.locator('h1').textContent();
    await page.getByRole('navigation').getByRole('link', { name: 'Sessions' }).click();
    await page.locator('tbody tr').nth(1).waitFor({ timeout: 60_000 });
    expect(page.url()).not.toContain('token');
    expect(status?.replace(/\s+/g, ' ')).toMatch(/Transcoding 1 practice stream on your CPU/);
    for (const hop of ['Download', 'Transcode', 'Upload'])
      expect(await page.getByText(hop, { exact: true }).count()).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('plays the source and its renditions side by side', async () => {
    const { page, complaints } = await open(WIDE, '&/sessions');
    await page.getByRole('button', { name: 'Watch' }).click({ timeout: 60_000 });
    // Evaluated from outside and polled here: the page's own policy forbids what waitForFunction does.
    const playing = '[...document.querySelectorAll("video")].filter((video) => video.currentTime > 0.5 && !video.paused).length';
    await expect.poll(() => page.evaluate(playing), { timeout: 60_000 }).toBe(3);
    const sizes = await page.evaluate(
      '[...document.querySelectorAll("video")].map((video) => [video.videoWidth, video.videoHeight])',
    );
    expect(sizes).toEqual([
      [1280, 720],
      [426, 240],
      [640, 360],
    ]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('pauses after the running segment and resumes', async () => {
    const { page } = await open(WIDE);
    await page.getByRole('heading', { level: 1, name: /practice stream/ }).waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Pause', exact: true }).first().click();
    const item = page.getByRole('menuitem', { name: 'Until I resume' });
    await item.click({ timeout: 10_000 });
    await page.getByRole('heading', { level: 1, name: /Paused/ }).waitFor({ timeout: 30_000 });
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('heading', { level: 1, name: /practice stream/ }).waitFor({ timeout: 30_000 });
    await page.context().close();
  });

  test('every page of the navigation opens by keyboard, fits 360 px and has no serious accessibility finding', async () => {
    for (const look of [WIDE, NARROW]) {
      const { page, complaints } = await open(look);
      for (const name of ['GPUs', 'Sessions', 'History', 'Logs', 'Settings', 'About', 'Home']) {
        const pages = page.getByRole('navigation');
        const link = pages.getByRole('link', { name, exact: true });
        // In a narrow window the later pages are behind "More".
        if ((await link.count()) === 0) {
          await pages.getByRole('button', { name: /^More/ }).press('Enter');
          await page.getByRole('menuitem', { name, exact: true }).press('Enter');
        } else await link.press('Enter');
        await expect.poll(() => page.title()).toMatch(new RegExp(`^${name}`));
        await page.waitForTimeout(500);
        expect(await overflowOf(page), `${name} at ${look.width} px`).toBe(0);
        const findings = (await runAxe(page)).filter(({ impact }) => impact === 'serious' || impact === 'critical');
        expect(findings, `${name} at ${look.width} px, ${look.theme}`).toEqual([]);
      }
      expect(complaints).toEqual([]);
      await page.context().close();
    }
  });

  test('a wrong token is explained, and nothing of the engine is shown', async () => {
    const page = await openPage(browser, `${engine.address}/#token=wrong`, WIDE, []);
    await page
      .getByText(/token|link/i)
      .first()
      .waitFor({ timeout: 15_000 });
    expect(await page.locator('tbody tr').count()).toBe(0);
    await page.context().close();
  });
});
