import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { UpdateState } from '../../engine/api/desktop.ts';
import { AppVersions } from '../support/app-image.ts';
import { type CdpPage, connectToPage, freePort } from '../support/cdp-page.ts';
import { MISSING_ELECTRON, startScreen, type TestScreen } from '../support/desktop-app.ts';
import { manifestText, signManifest, type TestReleaseKey, testReleaseKey, UpdateServer } from '../support/update-server.ts';

const CHANNEL = 'latest-linux.yml';
const PACKAGE = 'Siphon-0.2.0-x64.AppImage';

describe.skipIf(MISSING_ELECTRON !== '')(`updates in a real Electron${MISSING_ELECTRON}`, () => {
  let screen: TestScreen;
  let server: UpdateServer;
  let elsewhere: UpdateServer;
  let versions: AppVersions;
  let key: TestReleaseKey;
  let ports: { readonly old: number; readonly new: number };
  let old: Buffer;

  beforeAll(async () => {
    screen = await startScreen();
    server = await UpdateServer.start();
    elsewhere = await UpdateServer.start();
    versions = await AppVersions.build(screen.display);
    key = testReleaseKey();
    ports = { old: await freePort(), new: await freePort() };
    const updates = { url: server.url, publicKeys: [key.publicKey] };
    old = versions.make({ version: '0.1.0', updates, port: ports.old });
  }, 120_000);
  afterAll(async () => {
    await versions?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
    await elsewhere?.[Symbol.asyncDispose]();
    await screen?.[Symbol.asyncDispose]();
  });

  const ask = (page: CdpPage, command: string): Promise<unknown> => page.evaluate(`window.siphon.run('${command}', undefined)`);
  const settled = async (page: CdpPage, limitMs = 45_000): Promise<UpdateState> =>
    (await page.until(({ update }) => update.kind !== 'checking' && update.kind !== 'downloading', limitMs)).update;

  describe('a server that lies', { timeout: 90_000 }, () => {
    let page: CdpPage;

    beforeAll(async () => {
      versions.install(old);
      versions.start();
      page = await connectToPage(ports.old);
      await page.until(({ update }) => update.kind === 'none');
    }, 120_000);
    afterAll(async () => {
      page?.close();
      await versions.killAll();
    });
    beforeEach(() => {
      server.reset();
      elsewhere.reset();
    });
    // Whatever it said: nothing was put in place, nothing lies ready to be.
    afterEach(() => {
      expect(readFileSync(versions.installed).equals(old)).toBe(true);
      expect(versions.beside()).toEqual(['Siphon.AppImage']);
    });

    const image = Buffer.from('#!/bin/sh\necho siphon-version 0.2.0\n');
    const release = { version: '0.2.0', name: PACKAGE, content: image };
    const check = async (): Promise<UpdateState> => {
      await ask(page, 'checkForUpdate');
      return settled(page);
    };
    const download = async (): Promise<UpdateState> => {
      await ask(page, 'downloadUpdate');
      return settled(page);
    };

    test('without a signature nothing is offered', async () => {
      server.release(key, CHANNEL, release);
      server.answers.delete(`${CHANNEL}.sig`);
      expect(await check()).toMatchObject({ kind: 'failed', message: expect.stringContaining('not signed') });
      expect(server.asked).not.toContain(PACKAGE);
    });

    test('a signature by another key is refused', async () => {
      server.release(testReleaseKey(), CHANNEL, release);
      expect(await check()).toMatchObject({ kind: 'failed', message: expect.stringContaining('signature') });
      expect(server.asked).not.toContain(PACKAGE);
    });

    test('a manifest that was changed after it was signed is refused', async () => {
      server.release(key, CHANNEL, release);
      server.serve(CHANNEL, manifestText({ ...release, version: '9.9.9' }));
      expect(await check()).toMatchObject({ kind: 'failed', message: expect.stringContaining('signature') });
    });

    test("another channel's signed manifest is refused", async () => {
      server.release(key, CHANNEL, release);
      server.serve(`${CHANNEL}.sig`, signManifest(key, 'beta-linux.yml', Buffer.from(manifestText(release))));
      expect(await check()).toMatchObject({ kind: 'failed', message: expect.stringContaining('signature') });
    });

    test('an older version is not offered, however well signed', async () => {
      server.release(key, CHANNEL, { ...release, version: '0.0.9' });
      expect(await check()).toMatchObject({ kind: 'none' });
      await expect(ask(page, 'downloadUpdate')).rejects.toThrow('no new version');
      expect(server.asked).not.toContain(PACKAGE);
    });

    test('a roll-out to nobody yet offers nothing', async () => {
      server.release(key, CHANNEL, { ...release, stagingPercentage: 0 });
      expect(await check()).toMatchObject({ kind: 'none' });
    });

    test('HTML in place of a manifest is refused', async () => {
      const html = '<!doctype html><title>Log in to the Wi-Fi</title>';
      server.serve(CHANNEL, html);
      server.serve(`${CHANNEL}.sig`, html);
      expect(await check()).toMatchObject({ kind: 'failed', message: expect.stringContaining('signature') });
      // Signed nonsense is still nonsense.
      server.serve(`${CHANNEL}.sig`, signManifest(key, CHANNEL, Buffer.from(html)));
      expect(await check()).toMatchObject({ kind: 'failed', message: expect.stringContaining('makes no sense') });
    });

    test('a manifest that never ends is cut off', async () => {
      let sent = 0;
      server.answers.set(CHANNEL, (response) => {
        response.writeHead(200);
        const more = (): void => {
          while (!response.destroyed && response.write(Buffer.alloc(16_384, '# '))) sent += 16_384;
          if (!response.destroyed) response.once('drain', more);
        };
        more();
      });
      expect(await check()).toMatchObject({ kind: 'failed', message: expect.stringContaining('more than it announced') });
      expect(sent).toBeLessThan(64 * 1024 * 1024);
    });

    test('a package of a size that cannot be is refused before a byte of it is asked for', async () => {
      server.release(key, CHANNEL, { ...release, size: 5 * 1024 ** 4 });
      expect(await check()).toMatchObject({ kind: 'failed', message: expect.stringContaining('makes no sense') });
    });

    test('no manifest at all, and an error, are told as what they are', async () => {
      expect(await check()).toMatchObject({ kind: 'failed', message: expect.stringContaining('nothing for this system') });
      server.answers.set(CHANNEL, (response) => response.writeHead(500).end());
      expect(await check()).toMatchObject({ kind: 'failed', message: expect.stringContaining('answered with an error') });
    });

    test('a redirect elsewhere is not followed', async () => {
      elsewhere.release(key, CHANNEL, release);
      server.answers.set(CHANNEL, (response) => response.writeHead(302, { location: `${elsewhere.url}${CHANNEL}` }).end());
      expect(await check()).toMatchObject({ kind: 'failed', message: expect.stringContaining('does not trust') });
      expect(elsewhere.asked).toEqual([]);
    });

    test('a package with the wrong hash is deleted', async () => {
      server.release(key, CHANNEL, release);
      server.serve(PACKAGE, Buffer.from(image).fill('x', 12, 20));
      expect(await check()).toMatchObject({ kind: 'available', version: '0.2.0' });
      expect(await download()).toMatchObject({
        kind: 'failed',
        message: expect.stringContaining('not the one that was released'),
      });
      expect(existsSync(path.join(versions.dataDir, 'desktop', 'updates', 'cache', 'pending', PACKAGE))).toBe(false);
    });

    test('a package that never ends is cut off', async () => {
      server.release(key, CHANNEL, release);
      server.answers.set(PACKAGE, (response) => {
        response.writeHead(200);
        const more = (): void => {
          while (!response.destroyed && response.write(Buffer.alloc(16_384)));
          if (!response.destroyed) response.once('drain', more);
        };
        more();
      });
      await check();
      expect(await download()).toMatchObject({ kind: 'failed', message: expect.stringContaining('more than it announced') });
    });

    test('a package that is cut off is not used', async () => {
      server.release(key, CHANNEL, release);
      server.answers.set(PACKAGE, (response) => {
        response.writeHead(200, { 'content-length': String(image.length) });
        response.write(image.subarray(0, 10), () => response.destroy());
      });
      await check();
      expect(await download()).toMatchObject({ kind: 'failed' });
    });

    test('a package that does not start here, or is another version, is not installed', async () => {
      for (const script of ['#!/bin/sh\nexit 127\n', '#!/bin/sh\necho siphon-version 0.1.9\n']) {
        server.release(key, CHANNEL, { ...release, content: Buffer.from(script) });
        expect(await check()).toMatchObject({ kind: 'available' });
        expect(await download()).toMatchObject({ kind: 'failed', message: expect.stringContaining('does not start') });
      }
    });

    test('a server that hangs is given up', async () => {
      server.answers.set(CHANNEL, (response) => response.writeHead(200).write('version: '));
      expect(await check()).toMatchObject({ kind: 'failed', message: expect.stringContaining('stopped answering') });
    });
  });

  describe('a good release', { timeout: 180_000 }, () => {
    afterEach(() => versions.killAll());

    test('is offered, downloaded, checked, installed after the engine has drained, and kept once its engine runs', async () => {
      server.reset();
      const updates = { url: server.url, publicKeys: [key.publicKey] };
      const image = versions.make({ version: '0.2.0', updates, port: ports.new });
      server.release(key, CHANNEL, { version: '0.2.0', name: PACKAGE, content: image, notes: '<b>Better</b>\n* faster' });
      versions.install(old);
      versions.start();
      const before = await connectToPage(ports.old);
      await before.until(({ engine }) => engine.kind === 'running', 60_000);

      await ask(before, 'checkForUpdate');
      expect(await settled(before)).toEqual({
        kind: 'available',
        version: '0.2.0',
        notes: 'Better\n* faster',
        bytes: image.length,
      });
      await ask(before, 'downloadUpdate');
      expect(await settled(before)).toMatchObject({ kind: 'ready', version: '0.2.0' });
      expect(readFileSync(versions.installed).equals(old)).toBe(true);

      await ask(before, 'installUpdate');
      const after = await connectToPage(ports.new);
      const { app } = await after.until(({ engine }) => engine.kind === 'running', 60_000);
      expect(app.version).toBe('0.2.0');
      expect(readFileSync(versions.installed).equals(image)).toBe(true);
      expect(versions.beside()).toEqual(['Siphon.AppImage']);
      expect(versions.log()).toContain('this version is healthy');
      // The engine was asked to end, drained and ended by itself.
      expect(versions.log()).toMatch(/"engine ended","code":0/);
      after.close();
    });

    test('whose engine does not come up is taken back, told, and not offered again by itself', async () => {
      server.reset();
      const updates = { url: server.url, publicKeys: [key.publicKey] };
      const image = versions.make({ version: '0.3.0', updates, port: ports.new, broken: 'engine' });
      const name = 'Siphon-0.3.0-x64.AppImage';
      server.release(key, CHANNEL, { version: '0.3.0', name, content: image });
      versions.install(old);
      versions.start();
      const before = await connectToPage(ports.old);
      await before.until(({ engine }) => engine.kind === 'running', 60_000);
      await ask(before, 'checkForUpdate');
      await ask(before, 'downloadUpdate');
      expect(await settled(before)).toMatchObject({ kind: 'ready' });
      await ask(before, 'installUpdate');

      const failing = await connectToPage(ports.new);
      expect((await failing.state()).app.version).toBe('0.3.0');
      failing.close();
      await untilGone(failing);
      const back = await connectToPage(ports.old, 120_000);
      const { app, update } = await back.until(({ engine }) => engine.kind === 'running', 60_000);
      expect(app.version).toBe('0.1.0');
      expect(update).toMatchObject({ kind: 'rolled-back', from: '0.3.0', to: '0.1.0', reason: expect.stringContaining('7') });
      expect(readFileSync(versions.installed).equals(old)).toBe(true);
      expect(versions.beside()).toEqual(['Siphon.AppImage']);
      const trial = JSON.parse(readFileSync(path.join(versions.dataDir, 'desktop', 'updates', 'trial.json'), 'utf8'));
      expect(trial.refused).toEqual(['0.3.0']);
      back.close();
    });

    test('whose app dies at once is taken back at the third start', async () => {
      server.reset();
      const updates = { url: server.url, publicKeys: [key.publicKey] };
      const image = versions.make({ version: '0.4.0', updates, port: ports.new, broken: 'app' });
      server.release(key, CHANNEL, { version: '0.4.0', name: 'Siphon-0.4.0-x64.AppImage', content: image });
      versions.install(old);
      versions.start();
      const before = await connectToPage(ports.old);
      await before.until(({ engine }) => engine.kind === 'running', 60_000);
      await ask(before, 'checkForUpdate');
      await ask(before, 'downloadUpdate');
      expect(await settled(before)).toMatchObject({ kind: 'ready' });
      await ask(before, 'installUpdate');
      await until(() => /updates: installed","version":"0.4.0"/.test(versions.log()));
      await until(() => versions.processes().length === 0);
      // The first start was the update's own; the person tries twice more.
      for (let start = 2; start <= 3; start += 1) {
        versions.start();
        if (start < 3) await until(() => versions.processes().length === 0);
      }
      const back = await connectToPage(ports.old);
      const { update } = await back.until(({ engine }) => engine.kind === 'running', 60_000);
      expect(update).toMatchObject({ kind: 'rolled-back', from: '0.4.0', to: '0.1.0' });
      back.close();
    });
  });

  async function until(check: () => boolean, limitMs = 60_000): Promise<void> {
    for (const limit = Date.now() + limitMs; !check(); await sleep(50)) {
      if (Date.now() > limit) throw new Error('it never happened');
    }
  }

  async function untilGone(page: CdpPage): Promise<void> {
    for (const limit = Date.now() + 60_000; Date.now() < limit; await sleep(100)) {
      const there = await page.state().then(
        () => true,
        () => false,
      );
      if (!there) return;
    }
  }
});
