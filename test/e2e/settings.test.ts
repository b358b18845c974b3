import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { en } from '../../renderer/text/en.ts';
import { ensureBuilt } from '../../scripts/build.ts';
import { findChromium, type Look, launchChromium, openPage, overflowOf, runAxe } from '../../scripts/lib/page-shots.ts';
import { type EngineProcess, startEngineProcess } from '../support/engine-process.ts';
import { serveFake } from '../support/fake-engine-server.ts';

const WIDE: Look = { width: 1280, height: 900, theme: 'light' };
const NARROW: Look = { width: 360, height: 780, theme: 'dark' };
const missing = findChromium() ? '' : ' (skipped: no Chromium here; install the package chromium)';

describe.skipIf(missing !== '')(`settings, commands and languages on a real engine${missing}`, { timeout: 120_000 }, () => {
  let engine: EngineProcess;
  let browser: Browser;

  beforeAll(async () => {
    await ensureBuilt();
    engine = await startEngineProcess({ args: ['--practice'], env: { SIPHON_LOG_LEVEL: 'debug' } });
    browser = await launchChromium();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await engine?.[Symbol.asyncDispose]();
  });

  async function open(look: Look, hash: string): Promise<{ page: Page; complaints: string[] }> {
    const complaints: string[] = [];
    const page = await openPage(browser, `${engine.link}&${hash}`, look, complaints);
    await page.waitForSelector('main h1');
    return { page, complaints };
  }

  const inFile = (): { history: { days: number }; api: { port: number }; availability: { schedule: unknown } } =>
    JSON.parse(readFileSync(path.join(engine.dataDir, 'siphon.json'), 'utf8'));

  test('a change is in the file at once, its message tells it, and undo takes it back', async () => {
    const { page, complaints } = await open(WIDE, '/settings');
    const field = page.getByLabel('Keep history for');
    await field.fill('30');
    await field.press('Enter');
    const message = page.getByRole('region', { name: 'Messages' }).getByText('Keep history for: 30 days');
    await message.waitFor();
    expect(inFile().history.days).toBe(30);
    await page.getByText('Default: 90 days').waitFor();
    // By keyboard: F8 leads to the message's button.
    await page.keyboard.press('F8');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Undo');
    await page.keyboard.press('Enter');
    await page.getByText('Taken back. Keep history for: 90 days').waitFor();
    expect(inFile().history.days).toBe(90);
    await expect.poll(() => field.inputValue()).toBe('90');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('error: a wrong value is told while it is typed and never reaches the file; the engine’s own refusal is shown at the field', async () => {
    const { page } = await open(WIDE, '/settings');
    const days = page.getByLabel('Keep history for');
    await days.fill('4000');
    await page.getByRole('alert').getByText('From 1 to 3,650.').waitFor();
    await days.press('Enter');
    expect(await days.getAttribute('aria-invalid')).toBe('true');
    await days.press('Escape');
    expect(await days.inputValue()).toBe('90');
    await page.getByText('From 1 to 3,650.').waitFor({ state: 'detached' });
    // 70 °C is a temperature, but not above the 75 °C at which work goes on: only the engine knows that rule.
    const above = page.getByLabel('Rest above');
    await above.fill('70');
    await above.press('Enter');
    await page.getByRole('alert').getByText('resumeBelow is 75, which is not allowed').waitFor();
    expect(inFile().history.days).toBe(90);
    await page.context().close();
  });

  test('what a variable or an option fixes cannot be changed and says why', async () => {
    const { page } = await open(WIDE, '/settings');
    expect(await page.getByLabel('Log level').isDisabled()).toBe(true);
    await page.getByText('Set by the environment variable SIPHON_LOG_LEVEL, so it cannot be changed here.').waitFor();
    expect(await page.getByLabel('Deployment type').isDisabled()).toBe(true);
    await page.getByText(/^Set by --practice/).waitFor();
    await page.context().close();
  });

  test('a schedule is saved as a whole, and switched off again', async () => {
    const { page } = await open(WIDE, '/settings/availability');
    await page.getByLabel('Follow a schedule').check();
    await page.getByRole('checkbox', { name: 'Sunday' }).press('Space');
    await page.getByRole('button', { name: 'Save schedule' }).click();
    await page.getByText('Schedule: 1 window').waitFor();
    expect(inFile().availability.schedule).toEqual([
      { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat'], from: '22:00', to: '06:00' },
    ]);
    await page.getByLabel('Follow a schedule').uncheck();
    await page.getByText('Schedule: Always').waitFor();
    expect(inFile().availability.schedule).toBeNull();
    await page.context().close();
  });

  test('the search finds by label, explanation and path, and says when nothing fits', async () => {
    const { page } = await open(NARROW, '/settings');
    await page.getByLabel('Keep history for').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('bandwidth');
    await page.getByText('Upload bandwidth').waitFor();
    expect(await page.locator('[data-setting]:visible').count()).toBe(1);
    await page.getByRole('searchbox').fill('nonsense of a search');
    await page.getByText('No setting fits.').waitFor();
    await page.getByRole('searchbox').press('Escape');
    await page.getByRole('heading', { name: 'General', exact: true }).waitFor();
    await page.context().close();
  });

  test('commands by keyboard: to a page, to a setting, the list of shortcuts, and back where the focus was', async () => {
    const { page, complaints } = await open(WIDE, '/about');
    await page.keyboard.press('Control+k');
    const search = page.getByRole('combobox', { name: 'What do you want to do?' });
    await search.waitFor();
    expect(await runAxe(page)).toEqual([]);
    await page.keyboard.type('logs');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Logs' }).waitFor();
    expect(await page.evaluate('document.activeElement.tagName')).toBe('MAIN');

    await page.keyboard.press('Control+k');
    await search.waitFor();
    await page.keyboard.type('upload bandwidth');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
    await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('setting-uploadMbps');

    await page.getByRole('link', { name: 'Advanced' }).focus();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    expect(await runAxe(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('Advanced');
    await page.keyboard.press('g');
    await page.keyboard.press('a');
    await expect.poll(() => page.title()).toMatch(/^About/);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('the palette pauses and resumes the real work', async () => {
    const { page } = await open(WIDE, '/about');
    await page.keyboard.press('Control+k');
    await page.getByRole('option', { name: 'Pause until I resume' }).click();
    await page.getByText('Pausing. Segments under way are finished first.').waitFor({ timeout: 30_000 });
    await page.keyboard.press('Control+k');
    await page.getByRole('option', { name: 'Resume work' }).click({ timeout: 30_000 });
    await page.getByText('Working again.').waitFor();
    await page.context().close();
  });

  test('single keys can be switched off, and stay off', async () => {
    const { page } = await open(WIDE, '/settings');
    await page.getByRole('switch', { name: 'Shortcuts of single keys' }).press('Space');
    await page.reload();
    await page.getByLabel('Keep history for').waitFor();
    await page.keyboard.press('?');
    await page.keyboard.press('Control+/');
    await page.getByText('Keys without Ctrl or ⌘ are switched off in the settings.').waitFor();
    await page.context().close();
  });

  test('German: chosen in the settings, at once, for numbers and dates too, and kept over a reload', async () => {
    const { page, complaints } = await open(WIDE, '/settings');
    await page.getByLabel('Language').focus();
    await page.getByLabel('Language').selectOption('de');
    await page.getByRole('heading', { level: 1, name: 'Einstellungen' }).waitFor();
    expect(await page.evaluate('document.documentElement.lang')).toBe('de');
    // The choice keeps the focus: another language is not another page.
    expect(await page.evaluate('document.activeElement.id')).toBe('language');
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Einstellungen' }).waitFor();
    expect(await page.title()).toBe('Einstellungen – Siphon');
    await page.getByRole('link', { name: 'Über Siphon' }).click();
    await page.getByText('Die drei Entscheidungen').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('the log: searched, followed, and saved as a file', async () => {
    const { page } = await open(WIDE, '/logs');
    await page.getByRole('listitem').filter({ hasText: 'engine started' }).waitFor();
    await page.getByRole('searchbox').fill('engine started');
    await expect.poll(() => page.locator('main ol li').count()).toBe(1);
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download' }).click()]);
    expect(download.suggestedFilename()).toMatch(/^siphon-log-\d{4}-\d\d-\d\d-\d{4}\.txt$/);
    const text = readFileSync(await download.path(), 'utf8');
    expect(text).toContain('engine started');
    expect(text).not.toContain(engine.token);
    await page.context().close();
  });

  test('the licences are there without a network', async () => {
    const { page, complaints } = await open(WIDE, '/about');
    await page.getByText('Licences', { exact: true }).click();
    await page.getByRole('cell', { name: 'better-sqlite3', exact: true }).waitFor();
    expect(await runAxe(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('settings, logs and about have no accessibility finding and fit, in both languages and themes', async () => {
    for (const look of [WIDE, NARROW]) {
      for (const language of ['en', 'de']) {
        const { page } = await open(look, '/settings');
        await page.evaluate(`localStorage.setItem('siphon.language', '${language}')`);
        await page.reload();
        for (const name of ['settings', 'logs', 'about']) {
          await page.evaluate(`location.hash = '#/${name}'`);
          await page.locator(name === 'settings' ? '#setting-history-days' : 'main h1').waitFor();
          await page.waitForTimeout(400);
          const where = `${name} in ${language} at ${look.width} px, ${look.theme}`;
          expect(await overflowOf(page), where).toBe(0);
          expect(await runAxe(page), where).toEqual([]);
        }
        await page.context().close();
      }
    }
  });
});

/** Every page, by the name in its address. */
const PAGES = Object.keys(en.nav).filter((name) => name !== 'label' && name !== 'more');

/** Words that English texts can hardly do without and German ones never have. */
const ENGLISH = /\b(the|and|with|your|this|these|are|not|from|which|until|nothing|when)\b/i;

describe.skipIf(missing !== '')(`German on every page${missing}`, { timeout: 240_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    await ensureBuilt();
    browser = await launchChromium();
  }, 120_000);
  afterAll(() => browser?.close());

  // What the engine says in its own words is English and marked as such, so that a screen reader says it right.
  test.each(['siphon', 'problems', 'solo', 'paused'] as const)('%s: no English is left unmarked', async (scenario) => {
    await using server = await serveFake(scenario);
    const page = await openPage(browser, server.link, NARROW, []);
    await page.evaluate(`localStorage.setItem('siphon.language', 'de')`);
    await page.reload();
    await page.locator('main h1').waitFor();
    for (const name of PAGES) {
      await page.evaluate(`location.hash = '#/${name}'`);
      await page.waitForTimeout(900);
      const texts = await page.evaluate<string[]>(`(() => {
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        const found = [];
        while (walker.nextNode()) {
          const element = walker.currentNode.parentElement;
          if (element && !element.closest('[lang="en"], script, style, code, pre')) found.push(walker.currentNode.data);
        }
        for (const element of document.querySelectorAll('[aria-label], [title], [placeholder]'))
          if (!element.closest('[lang="en"]'))
            found.push(element.getAttribute('aria-label') ?? '', element.getAttribute('title') ?? '', element.getAttribute('placeholder') ?? '');
        return found;
      })()`);
      expect(texts.length).toBeGreaterThan(20);
      expect(
        texts.filter((text) => ENGLISH.test(text)),
        name,
      ).toEqual([]);
      expect(await overflowOf(page), name).toBe(0);
    }
    await page.context().close();
  });
});
