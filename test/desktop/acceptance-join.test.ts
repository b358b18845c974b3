import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Disposables } from '../../engine/base/disposables.ts';
import { clipSource } from '../../engine/practice/media-source.ts';
import { freePort } from '../support/cdp-page.ts';
import { type DesktopApp, launchDesktop, MISSING_ELECTRON, secondStart, segmentRows } from '../support/desktop-app.ts';
import { connectTo, type EngineClient } from '../support/engine-client.ts';
import { type EngineProcess, startEngineProcess } from '../support/engine-process.ts';
import { appWithKeyring } from '../support/test-keyring.ts';
import { WireGateway } from '../support/wire-gateway.ts';

const HOUR = 3600_000;

describe.skipIf(MISSING_ELECTRON !== '')(`joining by a link${MISSING_ELECTRON}`, { timeout: 120_000 }, () => {
  const owned = new Disposables();
  let folder: string;
  let operator: EngineProcess;
  let client: EngineClient;
  let serviceUri: string;

  const invite = async (name: string) =>
    (await client.api.invites.create.mutate({ operator: name, once: true, expiresInMs: HOUR })).link;
  const dataDirFor = (name: string) => mkdtempSync(path.join(folder, `${name}-`));
  const secretsFile = (dataDir: string) => path.join(dataDir, 'secrets.json');
  /** The secret that an invite's code is exchanged for. */
  const secret = (): string => JSON.parse(readFileSync(secretsFile(operator.dataDir), 'utf8')).ownOrchestratorSecret;
  const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { name });

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'siphon-joining-'));
    owned.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
    const port = await freePort();
    serviceUri = `https://127.0.0.1:${port}`;
    const dataDir = dataDirFor('operator');
    const own = { host: '127.0.0.1', port, serviceUri };
    const config = { version: 1, deploymentType: 'solo', capacity: 1, preview: false, ownOrchestrator: own };
    writeFileSync(path.join(dataDir, 'siphon.json'), JSON.stringify(config));
    operator = await startEngineProcess({ args: ['--quiet'], dataDir });
    owned.defer(async () => operator[Symbol.asyncDispose]());
    client = connectTo(operator);
    owned.defer(() => client[Symbol.dispose]());
    await client.until(({ orchestrator, run }) => orchestrator !== null && run.state === 'running');
  }, 120_000);
  afterAll(() => owned[Symbol.asyncDispose]());

  describe('where the system has no secure storage', () => {
    let app: DesktopApp;
    beforeAll(async () => {
      app = await launchDesktop({ dataDir: dataDirFor('app'), args: [await invite('Ada’s pool')] });
      owned.defer(async () => app[Symbol.asyncDispose]());
    }, 120_000);

    test('the link that it is started with opens on the join page, first run or not', async () => {
      await app.page.getByText('Ada’s pool', { exact: true }).waitFor({ timeout: 60_000 });
      await app.page.getByText(serviceUri).first().waitFor();
      expect(new URL(app.page.url()).hash).toBe('#/join');
    });

    test('the way to the orchestrator is tested hop by hop', async () => {
      await app.page.getByRole('button', { name: 'Test the connection' }).click();
      await app.page.getByText('The way is clear.').waitFor({ timeout: 30_000 });
    });

    test('the secret goes into a plain file only after consent, asked for where it matters', async () => {
      await app.page.getByText('This system has no secure storage').waitFor();
      const join = app.page.getByRole('button', { name: 'Join', exact: true });
      await app.page.getByText('This system has no secure storage').scrollIntoViewIfNeeded();
      await shot(app.page, 'consent-join');
      expect(await join.isDisabled()).toBe(true);
      // Whoever goes past the page is refused, and the code stays good.
      const { httpUrl, token } = await app.page.evaluate<{ httpUrl: string; token: string }>('window.siphon.engine()');
      using inside = connectTo({ address: httpUrl, token });
      const text = await app.page.getByRole('textbox', { name: 'Invite or address' }).inputValue();
      await expect(inside.api.invites.accept.mutate({ text })).rejects.toMatchObject({
        data: { info: { code: 'secrets-no-consent' } },
      });
      expect(existsSync(secretsFile(app.dataDir))).toBe(false);
      expect(await client.api.invites.list.query()).toMatchObject([{ state: 'open' }]);

      await app.page.getByRole('checkbox', { name: /not encrypted/ }).check();
      await app.page.getByRole('button', { name: 'Keep them in a file' }).click();
      await app.until(({ secretStorage }) => secretStorage === 'plain');
      await join.click();
      await heading(app.page, 'This machine works for Ada’s pool now').waitFor({ timeout: 30_000 });
      await app.page.getByText('Registered: work can come.').waitFor({ timeout: 30_000 });
      expect(readFileSync(secretsFile(app.dataDir), 'utf8')).toContain(secret());
      expect(await client.api.invites.list.query()).toMatchObject([{ state: 'used', used: { from: '127.0.0.1' } }]);
    });

    test('a segment of a gateway is transcoded, and seen on the page', async () => {
      await app.page.getByRole('button', { name: 'Go to Home' }).click();
      await heading(app.page, /^Waiting for work from 127\.0\.0\.1/).waitFor({ timeout: 30_000 });
      await client.until(({ orchestrator }) => orchestrator?.transcoders.length === 2);
      const { signal } = new AbortController();
      const source = await clipSource({ width: 320, height: 180, fps: 30, seconds: 2, segmentSeconds: 2 }, signal);
      const { value: first } = await source.pass(signal)[Symbol.asyncIterator]().next();
      using gateway = new WireGateway(serviceUri);
      // Two streams, and room for one on each of the two transcoders: the operator's own and the app.
      for (const manifestId of ['one', 'two']) {
        const result = await gateway.segment(await gateway.discover(), first.data, { manifestId });
        expect(result.result.case).toBe('data');
      }
      const rows = await segmentRows(app.page);
      await rows.getByText('Done').waitFor({ timeout: 30_000 });
      expect(await rows.count()).toBe(1);
    });

    test('a link opened while it runs is handed over by the second start, and shows its own operator', async () => {
      await secondStart(app, [await invite('Grace’s pool')]);
      await app.page.getByText('Grace’s pool', { exact: true }).waitFor({ timeout: 30_000 });
      expect(app.electron.windows()).toHaveLength(1);
      // Only shown: it still works for the one that was joined.
      expect(await client.api.invites.list.query()).toContainEqual(expect.objectContaining({ state: 'open' }));
    });

    test('neither the secret nor a code is in a log of the shell or the engine', async () => {
      const lines = JSON.stringify([app.log(), await client.api.logs.query()]);
      expect(lines).not.toContain(secret());
      expect(lines).not.toContain('siphon://join');
    });
  });

  test('where it has one, the secret is sealed at rest, and opened again at the next start', async () => {
    const dataDir = dataDirFor('sealed');
    const program = await appWithKeyring(folder);
    {
      await using app = await launchDesktop({ dataDir, folder: program, args: [await invite('Ada’s pool')] });
      await app.page.getByRole('button', { name: 'Join', exact: true }).click({ timeout: 60_000 });
      await app.page.getByText('Registered: work can come.').waitFor({ timeout: 30_000 });
      expect((await app.state()).secretStorage).toBe('os');
    }
    const kept = readFileSync(secretsFile(dataDir), 'utf8');
    expect(kept).toContain('sealed');
    expect(kept).not.toContain(secret());
    expect(readFileSync(path.join(dataDir, 'desktop', 'secrets-key.json'), 'utf8')).not.toContain(secret());
    await using app = await launchDesktop({ dataDir, folder: program });
    await heading(app.page, /^Waiting for work from 127\.0\.0\.1/).waitFor({ timeout: 60_000 });
  });

  describe('in the first run, on a screen of double density', () => {
    let app: DesktopApp;
    beforeAll(async () => {
      app = await launchDesktop({ switches: ['--force-device-scale-factor=2'] });
      owned.defer(async () => app[Symbol.asyncDispose]());
    }, 120_000);

    test('the page fits its window', async () => {
      await heading(app.page, 'What this machine can do').waitFor({ timeout: 60_000 });
      expect(await app.page.evaluate('devicePixelRatio')).toBe(2);
      expect(await app.page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      const png = await app.page.screenshot();
      // Width in the header of a PNG.
      expect(png.readUInt32BE(16)).toBe(2 * (await app.page.evaluate<number>('innerWidth')));
    });

    test('each way that has to keep a secret asks for the same consent, once', async () => {
      await app.page.getByRole('button', { name: 'Next' }).click();
      await heading(app.page, 'What it could earn').waitFor();
      await app.page.getByRole('button', { name: 'Next' }).click();
      const asked = app.page.getByText('This system has no secure storage');
      await app.page.getByRole('button', { name: 'Run it off-chain' }).click();
      await asked.waitFor();
      await app.page.getByRole('button', { name: 'Connect' }).click();
      await expect.poll(() => asked.count()).toBe(2);
      await asked.first().scrollIntoViewIfNeeded();
      await shot(app.page, 'consent-welcome');
      expect(await app.page.getByRole('button', { name: 'Connect' }).isDisabled()).toBe(true);
      await app.page
        .getByRole('checkbox', { name: /not encrypted/ })
        .first()
        .check();
      await app.page.getByRole('button', { name: 'Keep them in a file' }).first().click();
      await expect.poll(() => asked.count()).toBe(0);
      expect(await app.page.getByRole('button', { name: 'Connect' }).isEnabled()).toBe(true);
    });
  });
});

/** For whoever wants to look at it: pictures into the folder SIPHON_SHOTS. */
async function shot(page: Page, name: string): Promise<void> {
  if (process.env.SIPHON_SHOTS) await page.screenshot({ path: path.join(process.env.SIPHON_SHOTS, `${name}.png`) });
}
