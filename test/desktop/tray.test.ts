import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TRAY_STATES } from '../../main/tray/tray-state.ts';
import { type DesktopApp, launchDesktop, MISSING_ELECTRON } from '../support/desktop-app.ts';
import { DesktopPanel, MISSING_PANEL } from '../support/desktop-panel.ts';

const MISSING = MISSING_ELECTRON || MISSING_PANEL;

async function until(what: string, check: () => boolean | Promise<boolean>, limitMs = 30_000): Promise<void> {
  for (const limit = Date.now() + limitMs; !(await check()); await sleep(100)) {
    if (Date.now() > limit) throw new Error(`it never happened: ${what}`);
  }
}

describe.skipIf(MISSING !== '')(`the tray of a real Electron${MISSING}`, { timeout: 120_000 }, () => {
  let panel: DesktopPanel;
  let app: DesktopApp;
  let configHome: string;

  const status = async (): Promise<string> => (await panel.menu())[0]?.label ?? '';
  const visible = () => app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().some((w) => w.isVisible()));

  /** The state whose picture the panel shows; the app hands it over as a PNG of its own making. */
  const shown = async (): Promise<string> => {
    const icon = (await panel.icon()).toString('base64');
    const bitmaps = await app.electron.evaluate(
      ({ nativeImage }, { png, folder, states }) => {
        const bitmap = (file: Electron.NativeImage) => file.toBitmap().toString('base64');
        const own = bitmap(nativeImage.createFromBuffer(Buffer.from(png, 'base64')));
        return states.filter((state) => bitmap(nativeImage.createFromPath(`${folder}/${state}-22.png`)) === own);
      },
      { png: icon, folder: path.resolve('resources/tray'), states: TRAY_STATES },
    );
    return bitmaps.join();
  };

  beforeAll(async () => {
    configHome = mkdtempSync(path.join(tmpdir(), 'siphon-config-'));
    panel = await DesktopPanel.start({ tray: true });
    app = await launchDesktop({ env: { ...panel.env, XDG_CONFIG_HOME: configHome } });
  }, 120_000);
  afterAll(async () => {
    await app?.[Symbol.asyncDispose]();
    await panel?.[Symbol.asyncDispose]();
    rmSync(configHome, { recursive: true, force: true });
  });

  test('shows the work on the panel: icon, tooltip and menu', async () => {
    await app.until(({ tray }) => tray);
    await until('practice is at work', async () => (await status()) === 'Practice: transcoding 1 stream', 60_000);
    const labels = (await panel.menu()).map(({ label }) => label).filter((label) => label !== '');
    // On a machine with GPUs their temperatures are between these.
    expect(labels.slice(0, 2)).toEqual(['Practice: transcoding 1 stream', expect.stringMatching(/^Today: /)]);
    expect(labels.slice(-5)).toEqual(['Pause for 1 Hour', 'Pause until Restart', 'Open Siphon', 'Logs', 'Quit Siphon']);
    expect(await panel.property('ToolTip')).toContain('Siphon: Practice: transcoding 1 stream');
    expect(await shown()).toBe('practice');
  });

  test('pausing from the menu lets the engine finish and rest; the icon and the menu follow', async () => {
    await panel.click('Pause for 1 Hour');
    await until('the pause is seen', async () => /^Paused until \d\d:\d\d/.test(await status()));
    expect(await shown()).toBe('paused');
    await panel.click('Resume');
    await until('the work is seen', async () => (await status()).startsWith('Practice: '));
    await panel.click('Pause until Restart');
    await until('the pause is seen', async () => (await status()) === 'Paused until Siphon starts again');
  });

  test('the menu is not made anew while nothing in it changes', async () => {
    // The counts of the last segments may still come.
    await sleep(11_000);
    const revision = await panel.menuRevision();
    await sleep(12_000);
    expect(await panel.menuRevision()).toBe(revision);
  });

  test('closing the window leaves Siphon in the tray; Logs brings it back on its page', async () => {
    await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
    await until('the window is hidden', async () => !(await visible()));
    await until('it is said', () => panel.notifications.some(({ title }) => title === 'Siphon keeps working'));
    expect((await app.state()).engine.kind).toBe('running');
    await panel.click('Logs');
    await until('the window is back', visible);
    await expect.poll(() => app.page.url(), { timeout: 30_000 }).toBe('app://siphon/#/logs');
    // Said once only.
    await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
    await until('the window is hidden again', async () => !(await visible()));
    await panel.click('Open Siphon');
    await until('the window is back', visible);
    expect(panel.notifications.filter(({ title }) => title === 'Siphon keeps working')).toHaveLength(1);
  });

  test('starting at log-in writes the person’s entry, and what they removed stays removed', async () => {
    const entry = path.join(configHome, 'autostart', 'siphon.desktop');
    expect(existsSync(entry)).toBe(false);
    await app.page.evaluate('window.siphon.run("settings", { startAtLogin: true })');
    await until('the entry is there', () => existsSync(entry));
    expect(readFileSync(entry, 'utf8')).toMatch(/^Exec=".*electron" .*"--hidden"$/m);
    rmSync(entry);
    await app.electron.evaluate(({ app: electron, BrowserWindow }) =>
      electron.emit('browser-window-focus', {}, BrowserWindow.getAllWindows()[0]),
    );
    await app.until(({ settings }) => !settings.startAtLogin);
    expect(existsSync(entry)).toBe(false);
  });

  test('an engine that is killed again and again is told by one notification, and a click on it opens the app', async () => {
    await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
    for (let kill = 0; kill < 3; kill++) {
      const { engine } = await app.until(({ engine: { kind } }) => kind === 'running' || kind === 'safe-mode');
      if (engine.kind === 'running') process.kill(engine.pid, 'SIGKILL');
      await app.until((state) => state.engine.kind !== 'running');
    }
    await app.until(({ engine }) => engine.kind === 'safe-mode');
    await until('the notification', () => panel.notifications.some(({ title }) => title === 'Siphon does not work'));
    expect(await status()).toBe('The engine does not run. Open Siphon to see why');
    const shown = panel.notifications.filter(({ title }) => title === 'Siphon does not work');
    expect(shown).toHaveLength(1);
    panel.clickNotification(shown[0]?.id ?? 0);
    await until('the window is back', visible);
  });

  test('Quit ends it all', async () => {
    // It may be gone before it has answered the click.
    await panel.click('Quit Siphon').catch(() => {});
    await app.ended;
    expect(app.log().map(({ msg }) => msg)).toContain('ending');
  });
});

describe.skipIf(MISSING !== '')(`a desktop without a tray${MISSING}`, { timeout: 120_000 }, () => {
  test('is noticed, and so is a panel that comes later', async () => {
    await using panel = await DesktopPanel.start({ tray: false });
    await using app = await launchDesktop({ env: panel.env });
    await until('it has looked', () => app.log().some(({ msg }) => msg === 'this desktop shows no tray icons'));
    expect((await app.state()).tray).toBe(false);
    await panel.showTray();
    await app.until(({ tray }) => tray);
    await until('the icon is on the panel', () => panel.items.length > 0);
    const ready = async () => (await panel.menu()).some(({ label, enabled }) => label === 'Pause for 1 Hour' && enabled);
    await until('the engine works', ready);
    await panel.click('Pause for 1 Hour');
    await until('the pause is seen', async () => ((await panel.menu())[0]?.label ?? '').startsWith('Paused until '));
  });
});
