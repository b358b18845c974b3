import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { configHomeOf, linuxLoginItem } from '../../../../main/autostart/linux-login-item.ts';
import { startCommand } from '../../../../main/autostart/start-command.ts';

let configHome: string;
beforeEach(() => {
  configHome = mkdtempSync(path.join(tmpdir(), 'siphon-autostart-'));
});
afterEach(() => rmSync(configHome, { recursive: true, force: true }));

const entryFile = () => path.join(configHome, 'autostart', 'siphon.desktop');
const itemFor = (program: string) => linuxLoginItem({ configHome, command: [program, '--hidden'], comment: 'Siphon' });

describe('the log-in entry on Linux', () => {
  test('is off at first, on when set, and gone when taken back', () => {
    const item = itemFor('/opt/siphon');
    expect(item.read()).toBe('off');
    item.set(true);
    expect(item.read()).toBe('on');
    expect(readdirSync(path.dirname(entryFile()))).toEqual(['siphon.desktop']);
    item.set(false);
    expect([item.read(), existsSync(entryFile())]).toEqual(['off', false]);
    item.set(false);
  });

  test('an entry that the person removed or switched off reads as off', () => {
    const item = itemFor('/opt/siphon');
    item.set(true);
    writeFileSync(entryFile(), `${readFileSync(entryFile(), 'utf8')}Hidden=true\n`);
    expect(item.read()).toBe('off');
    rmSync(entryFile());
    expect(item.read()).toBe('off');
  });

  test('an entry for a copy in another place is told apart, and brought here when set', () => {
    itemFor('/old/Siphon.AppImage').set(true);
    const item = itemFor('/new/Siphon.AppImage');
    expect(item.read()).toBe('elsewhere');
    item.set(true);
    expect(item.read()).toBe('on');
  });

  test('a refusal of the disk is told, and leaves no half entry', () => {
    writeFileSync(path.join(configHome, 'autostart'), 'a file where the folder should be');
    expect(() => itemFor('/opt/siphon').set(true)).toThrow(/EEXIST|ENOTDIR/);
    expect(itemFor('/opt/siphon').read()).toBe('off');
  });
});

describe('the command at log-in', () => {
  const run = { packaged: true, program: '/tmp/.mount_x/siphon', appPath: '/src', env: {}, withoutSandbox: false };

  test('names the AppImage and the portable program, not their temporary folders', () => {
    expect(startCommand({ ...run, env: { APPIMAGE: '/home/me/Siphon.AppImage', APPDIR: '/tmp/.mount_x' } })).toEqual([
      '/home/me/Siphon.AppImage',
      '--hidden',
    ]);
    expect(startCommand({ ...run, env: { PORTABLE_EXECUTABLE_FILE: 'D:\\Siphon.exe' } })).toEqual(['D:\\Siphon.exe', '--hidden']);
    expect(startCommand({ ...run, program: '/opt/Siphon/siphon' })).toEqual(['/opt/Siphon/siphon', '--hidden']);
  });

  test('pays no heed to the AppImage of another program that started it', () => {
    const env = { APPIMAGE: '/home/me/Terminal.AppImage', APPDIR: '/tmp/.mount_y' };
    expect(startCommand({ ...run, env })).toEqual([run.program, '--hidden']);
  });

  test('from source it names the app’s folder', () => {
    const command = startCommand({ ...run, packaged: false, program: '/e', withoutSandbox: true });
    expect(command).toEqual(['/e', '--no-sandbox', '/src', '--hidden']);
  });

  test('the configuration folder is XDG’s when it is absolute', () => {
    expect(configHomeOf({ XDG_CONFIG_HOME: '/c' }, '/home/me')).toBe('/c');
    expect(configHomeOf({ XDG_CONFIG_HOME: 'c' }, '/home/me')).toBe('/home/me/.config');
    expect(configHomeOf({}, '/home/me')).toBe('/home/me/.config');
  });
});
