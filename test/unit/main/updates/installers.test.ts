import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { appImageInstaller, nsisInstaller } from '../../../../main/updates/installers.ts';
import { readTrial, updateFolders } from '../../../../main/updates/update-folders.ts';

let folder: string;
let started: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'siphon-installers-'));
  started = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const offer = { version: '1.1.0', notes: undefined, bytes: 3, sha512: 'x' };

function appImage() {
  const file = path.join(folder, 'Siphon.AppImage');
  writeFileSync(file, 'old');
  const folders = updateFolders(folder);
  const relaunch = (program: string): void => void started.push(program);
  return { file, folders, installer: appImageInstaller({ folders, version: '1.0.0', file, checkArgs: [], relaunch }) };
}

describe('an AppImage', () => {
  test('is switched, put on trial and started', () => {
    const { file, folders, installer } = appImage();
    writeFileSync(path.join(folder, '.Siphon.AppImage.next'), 'new');
    installer.install(offer, true);
    expect(readFileSync(file, 'utf8')).toBe('new');
    expect(readTrial(folders).state).toMatchObject({ kind: 'trial', from: '1.0.0', to: '1.1.0' });
    expect(started).toEqual([file]);
  });

  test('that cannot be switched is started as it was, so that the person does not lose it', () => {
    const { file, installer } = appImage();
    expect(() => installer.install(offer, true)).toThrow('ENOENT');
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(started).toEqual([file]);
  });

  test('is not started when the app just ends', () => {
    const { installer } = appImage();
    writeFileSync(path.join(folder, '.Siphon.AppImage.next'), 'new');
    installer.install(offer, false);
    expect(started).toEqual([]);
  });
});

describe('the installer on Windows', () => {
  const install = (startAfter: boolean, runInstaller: () => void): void =>
    nsisInstaller({
      folders: updateFolders(folder),
      version: '1.0.0',
      updater: { runInstaller },
      relaunch: () => void started.push('this version'),
    }).install(offer, startAfter);

  test('starts the new version itself', () => {
    install(true, () => started.push('the installer'));
    expect(started).toEqual(['the installer']);
  });

  test('that cannot run leaves this version, which comes back when the person waits for it', () => {
    const fails = (): never => {
      throw new Error('cannot run');
    };
    expect(() => install(true, fails)).toThrow('cannot run');
    expect(() => install(false, fails)).toThrow('cannot run');
    expect(started).toEqual(['this version']);
    expect(existsSync(updateFolders(folder).trialFile)).toBe(true);
  });
});
