import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DesktopApp, launchDesktop, leaveFirstRun, MISSING_ELECTRON, segmentRows } from '../support/desktop-app.ts';

describe.skipIf(MISSING_ELECTRON !== '')(`the app when its engine fails${MISSING_ELECTRON}`, { timeout: 120_000 }, () => {
  let app: DesktopApp;

  beforeAll(async () => {
    // Short deadlines, so that a hang is noticed soon; runs count as healthy at once, so that the tests' crashes stay apart.
    app = await launchDesktop({ timings: { pingEveryMs: 500, pingLimitMs: 6_000, healthyAfterMs: 100 } });
    await running();
    await leaveFirstRun(app.page);
  }, 120_000);
  afterAll(() => app?.[Symbol.asyncDispose]());

  /** Pid of the engine that runs now. */
  async function running(other?: number): Promise<number> {
    const { engine } = await app.until(
      ({ engine: { kind, ...rest } }) => kind === 'running' && (rest as { pid?: number }).pid !== other,
      60_000,
    );
    if (engine.kind !== 'running') throw new Error('not running');
    return engine.pid;
  }

  const lost = () => app.page.getByRole('main').getByText('Lost the connection to the engine.');
  const isLive = () => lost().waitFor({ state: 'detached', timeout: 30_000 });

  test('an engine that is killed is missed on the page, started again, and works on', async () => {
    const rows = await segmentRows(app.page);
    await rows.first().waitFor({ timeout: 60_000 });
    const first = await running();
    const told = app.page.evaluate(`new Promise((resolve) => {
      const stop = window.siphon.onState(({ engine }) => { if (engine.kind === 'waiting') { stop(); resolve(engine); } });
    })`);
    process.kill(first, 'SIGKILL');
    expect(await told).toMatchObject({ kind: 'waiting', attempt: 1, reason: 'The engine ended unexpectedly (signal SIGKILL).' });
    await lost().waitFor({ timeout: 10_000 });
    const second = await running(first);
    expect(second).not.toBe(first);
    await isLive();
    const before = await rows.count();
    await expect.poll(() => rows.count(), { timeout: 60_000 }).toBeGreaterThan(before);
  });

  test('an engine that hangs is ended and started again', async () => {
    const hung = await running();
    process.kill(hung, 'SIGSTOP');
    const second = await running(hung);
    expect(second).not.toBe(hung);
    await isLive();
    expect(app.log().filter(({ verdict }) => /did not answer/.test(String(verdict)))).toHaveLength(1);
  });

  test('a connection that is cut a hundred times comes back each time', async () => {
    await app.page.addInitScript(`{
      const Plain = WebSocket;
      window.sockets = [];
      window.WebSocket = class extends Plain {
        constructor(...args) {
          super(...args);
          window.sockets.push(this);
        }
      };
    }`);
    await app.page.reload();
    await isLive();
    const cuts = await app.page.evaluate(`(async () => {
      const open = () => window.sockets.findLast((socket) => socket.readyState === WebSocket.OPEN);
      for (let cut = 0; cut < 100; cut += 1) {
        const limit = Date.now() + 20_000;
        while (!open()) {
          if (Date.now() > limit) return cut;
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        open().close();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return 100;
    })()`);
    expect(cuts).toBe(100);
    await isLive();
    const rows = await segmentRows(app.page);
    const newest = () => rows.first().textContent();
    const before = await newest();
    await expect.poll(newest, { timeout: 60_000 }).not.toBe(before);
    // Nothing is left behind: one open socket, not a hundred.
    await expect
      .poll(() => app.page.evaluate('window.sockets.filter((socket) => socket.readyState < WebSocket.CLOSING).length'))
      .toBe(1);
  });

  test('after the machine has slept, the connections are made anew and the engine is not blamed', async () => {
    const before = await running();
    const { log } = app;
    await app.electron.evaluate(({ powerMonitor }) => void powerMonitor.emit('suspend'));
    process.kill(before, 'SIGSTOP');
    await sleep(8_000);
    process.kill(before, 'SIGCONT');
    await app.electron.evaluate(({ powerMonitor }) => void powerMonitor.emit('resume'));
    await isLive();
    await sleep(1_000);
    expect(await running()).toBe(before);
    expect(log().filter(({ verdict }) => /did not answer/.test(String(verdict)))).toHaveLength(1);
  });

  test('a page that crashes is told and loaded again; its report stays on this machine', async () => {
    const { reports, sent } = await app.electron.evaluate((electron) => ({
      reports: electron.app.getPath('crashDumps'),
      sent: electron.crashReporter.getUploadToServer(),
    }));
    expect(sent).toBe(false);
    await app.electron.evaluate(({ BrowserWindow }) => {
      BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer();
    });
    await expect.poll(() => app.log().some(({ msg }) => msg === 'the page crashed'), { timeout: 20_000 }).toBe(true);
    // Up to the new process: the debugger that drives these tests holds it from there on.
    const alive = () => app.electron.evaluate(({ BrowserWindow }) => !BrowserWindow.getAllWindows()[0]?.webContents.isCrashed());
    await expect.poll(alive, { timeout: 20_000 }).toBe(true);
    const dumps = () => readdirSync(reports, { recursive: true }).filter((name) => String(name).endsWith('.dmp'));
    await expect.poll(() => dumps().length, { timeout: 20_000 }).toBeGreaterThan(0);
  });
});
