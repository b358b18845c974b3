import { readFileSync } from 'node:fs';
import { unzipSync } from 'fflate';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureBuilt } from '../../scripts/build.ts';
import { findChromium, launchChromium, openPage, overflowOf, runAxe } from '../../scripts/lib/page-shots.ts';
import { connectTo } from '../support/engine-client.ts';
import { type EngineProcess, startEngineProcess } from '../support/engine-process.ts';

const WIDE = { width: 1280, height: 900, theme: 'light' } as const;
const NARROW = { width: 360, height: 760, theme: 'dark' } as const;
const missing = findChromium() ? '' : ' (skipped: no Chromium here; install the package chromium)';

describe.skipIf(missing !== '')(`repair, in Chromium${missing}`, { timeout: 120_000 }, () => {
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

  test('every check is run and read, and the bundle is looked at, thinned and kept', async () => {
    const complaints: string[] = [];
    const page = await openPage(browser, `${engine.link}&/repair`, WIDE, complaints);
    await page.getByRole('button', { name: 'Check now' }).click();
    await page.getByRole('heading', { name: /^Settings ?: fine$/ }).waitFor({ timeout: 60_000 });

    await page.getByRole('button', { name: 'Gather it' }).click();
    await page.getByRole('button', { name: /^settings\.json/ }).click({ timeout: 60_000 });
    await page.getByLabel('Contents of settings.json').getByText('"deploymentType": "practice"').waitFor();
    await page.getByText('log.txt').locator('xpath=ancestor::li').locator('label').click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Keep the archive…' }).click(),
    ]);
    const names = Object.keys(unzipSync(readFileSync(await download.path())));
    expect(names.some((name) => name.endsWith('/settings.json'))).toBe(true);
    expect(names.some((name) => name.endsWith('/log.txt'))).toBe(false);
    expect(await runAxe(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('a problem is mended by the button on its card', async () => {
    using client = connectTo(engine);
    // Without a GPU the hardware's verdict stands, and can be made again.
    const before = await client.until(({ problems }) => problems.some(({ fixes }) => fixes !== undefined));
    const page = await openPage(browser, `${engine.link}&/repair`, NARROW, []);
    const problem = before.problems.find(({ fixes }) => fixes !== undefined);
    await page.getByRole('button', { name: problem?.fixes?.[0]?.label ?? '' }).click();
    await page.getByText(/Looked again/).waitFor({ timeout: 60_000 });
    expect(await runAxe(page)).toEqual([]);
    expect(await overflowOf(page)).toBe(0);
    await page.context().close();
  });
});
