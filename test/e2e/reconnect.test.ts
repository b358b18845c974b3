import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ensureBuilt } from '../../scripts/build.ts';
import { findChromium, launchChromium, openPage } from '../../scripts/lib/page-shots.ts';
import { startEngineProcess } from '../support/engine-process.ts';

const missing = findChromium() ? '' : ' (skipped: no Chromium here; install the package chromium)';

describe.skipIf(missing !== '')(`the page when the engine goes away${missing}`, { timeout: 120_000 }, () => {
  test('says so when the engine is killed, and the next engine has everything that was shown as finished', async () => {
    await ensureBuilt();
    const dataDir = mkdtempSync(path.join(tmpdir(), 'siphon-kill-'));
    const browser = await launchChromium();
    try {
      const first = await startEngineProcess({ args: ['--practice'], dataDir });
      const page = await openPage(browser, `${first.link}&/sessions`, { width: 1280, height: 900, theme: 'dark' }, []);
      const rows = page.getByRole('table', { name: 'Segments as they happen' }).locator('tbody tr');
      await rows.nth(2).waitFor({ timeout: 60_000 });
      first.child.kill('SIGKILL');
      await first.exit;
      await page
        .getByText(/connection|reconnect|lost/i)
        .first()
        .waitFor({ timeout: 20_000 });
      const shown = await rows.count();
      await page.context().close();

      await using second = await startEngineProcess({ args: ['--practice'], dataDir });
      const again = await openPage(browser, `${second.link}&/history`, { width: 1280, height: 900, theme: 'dark' }, []);
      // The one that was running when the engine was killed has no end and no row.
      const kept = again.getByRole('table', { name: 'History' }).locator('tbody tr');
      await kept.nth(shown - 2).waitFor({ timeout: 20_000 });
      expect(await kept.count()).toBeGreaterThanOrEqual(shown - 1);
    } finally {
      await browser.close();
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
});
