import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resolvePaths } from '../../engine/config/paths.ts';
import { readOfflineHistory } from '../../engine/host/offline-history.ts';
import { runAxe } from '../../scripts/lib/page-shots.ts';
import {
  type DesktopApp,
  enginePid,
  launchDesktop,
  leaveFirstRun,
  MISSING_ELECTRON,
  segmentRows,
} from '../support/desktop-app.ts';

describe.skipIf(MISSING_ELECTRON !== '')(`the way out of the app${MISSING_ELECTRON}`, { timeout: 120_000 }, () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'siphon-quit-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

  /** Resolves while a segment is on its way, after at least one was finished. */
  async function atWork(app: DesktopApp): Promise<void> {
    await leaveFirstRun(app.page);
    const rows = await segmentRows(app.page);
    await rows.getByText('Done').first().waitFor({ timeout: 60_000 });
    await rows.first().getByText('Transcoding').waitFor({ timeout: 60_000 });
  }

  test('quitting finishes the running segments and records them', async () => {
    const app = await launchDesktop({ dataDir: folder });
    try {
      await atWork(app);
      const rows = await segmentRows(app.page);
      const running = (await rows.first().textContent()) ?? '';
      await app.electron.evaluate(({ app: electronApp }) => void setTimeout(() => electronApp.quit(), 0));
      await app.ended;
      expect(app.log().slice(-2)).toMatchObject([
        { msg: 'ending', quick: false },
        { msg: 'engine ended', code: 0 },
      ]);
      expect(enginePid(folder)).toBeUndefined();
      const segments = readOfflineHistory(resolvePaths({ dataDir: folder, env: {} }), { limit: 500 }, Date.now());
      const seq = Number(/#(\d+)/.exec(running)?.[1]);
      expect(segments.find((segment) => segment.seq === seq)).toMatchObject({ state: 'done' });
    } finally {
      await app[Symbol.asyncDispose]();
    }
  });

  test('a quit can be taken back; a second one ends at once, after asking', async () => {
    await using app = await launchDesktop({ dataDir: folder });
    const first = await app.until(({ engine }) => engine.kind === 'running', 60_000);
    // An engine that stands still takes its time to drain.
    const pid = enginePid(folder) ?? 0;
    process.kill(pid, 'SIGSTOP');
    await app.page.evaluate('void window.siphon.run("quit")');
    await app.page.getByRole('heading', { name: 'Siphon is ending' }).waitFor();
    await app.page.getByText(/^Ends in .+ at the latest\.$/).waitFor();
    expect((await runAxe(app.page)).filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
    if (process.env.SIPHON_SHOTS) await app.page.screenshot({ path: `${process.env.SIPHON_SHOTS}/draining.png` });
    await app.page.getByRole('button', { name: 'Keep running' }).click();
    process.kill(pid, 'SIGCONT');
    const again = await app.until(({ engine }) => engine.kind === 'running', 60_000);
    expect(again.engine).not.toEqual(first.engine);

    const next = enginePid(folder) ?? 0;
    process.kill(next, 'SIGSTOP');
    await app.electron.evaluate(({ dialog }) => {
      const asked: unknown[] = [];
      Object.assign(globalThis, { asked });
      dialog.showMessageBox = (async (...options: unknown[]) => {
        asked.push(options.at(-1));
        return { response: asked.length === 1 ? 1 : 0, checkboxChecked: false };
      }) as never;
    });
    await app.page.evaluate('void window.siphon.run("quit")');
    await app.until(({ engine }) => engine.kind === 'draining');
    await app.page.getByRole('button', { name: 'End now…' }).click();
    await expect
      .poll(() => app.electron.evaluate(() => (globalThis as unknown as { asked: unknown[] }).asked))
      .toMatchObject([{ buttons: ['End now', 'Wait'], defaultId: 1 }]);
    await sleep(500);
    expect((await app.state()).engine.kind).toBe('draining');
    await app.page.getByRole('button', { name: 'End now…' }).click();
    await app.ended;
    expect(enginePid(folder)).toBeUndefined();
  });

  test('an app that is killed leaves no engine behind: it finishes and ends by itself', async () => {
    const app = await launchDesktop({ dataDir: folder });
    try {
      await app.until(({ engine }) => engine.kind === 'running', 60_000);
      expect(enginePid(folder)).toBeGreaterThan(0);
      app.electron.process().kill('SIGKILL');
      await app.ended;
      await expect.poll(() => enginePid(folder), { timeout: 30_000 }).toBeUndefined();
    } finally {
      await app[Symbol.asyncDispose]();
    }
  });
});
