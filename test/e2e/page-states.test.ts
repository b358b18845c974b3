import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureBuilt } from '../../scripts/build.ts';
import { findChromium, type Look, launchChromium, openPage, overflowOf, runAxe } from '../../scripts/lib/page-shots.ts';
import { SCENARIOS } from '../support/fake-engine-data.ts';
import { serveFake } from '../support/fake-engine-server.ts';

// States that are rare in real life come from a fake engine behind the real contract and a strict content security policy.
const missing = findChromium() ? '' : ' (skipped: no Chromium here; install the package chromium)';
const WIDE: Look = { width: 1280, height: 900, theme: 'light' };
const NARROW: Look = { width: 360, height: 760, theme: 'dark' };

const HEADINGS: Readonly<Record<(typeof SCENARIOS)[number], RegExp>> = {
  practice: /^Transcoding 1 practice stream on your CPU at 2\.4× real time\.$/,
  siphon: /^Transcoding 3 streams on 3 GPUs/,
  problems: /^Transcoding 3 streams on your RTX 4090/,
  refused: /^Not connected: the orchestrator refused the secret\.$/,
  paused: /^Paused until \d\d:\d\d\.$/,
  empty: /^Waiting for work from the practice orchestrator/,
  starting: /^Starting the engine\.$/,
  burst: /^Transcoding 3 streams/,
  solo: /^Transcoding 3 streams on 3 GPUs/,
  split: /^Orchestrating 7 streams on 2 transcoders\.$/,
  new: /^Transcoding 1 practice stream on your CPU/,
  resting: /^Paused: The computer runs on battery\.$/,
  idle: /^Waiting for a transcoder at orchestrator\.example:8935\.$/,
};

describe.skipIf(missing !== '')(`the page in rare states${missing}`, { timeout: 120_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    await ensureBuilt();
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  test.each(SCENARIOS)('%s: says it in one sentence, fits, and has no accessibility finding', async (scenario) => {
    for (const look of [WIDE, NARROW]) {
      await using server = await serveFake(scenario);
      const complaints: string[] = [];
      const page = await openPage(browser, server.link, look, complaints);
      await page.getByRole('heading', { level: 1, name: HEADINGS[scenario] }).waitFor({ timeout: 20_000 });
      // The charts and the player's panel come after the first paint.
      for (const [fragment, last] of [
        ['#/', 'The last ten minutes'],
        ['#/sessions', 'Side by side'],
      ] as const) {
        await page.evaluate(`location.hash = ${JSON.stringify(fragment)}`);
        await page.getByRole('heading', { name: last }).waitFor({ timeout: 20_000 });
        expect(await overflowOf(page), `${fragment} at ${look.width} px`).toBe(0);
        expect(await runAxe(page), `${fragment} at ${look.width} px`).toEqual([]);
      }
      expect(complaints).toEqual([]);
      await page.context().close();
    }
  });

  test('prices: a mistake is named where it is, and a saved table is shown', async () => {
    await using server = await serveFake('idle');
    const complaints: string[] = [];
    const page = await openPage(browser, `${server.link}&/orchestrator`, NARROW, complaints);
    await page.getByRole('button', { name: 'Change prices' }).click();
    await page.getByLabel('For everyone').fill('1300wei');
    await page.getByRole('button', { name: 'Add a gateway' }).click();
    await page.getByLabel('Gateway’s Ethereum address 1').fill('bob');
    await page.getByLabel('Price 1').fill('900wei');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').getByText('0x and 40 hexadecimal digits').waitFor();
    expect(await overflowOf(page)).toBe(0);
    expect(await runAxe(page)).toEqual([]);
    await page.getByLabel('Gateway’s Ethereum address 1').fill(`0x${'ab'.repeat(20)}`);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('0xabab…abab').waitFor();
    await page.getByText('1300wei').waitFor();
    expect(server.engine.snapshot().orchestrator?.prices.perGateway).toMatchObject([{ text: '900wei' }]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('the orchestrator page is in the navigation only where there is an orchestrator', async () => {
    for (const [scenario, there] of [
      ['solo', 1],
      ['siphon', 0],
    ] as const) {
      await using server = await serveFake(scenario);
      const page = await openPage(browser, server.link, WIDE, []);
      await page.getByRole('link', { name: 'GPUs', exact: true }).first().waitFor();
      expect(await page.getByRole('link', { name: 'Orchestrator' }).count()).toBe(there);
      await page.context().close();
    }
  });

  test('a connection cut twenty times comes back each time, with the newest state', async () => {
    await using server = await serveFake('siphon');
    const page = await openPage(browser, server.link, WIDE, []);
    await page.getByRole('heading', { level: 1, name: HEADINGS.siphon }).waitFor();
    for (let cut = 0; cut < 20; cut += 1) {
      server.cut();
      await page.waitForTimeout(100);
    }
    await server.engine.pause({});
    await page.getByRole('heading', { level: 1, name: 'Paused until you resume.' }).waitFor({ timeout: 20_000 });
    await page.getByText('Lost the connection').waitFor({ state: 'detached', timeout: 20_000 });
    await page.context().close();
  });

  test('a problem that begins shows as a card with its next step, and goes when it ends', async () => {
    await using server = await serveFake('siphon');
    const page = await openPage(browser, server.link, WIDE, []);
    await page.getByRole('heading', { level: 1, name: HEADINGS.siphon }).waitFor();
    const problem = {
      key: 'disk',
      code: 'disk-full',
      severity: 'error',
      title: 'The disk is full',
      text: 'The history cannot be written.',
      nextStep: 'Free some space.',
      sinceMs: Date.now(),
    } as const;
    server.engine.emit({ problems: [problem] });
    const card = page.getByRole('listitem').filter({ hasText: 'The disk is full' });
    await card.waitFor();
    expect(await card.textContent()).toContain('Next step: Free some space.');
    server.engine.emit({ problems: [] });
    await card.waitFor({ state: 'detached' });
    await page.context().close();
  });

  test('a failed segment opens with its reason, by keyboard, and gives the focus back', async () => {
    await using server = await serveFake('problems');
    const page = await openPage(browser, `${server.link}&/sessions`, WIDE, []);
    await page.getByRole('radio', { name: 'Failed' }).press('Space');
    const open = page.getByRole('button', { name: /^Details of segment/ }).first();
    await open.press('Enter');
    const sheet = page.getByRole('dialog');
    await sheet.getByText('Why it failed').waitFor();
    expect(await sheet.textContent()).toContain('media-malformed');
    expect(await runAxe(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
    const focused = () => page.evaluate<string>('document.activeElement.getAttribute("aria-label") ?? ""');
    await expect.poll(focused, { timeout: 10_000 }).toMatch(/^Details of segment/);
    await page.context().close();
  });
});
