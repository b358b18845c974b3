import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resolvePaths } from '../../engine/config/paths.ts';
import { readOfflineHistory } from '../../engine/host/offline-history.ts';
import { type DesktopApp, enginePid, launchDesktop, MISSING_ELECTRON, secondStart, segmentRows } from '../support/desktop-app.ts';
import { DesktopPanel, MISSING_PANEL } from '../support/desktop-panel.ts';

const MISSING = MISSING_ELECTRON || MISSING_PANEL;

// One person's first evening with Siphon: each test begins where the one before ended.
describe.skipIf(MISSING !== '')(`from the first start to the end, as a person does it${MISSING}`, { timeout: 120_000 }, () => {
  let dataDir: string;
  let panel: DesktopPanel;
  let app: DesktopApp;

  const heading = (name: string | RegExp) => app.page.getByRole('heading', { level: 1, name });
  const status = async () => (await panel.menu())[0]?.label ?? '';
  const goHome = () => app.page.getByRole('navigation').getByRole('link', { name: 'Home' }).click();
  const segmentsToday = async () =>
    Number((await app.page.locator('main li', { hasText: /^\d+\s*segments/ }).textContent())?.match(/^\d+/)?.[0]);

  beforeAll(async () => {
    dataDir = mkdtempSync(path.join(tmpdir(), 'siphon-evening-'));
    panel = await DesktopPanel.start({ tray: true });
    app = await launchDesktop({ dataDir, env: { ...panel.env, XDG_CONFIG_HOME: path.join(dataDir, 'config') } });
  }, 120_000);
  afterAll(async () => {
    await app?.[Symbol.asyncDispose]();
    await panel?.[Symbol.asyncDispose]();
    if (dataDir) rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  });

  test('the first run leads through what the machine can do to practice', async () => {
    await heading('What this machine can do').waitFor({ timeout: 30_000 });
    await app.page.getByRole('button', { name: 'Next' }).click({ timeout: 30_000 });
    await heading('What it could earn').waitFor();
    await app.page.getByRole('button', { name: 'Next' }).click();
    await heading('How this machine takes part').waitFor();
    await app.page.getByRole('button', { name: 'Practise' }).click();
    await app.page.getByRole('heading', { name: 'This is practice' }).waitFor({ timeout: 30_000 });
  });

  test('Home shows the work as it happens', async () => {
    await heading(/^Transcoding 1 practice stream on your /).waitFor({ timeout: 30_000 });
    await expect.poll(segmentsToday, { timeout: 60_000 }).toBeGreaterThan(0);
    const before = await segmentsToday();
    await expect.poll(segmentsToday, { timeout: 30_000 }).toBeGreaterThan(before);
  });

  test('paused from the menu of the tray, the page rests and says until when; resumed from there, work goes on', async () => {
    await expect.poll(status, { timeout: 30_000 }).toMatch(/^Practice: /);
    await panel.click('Pause for 1 Hour');
    await heading(/^Paused until \d/).waitFor({ timeout: 30_000 });
    await expect.poll(status, { timeout: 10_000 }).toMatch(/^Paused until \d\d:\d\d/);
    const rested = await segmentsToday();
    await panel.click('Resume');
    await heading(/^Transcoding 1 practice stream/).waitFor({ timeout: 30_000 });
    await expect.poll(segmentsToday, { timeout: 30_000 }).toBeGreaterThan(rested);
  });

  test('quit from the menu of the tray, it finishes what runs and records it; nothing failed', async () => {
    const rows = await segmentRows(app.page);
    await rows.first().getByText('Transcoding').waitFor({ timeout: 30_000 });
    const running = Number(/#(\d+)/.exec((await rows.first().textContent()) ?? '')?.[1]);
    await panel.click('Quit Siphon');
    await app.ended;
    expect(app.log().slice(-2)).toMatchObject([
      { msg: 'ending', quick: false },
      { msg: 'engine ended', code: 0, signal: null },
    ]);
    expect(enginePid(dataDir)).toBeUndefined();
    const segments = readOfflineHistory(resolvePaths({ dataDir, env: {} }), { limit: 500 }, Date.now());
    const last = segments.find(({ seq }) => seq === running);
    // Neither the pause nor the end cost one; only a machine that is too busy for a segment's own limit may.
    expect(segments.filter(({ state, error }) => state !== 'done' && error?.code !== 'timeout')).toEqual([]);
    expect(last?.state).toBe('done');
  });

  test('started again, it goes on where it was: no first run, the work of before is there', async () => {
    await app[Symbol.asyncDispose]();
    app = await launchDesktop({ dataDir, env: { ...panel.env, XDG_CONFIG_HOME: path.join(dataDir, 'config') } });
    await heading(/^Transcoding 1 practice stream/).waitFor({ timeout: 30_000 });
    await goHome();
    expect(await segmentsToday()).toBeGreaterThan(2);
    expect(new URL(app.page.url()).hash).not.toContain('welcome');
  });
});

describe.skipIf(MISSING !== '')(`a start without a window${MISSING}`, { timeout: 120_000 }, () => {
  test('shows itself in the list of windows where there is no tray to open it from', async () => {
    await using panel = await DesktopPanel.start({ tray: false });
    await using app = await launchDesktop({ args: ['--hidden'], env: panel.env });
    const messages = app.log().map(({ msg }) => msg);
    expect(messages).toContain('this desktop shows no tray icons');
    expect(messages).not.toContain('window shown');
    await expect.poll(() => app.log().some(({ msg }) => msg === 'window shown minimised'), { timeout: 10_000 }).toBe(true);
    await secondStart(app);
    const [open, ...others] = await app.electron.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows().map((window) => ({ visible: window.isVisible(), minimised: window.isMinimized() })),
    );
    expect(open).toEqual({ visible: true, minimised: false });
    expect(others).toEqual([]);
  });
});
