import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runAxe } from '../../scripts/lib/page-shots.ts';
import { launchDesktop, MISSING_ELECTRON } from '../support/desktop-app.ts';
import { startEngineProcess } from '../support/engine-process.ts';

const standIn = fileURLToPath(new URL('../unit/main/children/engine.mjs', import.meta.url));

describe.skipIf(MISSING_ELECTRON !== '')(`the app's safe mode${MISSING_ELECTRON}`, { timeout: 120_000 }, () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'siphon-safe-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

  test('three quick crashes stop the restarts; the page shows the last lines and starts it again when told', async () => {
    const mood = path.join(folder, 'mood');
    writeFileSync(mood, 'crash');
    await using app = await launchDesktop({ env: { SIPHON_ENGINE_ENTRY: standIn, MOOD_FILE: mood } });
    await app.until(({ engine }) => engine.kind === 'safe-mode');
    await app.page.getByRole('heading', { name: 'The engine does not stay up' }).waitFor();
    await app.page.getByText('The engine ended unexpectedly (exit code 7). It failed 3 times in a row.').waitFor();
    await app.page.getByText('something broke').waitFor();
    for (const { width, height } of [
      { width: 1180, height: 820 },
      { width: 380, height: 640 },
    ]) {
      await app.electron.evaluate(
        ({ BrowserWindow }, size) => BrowserWindow.getAllWindows()[0]?.setSize(size.width, size.height),
        {
          width,
          height,
        },
      );
      expect((await runAxe(app.page)).filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
      if (process.env.SIPHON_SHOTS) await app.page.screenshot({ path: `${process.env.SIPHON_SHOTS}/safe-mode-${width}.png` });
    }

    // Of another version: no restart can mend that.
    writeFileSync(mood, 'old');
    await app.page.getByRole('button', { name: 'Start it again' }).click();
    await app.page.getByText(/^The engine is version 0\.0\.1, but this app is version /).waitFor();

    writeFileSync(mood, 'crash');
    await app.page.getByRole('button', { name: 'Start it again' }).click();
    await app.page.getByText('exit code 7').waitFor();
  });

  test('a data folder that another Siphon uses is told, and used as soon as it is free', async () => {
    const first = await startEngineProcess({ args: ['--practice'], dataDir: folder });
    const page = `page at ${first.address}`;
    try {
      await using app = await launchDesktop({ dataDir: folder });
      // It may only be an engine that still finishes: the safe mode, a minute later, is tested with the supervisor.
      const told = app.page.getByRole('status').filter({ hasText: /Another Siphon .* already uses the data folder/ });
      await told.waitFor({ timeout: 30_000 });
      expect(await told.textContent()).toContain(page);
      await first[Symbol.asyncDispose]();
      await app.until(({ engine }) => engine.kind === 'running', 60_000);
    } finally {
      await first[Symbol.asyncDispose]();
    }
  });
});
