import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureBuilt } from '../../scripts/build.ts';
import { findChromium, type Look, launchChromium, openPage, overflowOf, runAxe } from '../../scripts/lib/page-shots.ts';
import { type FakeServer, serveFake } from '../support/fake-engine-server.ts';
import { sampleInvite } from '../support/fake-invites.ts';

const missing = findChromium() ? '' : ' (skipped: no Chromium here; install the package chromium)';
const WIDE: Look = { width: 1280, height: 900, theme: 'light' };
const NARROW: Look = { width: 360, height: 760, theme: 'dark' };
const PAYOUT = '0x52908400098527886E0F7030069857D2E4169EE7';

describe.skipIf(missing !== '')(`the join page${missing}`, { timeout: 120_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    await ensureBuilt();
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  const box = (page: Page) => page.getByRole('textbox', { name: 'Invite or address' });

  async function isSound(page: Page): Promise<void> {
    expect(await overflowOf(page)).toBe(0);
    expect(await runAxe(page)).toEqual([]);
  }

  test.each([WIDE, NARROW])('from a pasted invite to joined, and back with Undo ($width px)', async (look) => {
    await using server = await serveFake('practice');
    const complaints: string[] = [];
    const page = await openPage(browser, `${server.link}&/join`, look, complaints);
    await page.getByText('No directory yet').waitFor({ timeout: 20_000 });
    await isSound(page);

    await box(page).fill(`Hi Ada, join us: <${sampleInvite(Date.now())}> See you!`);
    await page.getByText('Northern Lights Pool', { exact: true }).waitFor();
    await page.getByText('https://pool.northern-lights.example:8935').first().waitFor();
    await page.getByText('0.005 ETH').waitFor();
    await isSound(page);

    await page.getByRole('button', { name: 'Test the connection' }).click();
    await page.getByText('The way is clear.').waitFor();
    const marks = await page.locator('ol li[data-state="ok"]').count();
    expect(marks).toBe(6);

    await page.getByRole('textbox', { name: 'Payout address' }).fill(PAYOUT.replace('E7', 'e7'));
    await page.getByText('its checksum is wrong').waitFor();
    await isSound(page);
    expect(await page.getByRole('button', { name: 'Join', exact: true }).isDisabled()).toBe(true);
    await page.getByRole('textbox', { name: 'Payout address' }).fill(PAYOUT);
    await page.getByText('The address is well-formed.').waitFor();
    await page.getByRole('button', { name: 'Join', exact: true }).click();

    await page.getByRole('heading', { name: 'This machine works for Northern Lights Pool now' }).waitFor();
    await page.getByText('what was before: the practice network').waitFor();
    await isSound(page);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('heading', { name: 'Everything is as it was before.' }).waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test.each([
    ['none at all', 'hello there', 'neither an invite nor the address'],
    ['cut off', 'siphon://join?v=1&i=U2kBAA', 'cut off'],
    ['too new', 'siphon://join?v=9&i=U2kBAA', 'newer version'],
    [
      'tampered with',
      `${sampleInvite(Date.now()).slice(0, 200)}AAAA${sampleInvite(Date.now()).slice(204)}`,
      'was changed or damaged',
    ],
    ['expired', sampleInvite(Date.now() - 30 * 24 * 3600_000), 'expired'],
    ['from the future', sampleInvite(Date.now() + 30 * 24 * 3600_000), 'clock'],
  ])('a bad link explains itself: %s', async (_name, text, words) => {
    await using server = await serveFake('practice');
    const page = await openPage(browser, `${server.link}&/join`, WIDE, []);
    await box(page).fill(text);
    await page.getByText(words).first().waitFor({ timeout: 20_000 });
    expect(await page.getByRole('button', { name: 'Join', exact: true }).count()).toBe(0);
    await page.context().close();
  });

  test('a link that the desktop shell opens is shown here, from whatever page', async () => {
    await using server = await serveFake('practice');
    const page = await openInShell(browser, server);
    await page.getByRole('heading', { level: 1 }).waitFor({ timeout: 20_000 });
    const first = sampleInvite(Date.now(), 'First Pool');
    await page.evaluate((url) => (globalThis as unknown as ShellWindow).ask({ kind: 'link', url }), first);
    await page.getByText('First Pool', { exact: true }).waitFor();
    await page.evaluate(
      (url) => (globalThis as unknown as ShellWindow).ask({ kind: 'link', url }),
      sampleInvite(Date.now(), 'Second'),
    );
    await page.getByText('Second', { exact: true }).waitFor();
    await page.evaluate(() => (globalThis as unknown as ShellWindow).ask({ kind: 'link', url: 'siphon://join?v=1&i=U2kBAA' }));
    await page.getByText('cut off').first().waitFor();
    await page.evaluate(() => (globalThis as unknown as ShellWindow).ask({ kind: 'show-page', page: 'logs' }));
    await page.getByRole('heading', { level: 1, name: 'Logs' }).waitFor();
    await page.context().close();
  });

  test('a directory is imported, sorted by latency, and one of its pools looked at', async () => {
    await using server = await serveFake('practice');
    const page = await openPage(browser, `${server.link}&/join`, NARROW, []);
    await page.getByRole('button', { name: 'Paste one' }).click({ timeout: 20_000 });
    const field = page.getByRole('textbox', { name: 'Directory as text' });
    await field.fill('{}');
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByText('This is no pool directory').waitFor();
    const pools = [
      { name: 'Aardvark', join: 'https://closed.example:8935' },
      { name: 'Northern Lights', join: sampleInvite(Date.now()), region: 'Oslo' },
      { name: 'Torn', join: 'siphon://join?v=1&i=U2kBAA' },
    ];
    await field.fill(JSON.stringify({ version: 1, name: 'A list', pools }));
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    const names = page.locator('ul li strong');
    await page.getByText('A list: 3 pools').waitFor();
    expect(await names.allTextContents()).toEqual(expect.arrayContaining(['Aardvark', 'Northern Lights', 'Torn']));
    await page.getByRole('button', { name: 'Measure latency' }).click();
    await page.getByText('not reached').waitFor();
    await isSound(page);
    const order = (await names.allTextContents()).filter((name) => pools.some((pool) => pool.name === name));
    expect(order).toEqual(['Northern Lights', 'Torn', 'Aardvark']);
    await page.getByRole('button', { name: 'Look at it: Northern Lights' }).click();
    await page.getByText('Northern Lights Pool', { exact: true }).waitFor();
    await page.context().close();
  });

  test('the orchestrator page makes an invite, lists it, and revokes it', async () => {
    await using server = await serveFake('idle');
    const page = await openPage(browser, `${server.link}&/orchestrator`, NARROW, []);
    await page.getByRole('button', { name: 'New invite' }).click({ timeout: 20_000 });
    await page.getByRole('textbox', { name: 'Your name or your pool’s' }).fill('Ada');
    await page.getByRole('textbox', { name: 'For whom' }).fill('Grace');
    await page.getByRole('textbox', { name: 'You keep, percent' }).fill('101');
    await page.getByText('A share from 0 to 100').waitFor();
    await isSound(page);
    expect(await page.getByRole('button', { name: 'Make invite' }).isDisabled()).toBe(true);
    await page.getByRole('textbox', { name: 'You keep, percent' }).fill('7.5');
    await page.getByRole('button', { name: 'Make invite' }).click();
    expect(await page.getByRole('textbox', { name: 'Your invite' }).inputValue()).toMatch(/^siphon:\/\/join\?v=1&i=/);
    await isSound(page);
    await page.getByRole('button', { name: 'Revoke the invite for Grace' }).click();
    await page.getByText('The invite no longer works.').waitFor();
    await page.context().close();
  });
});

interface ShellWindow {
  ask(request: { kind: 'link'; url: string } | { kind: 'show-page'; page: string }): void;
}

/** The page as Electron's preload would have it: with a bridge that says where the engine is. */
async function openInShell(browser: Browser, server: FakeServer): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-GB' });
  const page = await context.newPage();
  const httpUrl = new URL(server.link).origin;
  await page.addInitScript(
    ({ address, token }) => {
      const listeners: Array<(request: unknown) => void> = [];
      const state = {
        app: { version: '0', electron: '0', chrome: '0', platform: 'linux', packaged: false },
        engine: { kind: 'running', pid: 1, sinceMs: 0 },
        update: { kind: 'off', reason: '' },
        settings: { language: 'en', notifications: {}, updates: {} },
        secretStorage: 'os',
        tray: true,
      };
      Object.assign(globalThis, {
        ask: (request: unknown) => {
          for (const listener of listeners) listener(request);
        },
        siphon: {
          engine: async () => ({ httpUrl: address, token }),
          state: async () => state,
          onState: () => () => undefined,
          onRequest: (listener: (request: unknown) => void) => {
            listeners.push(listener);
            return () => undefined;
          },
          run: async () => undefined,
        },
      });
    },
    { address: httpUrl, token: server.token },
  );
  await page.goto(`${httpUrl}/`);
  return page;
}
