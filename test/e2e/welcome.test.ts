import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DesktopSettingsSchema, type DesktopState } from '../../engine/api/desktop.ts';
import { ensureBuilt } from '../../scripts/build.ts';
import { findChromium, type Look, launchChromium, openPage, overflowOf, runAxe } from '../../scripts/lib/page-shots.ts';
import { connectTo } from '../support/engine-client.ts';
import { startEngineProcess } from '../support/engine-process.ts';
import { serveFake } from '../support/fake-engine-server.ts';

const missing = findChromium() ? '' : ' (skipped: no Chromium here; install the package chromium)';
const WIDE: Look = { width: 1280, height: 900, theme: 'light' };
const NARROW: Look = { width: 360, height: 760, theme: 'dark' };

const priceField = (page: Page, name: string) => page.getByRole('textbox', { name: `Price ${name}`, exact: true });
const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name });

describe.skipIf(missing !== '')(`the first run in Chromium${missing}`, { timeout: 180_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    await ensureBuilt();
    browser = await launchChromium();
  }, 120_000);
  afterAll(() => browser?.close());

  test('real engine: machine, measurement, practice chosen, live work on Home; left and come back to in another window', async () => {
    const dataDir = mkdtempSync(path.join(tmpdir(), 'siphon-welcome-'));
    try {
      const complaints: string[] = [];
      {
        await using engine = await startEngineProcess({ args: ['--practice-first'], dataDir });
        const page = await openPage(browser, engine.link, WIDE, complaints);
        // In a browser it is an invitation; the home page is there beside it.
        await page.getByRole('button', { name: 'Start', exact: true }).click({ timeout: 30_000 });
        await heading(page, 'What this machine can do').waitFor();
        await page.getByText('Fine for practice.').waitFor({ timeout: 30_000 });
        await page.getByRole('button', { name: 'Next' }).press('Enter');
        await heading(page, 'What it could earn').waitFor();
        // The next step begins at its heading.
        await expect.poll(() => page.evaluate('document.activeElement.tagName')).toBe('H1');

        await page.getByRole('button', { name: 'Measure now' }).click();
        await page.getByRole('progressbar').waitFor();
        await page.getByText(/streams? at once in real time/).waitFor({ timeout: 60_000 });
        await page.getByText(/× 49,924,800 pixels a second × 3,600 s × 24 h × 1,000 wei = [\d,]+ wei a day/).waitFor();
        await priceField(page, 'Example price').fill('500wei');
        await priceField(page, 'Example price').press('Enter');
        await page.getByText(/× 500 wei = /).waitFor();
        await page.context().close();
      }

      await using engine = await startEngineProcess({ args: ['--practice-first'], dataDir });
      using client = connectTo(engine);
      // Another window, after a restart: the same step, the same numbers.
      const page = await openPage(browser, engine.link, WIDE, complaints);
      await page.getByRole('button', { name: 'Go on' }).click({ timeout: 30_000 });
      await heading(page, 'What it could earn').waitFor();
      await page.getByText(/× 500 wei = /).waitFor();
      await page.getByRole('button', { name: 'Next' }).click();
      await heading(page, 'How this machine takes part').waitFor();
      await page.getByRole('button', { name: 'Practise' }).click();

      await heading(page, /^Transcoding 1 practice stream on your CPU/).waitFor({ timeout: 60_000 });
      await page.getByRole('heading', { name: 'This is practice' }).waitFor();
      const { today } = await client.until(({ today: { segments } }) => segments > 0);
      await expect
        .poll(async () =>
          Number((await page.locator('main li', { hasText: /^\d+\s*segments/ }).textContent())?.match(/^\d+/)?.[0]),
        )
        .toBeGreaterThanOrEqual(today.segments);
      expect(JSON.parse(readFileSync(path.join(dataDir, 'siphon.json'), 'utf8'))).toMatchObject({ deploymentType: 'practice' });
      await page.reload();
      await heading(page, /practice stream/).waitFor();
      expect(await page.getByRole('button', { name: 'Go on' }).count()).toBe(0);
      expect(complaints).toEqual([]);
      await page.context().close();
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  });

  test('every step fits and has no accessibility finding, on a GPU machine, on a CPU one, and while it is looked at', async () => {
    for (const look of [WIDE, NARROW]) {
      for (const scenario of ['new', 'siphon', 'starting'] as const) {
        await using server = await serveFake(scenario);
        const complaints: string[] = [];
        const page = await openPage(browser, `${server.link}&/welcome`, look, complaints);
        for (const step of ['machine', 'earnings', 'choice'] as const) {
          await server.engine.setSetup({ step });
          await page.getByText(`Step ${['machine', 'earnings', 'choice'].indexOf(step) + 1} of 3`).waitFor({ timeout: 20_000 });
          if (step === 'choice') await page.getByRole('button', { name: 'Connect' }).click();
          expect(await overflowOf(page), `${scenario}, ${step} at ${look.width} px`).toBe(0);
          expect(await runAxe(page), `${scenario}, ${step} at ${look.width} px, ${look.theme}`).toEqual([]);
        }
        expect(complaints).toEqual([]);
        await page.context().close();
      }
    }
  });

  test('a measurement shows its trials and can be stopped; a price that is none is refused with words', async () => {
    await using server = await serveFake('new');
    await server.engine.setSetup({ step: 'earnings' });
    const page = await openPage(browser, `${server.link}&/welcome`, WIDE, []);
    await page.getByRole('button', { name: 'Measure now' }).click();
    await page.getByText('2 streams at once').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('Cancelled. Nothing has changed.').waitFor();
    await page.getByRole('button', { name: 'Measure now' }).click();
    await page.getByText('6 streams at once in real time').waitFor();

    await priceField(page, 'Example price').fill('a lot');
    await priceField(page, 'Example price').press('Enter');
    await page.getByRole('alert').getByText('is not a price').waitFor();
    await page.getByRole('button', { name: 'Add a price' }).click();
    await priceField(page, 'My price').fill('0.02USD/1e12pixels');
    await priceField(page, 'My price').press('Enter');
    await page.getByText('No exchange rate is known').waitFor();
    await page.getByLabel('Hours of work a day').selectOption('8');
    await page.getByText(/× 8 h × 1,000 wei/).waitFor();
    await page.context().close();
  });

  test('an own orchestrator is joined with its secret, which is in no place of the page afterwards', async () => {
    await using server = await serveFake('new');
    await server.engine.setSetup({ step: 'choice' });
    const page = await openPage(browser, `${server.link}&/welcome`, WIDE, []);
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByLabel('Service URI').fill('https://orchestrator.example:8935');
    await page.getByLabel('Secret', { exact: true }).fill('hush-hush');
    expect(await page.getByLabel('Secret', { exact: true }).getAttribute('type')).toBe('password');
    await page.getByLabel('Secret', { exact: true }).press('Enter');
    await page.getByText('Connected to orchestrator.example:8935.').waitFor();
    await page.getByRole('button', { name: 'Go to Home' }).click();
    await heading(page, /^Waiting for work from orchestrator\.example:8935/).waitFor();
    await page.getByRole('heading', { name: 'Why no work?' }).waitFor();
    expect(JSON.stringify(server.engine.snapshot())).not.toContain('hush-hush');
    expect(await page.content()).not.toContain('hush-hush');
    await page.context().close();
  });

  test('put away, it does not come back', async () => {
    await using server = await serveFake('new');
    const page = await openPage(browser, server.link, NARROW, []);
    await page.getByRole('button', { name: 'Not now' }).click();
    await page.getByRole('heading', { name: 'Set this machine up' }).waitFor({ state: 'detached' });
    expect(server.engine.snapshot().setup.state).toBe('done');
    await page.context().close();
  });

  test('in the desktop app the first run comes by itself, once', async () => {
    await using server = await serveFake('new');
    const page = await openPage(browser, 'about:blank', WIDE, []);
    const [httpUrl = ''] = server.link.split('#');
    const state: DesktopState = {
      app: { version: '0.1.0', electron: '45.0.0', chrome: '150', platform: 'linux', packaged: true },
      engine: { kind: 'running', pid: 1, sinceMs: 0 },
      update: { kind: 'none', checkedAtMs: null },
      settings: DesktopSettingsSchema.parse({ language: 'en' }),
      secretStorage: 'os',
      tray: true,
    };
    // The shell's bridge as the page sees it.
    await page.addInitScript(
      (given) => {
        const bridge = {
          engine: async () => ({ httpUrl: given.address, token: given.token }),
          state: async () => given.state,
          onState: () => () => {},
          onRequest: () => () => {},
          run: async () => undefined,
        };
        Object.assign(globalThis, { siphon: bridge });
      },
      { address: httpUrl, token: server.token, state },
    );
    await page.goto(httpUrl);
    await heading(page, 'What this machine can do').waitFor({ timeout: 20_000 });
    await page.getByRole('navigation').getByRole('link', { name: 'Home' }).click();
    await page.getByRole('heading', { name: 'Set this machine up' }).waitFor();
    await page.context().close();
  });
});
