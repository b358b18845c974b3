import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Disposables } from '../../engine/base/disposables.ts';
import { ensureBuilt } from '../../scripts/build.ts';
import { findChromium, type Look, launchChromium, openPage, overflowOf, runAxe } from '../../scripts/lib/page-shots.ts';
import { type Machine, startMachine } from '../support/engine-pair.ts';
import { serveFake } from '../support/fake-engine-server.ts';
import { fakeRemote, fakeRigs } from '../support/fake-fleet.ts';

const missing = findChromium() ? '' : ' (skipped: no Chromium here; install the package chromium)';
const WIDE: Look = { width: 1280, height: 900, theme: 'light' };
const LOOKS: readonly Look[] = [WIDE, { width: 360, height: 760, theme: 'dark' }];

describe.skipIf(missing !== '')(`the fleet${missing}`, { timeout: 120_000 }, () => {
  const owned = new Disposables();
  let browser: Browser;
  let hub: Machine;
  let rig: Machine;
  beforeAll(async () => {
    await ensureBuilt();
    browser = await launchChromium();
    owned.defer(() => browser.close());
    const idle = { deploymentType: 'siphon', orchestrator: { serviceUri: 'https://127.0.0.1:1' }, capacity: 1 };
    hub = owned.use(await startMachine({ ...idle, remote: { name: 'Hub' } }));
    rig = owned.use(await startMachine({ remote: { enabled: true, host: '127.0.0.1', port: 0, name: 'Cellar' } }));
    await rig.client.until(({ remote }) => remote !== null && remote.listening !== null);
  }, 120_000);
  afterAll(() => owned[Symbol.asyncDispose](), 60_000);

  const card = (page: Page, name: string) => page.getByRole('listitem').filter({ has: page.getByRole('heading', { name }) });

  test('a rig is added, seen live, paused, shown on every page, steered there, and left again', async () => {
    const complaints: string[] = [];
    const page = await openPage(browser, `${hub.engine.link}&/fleet`, WIDE, complaints);
    await page.getByText('No other machine yet').waitFor({ timeout: 20_000 });
    const { link } = await rig.client.api.remote.pair.mutate({ rights: 'full' });
    await page.getByRole('button', { name: 'Add a machine' }).click();
    await page.getByRole('textbox', { name: 'Pairing text' }).fill(`${link.slice(0, 50)}\n${link.slice(50)}`);
    await page.getByText(/Pairs with Cellar at 127\.0\.0\.1/).waitFor();
    await page.getByRole('button', { name: 'Pair', exact: true }).click();
    await card(page, 'Cellar').getByText('Practising with 1 stream.').waitFor({ timeout: 60_000 });

    await page.getByRole('button', { name: 'Pause Cellar' }).click();
    await card(page, 'Cellar').getByText('Paused.').waitFor({ timeout: 30_000 });
    expect((await rig.client.api.snapshot.query()).run.state).toBe('paused');

    await page.getByRole('button', { name: 'Show Cellar on all pages' }).click();
    const bar = page.getByRole('region', { name: 'Machine shown' });
    await bar.getByText('You see another machine:').waitFor({ timeout: 20_000 });
    await page.getByRole('navigation').getByRole('link', { name: 'Home' }).click();
    await page.getByRole('button', { name: 'Resume', exact: true }).click();
    await rig.client.until(({ run }) => run.state === 'running');
    await page.getByRole('navigation').getByRole('link', { name: 'Sessions' }).click();
    await page.getByRole('table', { name: 'Segments as they happen' }).locator('tbody tr').first().waitFor({ timeout: 60_000 });
    expect((await hub.client.api.snapshot.query()).segments).toEqual([]);

    await bar.getByRole('button', { name: 'Back to this machine' }).click();
    await bar.getByText('You see another machine:').waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('the shown rig is killed: the page says so and goes on when it is back', async () => {
    const page = await openPage(browser, `${hub.engine.link}&/sessions`, WIDE, []);
    await page.getByRole('button', { name: 'Machine: This machine' }).click();
    await page.getByRole('menuitemradio', { name: 'Cellar' }).click();
    const bar = page.getByRole('region', { name: 'Machine shown' });
    await bar.getByText('You see another machine:').waitFor({ timeout: 20_000 });
    const port = (await rig.client.api.snapshot.query()).remote?.listening?.split(':').at(-1) ?? '';
    await rig.client.api.configure.mutate({ changes: [{ path: 'remote.port', value: Number(port) }] });
    rig.engine.child.kill('SIGKILL');
    await rig.engine.exit;
    await page.getByText('Lost the connection to the engine.').first().waitFor({ timeout: 20_000 });
    rig = owned.use(await startMachine({}, rig.dataDir));
    await page.getByText('Lost the connection to the engine.').first().waitFor({ state: 'detached', timeout: 60_000 });
    await page.context().close();
  });

  test('a removed rig can be brought back', async () => {
    const page = await openPage(browser, `${hub.engine.link}&/fleet`, WIDE, []);
    await page.getByRole('button', { name: 'More for Cellar' }).click();
    await page.getByRole('menuitem', { name: 'Remove from the fleet' }).click();
    await card(page, 'Cellar').waitFor({ state: 'detached', timeout: 20_000 });
    await page.getByRole('button', { name: 'Undo' }).click();
    await card(page, 'Cellar').waitFor({ timeout: 20_000 });
    await page.context().close();
  });

  test('this machine is opened, pairs by code with its own page, and a paired machine is revoked', async () => {
    const page = await openPage(browser, `${rig.engine.link}&/fleet`, WIDE, []);
    await page.getByRole('radio', { name: 'only look' }).click();
    await page.getByRole('button', { name: 'Pair a machine' }).click();
    const code = page.getByText(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
    await code.waitFor({ timeout: 20_000 });
    const address = (await rig.client.api.snapshot.query()).remote?.addresses[0] ?? '';
    await hub.client.api.fleet.add.mutate({ kind: 'code', address, code: (await code.textContent()) ?? '' });
    await page.getByText('This pairing has ended.').waitFor({ timeout: 20_000 });
    // The first pairing and the second one; each is a token of its own.
    const { remote } = await rig.client.until((snapshot) => snapshot.remote?.devices.length === 2);
    expect(remote?.devices.map(({ rights }) => rights)).toEqual(['full', 'read-only']);
    await page.getByRole('button', { name: 'Revoke Hub' }).last().click();
    await page.getByRole('button', { name: 'Revoke Hub now?' }).click();
    await rig.client.until((snapshot) => snapshot.remote?.devices.length === 1);
    await hub.client.until(({ fleet }) => fleet[0]?.state === 'refused');
    await page.context().close();
  });

  test.each(LOOKS)('in every state it fits at $width px ($theme) and has no accessibility finding', async (look) => {
    await using fake = await serveFake('siphon');
    fake.engine.emit({ fleet: fakeRigs(Date.now()), remote: fakeRemote(Date.now()) });
    const complaints: string[] = [];
    const page = await openPage(browser, `${fake.link}&/fleet`, look, complaints);
    await page.getByRole('heading', { name: 'Workshop' }).waitFor({ timeout: 20_000 });
    expect(await overflowOf(page)).toBe(0);
    expect(await runAxe(page)).toEqual([]);
    await page.getByRole('button', { name: 'Pair a machine' }).click();
    await page.getByRole('button', { name: 'Add a machine' }).click();
    for (const kind of ['Address and code', 'SSH tunnel', 'Pairing text']) {
      await page.getByRole('radio', { name: kind }).click();
      expect(await overflowOf(page), kind).toBe(0);
      expect(await runAxe(page), kind).toEqual([]);
    }
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
