import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureBuilt } from '../../scripts/build.ts';
import { findChromium, launchChromium, openPage, runAxe } from '../../scripts/lib/page-shots.ts';
import { connectTo } from '../support/engine-client.ts';
import { type EngineProcess, startEngineProcess } from '../support/engine-process.ts';

const WIDE = { width: 1280, height: 900, theme: 'light' } as const;
const missing = findChromium() ? '' : ' (skipped: no Chromium here; install the package chromium)';

describe.skipIf(missing !== '')(`living with it, in Chromium${missing}`, { timeout: 120_000 }, () => {
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

  test('a pause by a rule says why and offers to work anyway; a pause until the next start is in the menu', async () => {
    using client = connectTo(engine);
    const page = await openPage(browser, engine.link, WIDE, []);
    await client.until(({ run }) => run.state === 'running');
    await client.api.reportPresence.mutate({ onBattery: true, idleSeconds: 1, locked: false });
    await page.getByRole('heading', { level: 1, name: 'Paused: The computer runs on battery.' }).waitFor({ timeout: 30_000 });
    await client.api.reportPresence.mutate({ onBattery: true, idleSeconds: 1, locked: false });
    await page.getByRole('button', { name: 'Work anyway' }).click();
    await client.until(({ run }) => run.state === 'running');
    await page.getByText('You chose to work anyway until this is over.').waitFor();

    await page.getByRole('button', { name: 'Pause', exact: true }).first().click();
    await page.getByRole('menuitem', { name: 'Until Siphon is started again' }).click();
    const paused = await client.until(({ run }) => run.state === 'paused');
    expect(paused.availability.ownPause?.until).toEqual({ kind: 'restart' });
    await page.getByRole('button', { name: 'Resume' }).click();
    await client.until(({ run }) => run.state === 'running');
    await page.context().close();
  });

  test('a device is switched off and bounded on its card, which says when nothing of Siphon runs on it any more', async () => {
    using client = connectTo(engine);
    const complaints: string[] = [];
    const page = await openPage(browser, `${engine.link}&/hardware`, WIDE, complaints);
    const working = await client.until(
      ({ run, availability }) => run.state === 'running' && availability.devices[0]?.state === 'working',
    );
    const name = working.availability.devices[0]?.name ?? '';
    const field = page.getByLabel(`Streams at once on ${name}`);
    await field.fill('0');
    await page.getByText('A whole number from 1 to 1000').waitFor();
    await field.fill('2');
    await field.press('Enter');
    await client.until(({ availability }) => availability.devices[0]?.sessions === 2);

    // The track is what is seen of the switch.
    const toggle = page.getByRole('switch', { name: `Use ${name}` });
    await toggle.focus();
    await page.keyboard.press('Space');
    await page.getByText('Off: no process of Siphon uses it.').waitFor({ timeout: 60_000 });
    const off = await client.until(({ availability }) => availability.devices[0]?.state === 'off');
    expect(off.availability.devices[0]?.workerPid).toBeNull();
    expect((await runAxe(page)).filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);

    await toggle.focus();
    await page.keyboard.press('Space');
    await client.until(({ run, availability }) => run.state === 'running' && availability.devices[0]?.state === 'working');
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
