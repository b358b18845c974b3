import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BrowserWindow } from 'electron';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DesktopRequest } from '../../engine/api/desktop.ts';
import {
  type DesktopApp,
  launchDesktop,
  leaveFirstRun,
  MISSING_ELECTRON,
  secondStart,
  segmentRows,
} from '../support/desktop-app.ts';

describe.skipIf(MISSING_ELECTRON !== '')(`the app in a real Electron${MISSING_ELECTRON}`, { timeout: 120_000 }, () => {
  let app: DesktopApp;
  const complaints: string[] = [];

  beforeAll(async () => {
    app = await launchDesktop();
    app.page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
  }, 120_000);
  afterAll(() => app?.[Symbol.asyncDispose]());

  test('the first start opens the first run, practises, and shows segments as they are transcoded', async () => {
    const { app: facts, engine } = await app.until(({ engine: { kind } }) => kind === 'running');
    expect(engine).toMatchObject({ kind: 'running', pid: expect.any(Number) });
    expect(app.page.url()).toMatch(/^app:\/\/siphon\//);
    await leaveFirstRun(app.page);
    await (await segmentRows(app.page)).getByText('Done').nth(1).waitFor({ timeout: 60_000 });

    const shown = app.log().find(({ msg }) => msg === 'window shown')?.sinceStartMs;
    const live = await app.page.evaluate<number>('performance.getEntriesByName("siphon-live")[0]?.startTime ?? -1');
    const before = await app.page.evaluate<number>('performance.timeOrigin');
    const created = await app.electron.evaluate(() => process.getCreationTime());
    expect(shown).toBeGreaterThan(0);
    expect(live).toBeGreaterThan(0);
    const liveMs = Math.round(before + live - (created ?? before));
    process.stdout.write(
      `Electron ${facts.electron} (Chromium ${facts.chrome}): window after ${shown} ms, live data after ${liveMs} ms from the process's start\n`,
    );
    expect(complaints).toEqual([]);
  });

  test('the page has neither Node nor Electron, and no inline script', async () => {
    expect(await app.page.evaluate('[typeof require, typeof process, typeof module]')).toEqual([
      'undefined',
      'undefined',
      'undefined',
    ]);
    expect(await app.page.evaluate('Object.keys(window.siphon).sort()')).toEqual([
      'engine',
      'onRequest',
      'onState',
      'run',
      'state',
    ]);
    const ran = await app.page.evaluate(`(() => {
      const script = document.createElement('script');
      script.textContent = 'window.inlineRan = true';
      document.body.append(script);
      return window.inlineRan === true;
    })()`);
    expect(ran).toBe(false);
    const preferences = await app.electron.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as { getLastWebPreferences(): unknown };
      return contents.getLastWebPreferences();
    });
    expect(preferences).toMatchObject({ sandbox: true, contextIsolation: true, nodeIntegration: false, webSecurity: true });
  });

  test('it goes nowhere else: navigation, windows, other requests and permissions are refused', async () => {
    await app.page.evaluate('location.href = "https://example.com/"');
    await app.page.evaluate('window.open("https://example.com/")');
    await app.page.evaluate('window.open("app://siphon/")');
    await expect
      .poll(() => app.log().filter(({ msg }) => msg === 'navigation refused' || msg === 'window refused'))
      .toHaveLength(3);
    expect(app.page.url()).toMatch(/^app:\/\/siphon\//);
    expect(app.electron.windows()).toHaveLength(1);
    const tried = await app.page.evaluate(`Promise.all([
      fetch('https://example.com/').then(() => 'loaded', () => 'refused'),
      fetch('http://127.0.0.1:1/').then(() => 'loaded', () => 'refused'),
      fetch('file:///etc/passwd').then(() => 'loaded', () => 'refused'),
      Notification.requestPermission(),
      navigator.permissions.query({ name: 'geolocation' }).then(({ state }) => state),
      navigator.permissions.query({ name: 'microphone' }).then(({ state }) => state),
    ])`);
    expect(tried).toEqual(['refused', 'refused', 'refused', 'denied', 'denied', 'denied']);
  });

  test('commands with a wrong argument, and unknown ones, are refused with words', async () => {
    const answer = (command: string, argument: string) =>
      app.page.evaluate(`window.siphon.run(${command}, ${argument}).then(() => 'done', (error) => error.message)`);
    expect(await answer('"settings"', '{ closeToTray: "yes" }')).toMatch(/^settings: /);
    expect(await answer('"settings"', '{ other: 1 }')).toMatch(/^settings: /);
    expect(await answer('"openHelp"', '"https://example.com/"')).toMatch(/^openHelp: /);
    expect(await answer('"nothing"', 'undefined')).toBe('This is not available in this Siphon.');
    expect(await answer('"constructor"', 'undefined')).toBe('This is not available in this Siphon.');
    expect(await answer('{}', 'undefined')).toBe('This is not available in this Siphon.');
    expect(await answer('"settings"', '{ closeToTray: false }')).toBe('done');
    expect(JSON.parse(readFileSync(path.join(app.dataDir, 'desktop', 'desktop.json'), 'utf8'))).toMatchObject({
      closeToTray: false,
    });
  });

  test('a second start shows the window of the first, hands its link over, and ends', async () => {
    await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
    await app.page.evaluate('window.got = []; window.siphon.onRequest((request) => window.got.push(request))');
    await secondStart(app, ['siphon://join?invite=of-the-test']);
    await expect
      .poll(() => app.page.evaluate<DesktopRequest[]>('window.got'), { timeout: 10_000 })
      .toEqual([{ kind: 'link', url: 'siphon://join?invite=of-the-test' }]);
    expect(await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible())).toBe(true);
    expect(app.electron.windows()).toHaveLength(1);
    expect(await app.until(({ engine }) => engine.kind === 'running')).toBeDefined();
  });
});

describe.skipIf(MISSING_ELECTRON !== '')(`the app's window and files${MISSING_ELECTRON}`, { timeout: 120_000 }, () => {
  test('the window comes back where it was, and a broken settings file is told and kept', async () => {
    const dataDir = mkdtempSync(path.join(tmpdir(), 'siphon-window-'));
    const boundsOf = (app: DesktopApp) =>
      app.electron.evaluate(({ BrowserWindow }) => (BrowserWindow.getAllWindows()[0] as BrowserWindow).getNormalBounds());
    try {
      {
        await using app = await launchDesktop({ dataDir });
        await app.electron.evaluate(({ BrowserWindow }) => {
          BrowserWindow.getAllWindows()[0]?.setBounds({ x: 140, y: 90, width: 800, height: 620 });
        });
        const kept = path.join(dataDir, 'desktop', 'window.json');
        await expect
          .poll(() => existsSync(kept) && JSON.parse(readFileSync(kept, 'utf8')).bounds, { timeout: 10_000 })
          .toMatchObject({ width: 800 });
      }
      writeFileSync(path.join(dataDir, 'desktop', 'desktop.json'), '{ broken');
      await using app = await launchDesktop({ dataDir });
      expect(await boundsOf(app)).toMatchObject({ x: 140, y: 90, width: 800, height: 620 });
      await app.page.getByText(/settings file could not be read/).waitFor();
      expect(readFileSync(path.join(dataDir, 'desktop', 'desktop.json.broken'), 'utf8')).toBe('{ broken');
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
});
