import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findInstallation } from '../../../../main/updates/installation.ts';
import { readNetworkManager, readWindowsCost } from '../../../../main/updates/metered.ts';
import { readUpdateSource } from '../../../../main/updates/update-source.ts';

describe('how Siphon was installed', () => {
  let folder: string;
  let image: string;
  let mounted: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'siphon-installation-'));
    image = path.join(folder, 'Siphon.AppImage');
    mounted = path.join(folder, 'mount');
    mkdirSync(path.join(mounted, 'resources'), { recursive: true });
    for (const file of [image, path.join(mounted, 'siphon'), path.join(mounted, 'Uninstall Siphon.exe')]) writeFileSync(file, '');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const find = (more: Partial<Parameters<typeof findInstallation>[0]>) =>
    findInstallation({
      platform: 'linux',
      packaged: true,
      env: {},
      resourcesPath: path.join(mounted, 'resources'),
      execPath: path.join(mounted, 'siphon'),
      ...more,
    });

  test('an AppImage is one whose own program runs from its own mount', () => {
    expect(find({ env: { APPIMAGE: image, APPDIR: mounted } })).toEqual({ kind: 'appimage', file: image });
  });

  test("started from another AppImage's terminal it is not that AppImage", () => {
    const env = { APPIMAGE: image, APPDIR: path.join(folder, 'elsewhere') };
    expect(find({ env }).kind).toBe('portable');
    expect(find({ env, packaged: false }).kind).toBe('development');
    expect(find({ env: { APPIMAGE: image } }).kind).toBe('portable');
  });

  test('deb and rpm leave their mark; Windows has the installer and the portable file', () => {
    writeFileSync(path.join(mounted, 'resources', 'package-type'), 'deb');
    expect(find({}).kind).toBe('package-manager');
    expect(find({ platform: 'win32' }).kind).toBe('nsis');
    expect(find({ platform: 'win32', env: { PORTABLE_EXECUTABLE_FILE: 'C:\\Siphon.exe' } }).kind).toBe('portable');
    expect(find({ platform: 'win32', execPath: path.join(folder, 'Siphon.exe') }).kind).toBe('portable');
  });

  test('a build without an update source has none, and a broken or unsafe one is refused', () => {
    expect(readUpdateSource(folder)).toBeUndefined();
    const key = Buffer.alloc(32, 1).toString('base64');
    const write = (value: unknown) => writeFileSync(path.join(folder, 'updates.json'), JSON.stringify(value));
    write({ url: 'https://example.org/siphon/', publicKeys: [key] });
    expect(readUpdateSource(folder)).toEqual({ url: 'https://example.org/siphon/', publicKeys: [key], redirects: [] });
    for (const broken of [
      { url: 'http://example.org/', publicKeys: [key] },
      { url: 'https://example.org/', publicKeys: [] },
      { url: 'https://example.org/', publicKeys: ['abc'] },
      { url: 'file:///etc/', publicKeys: [key] },
    ]) {
      write(broken);
      expect(() => readUpdateSource(folder)).toThrow();
    }
  });
});

describe('a metered connection', () => {
  test('is what the system says; silence is no answer', () => {
    expect(['u 1\n', 'u 3\n', 'u 2\n', 'u 4\n', 'u 0\n', '', undefined].map(readNetworkManager)).toEqual([
      true,
      true,
      false,
      false,
      undefined,
      undefined,
      undefined,
    ]);
    expect(['1\r\n', '2\r\n', '3', '0', undefined].map(readWindowsCost)).toEqual([false, true, true, undefined, undefined]);
  });
});
