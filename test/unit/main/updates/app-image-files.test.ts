import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type AppImageFiles,
  appImageFiles,
  isPlaced,
  placeNext,
  switchToNext,
  switchToPrevious,
} from '../../../../main/updates/app-image-files.ts';

const hashOf = (text: string): string => createHash('sha512').update(text).digest('base64');

describe('the files of an AppImage', () => {
  let folder: string;
  let files: AppImageFiles;
  let downloaded: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'siphon-appimage-'));
    mkdirSync(path.join(folder, 'apps'));
    files = appImageFiles(path.join(folder, 'apps', 'My Siphon.AppImage'));
    downloaded = path.join(folder, 'download');
    writeFileSync(files.current, 'old', { mode: 0o755 });
    writeFileSync(downloaded, 'new');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('the next version is placed beside it, executable, and only when it is the right one', async () => {
    await expect(placeNext(files, downloaded, hashOf('other'))).rejects.toThrow('wrong-hash');
    expect(existsSync(files.next)).toBe(false);
    await placeNext(files, downloaded, hashOf('new'));
    expect(statSync(files.next).mode & 0o777).toBe(0o755);
    expect(await isPlaced(files, hashOf('new'))).toBe(true);
    expect(await isPlaced(files, hashOf('newer'))).toBe(false);
    expect(readFileSync(files.current, 'utf8')).toBe('old');
  });

  test('the switch keeps the name and the old version; what must be kept before it is', async () => {
    await placeNext(files, downloaded, hashOf('new'));
    let seen = '';
    switchToNext(files, () => {
      seen = readFileSync(files.current, 'utf8') + readFileSync(files.previous, 'utf8');
    });
    expect(seen).toBe('oldold');
    expect(readFileSync(files.current, 'utf8')).toBe('new');
    expect(readdirSync(path.dirname(files.current)).sort()).toEqual(['.My Siphon.AppImage.previous', 'My Siphon.AppImage']);
  });

  test('a state that cannot be kept leaves the old version in place', async () => {
    await placeNext(files, downloaded, hashOf('new'));
    const full = (): void => {
      throw new Error('ENOSPC');
    };
    expect(() => switchToNext(files, full)).toThrow('ENOSPC');
    expect(readFileSync(files.current, 'utf8')).toBe('old');
  });

  test('the previous version comes back once', async () => {
    await placeNext(files, downloaded, hashOf('new'));
    switchToNext(files, () => {});
    expect(switchToPrevious(files)).toBe(true);
    expect(readFileSync(files.current, 'utf8')).toBe('old');
    expect(switchToPrevious(files)).toBe(false);
    expect(readFileSync(files.current, 'utf8')).toBe('old');
  });

  test('killed at any moment of switching to and fro, a whole version is in place', async () => {
    const big = (letter: string): string => letter.repeat(2_000_000);
    const module = pathToFileURL(path.resolve('main/updates/app-image-files.ts')).href;
    const program = `
      const { placeNext, switchToNext, switchToPrevious } = await import(${JSON.stringify(module)});
      const { writeFileSync } = await import('node:fs');
      const files = ${JSON.stringify(files)};
      process.stdout.write('on my way');
      for (;;) {
        await placeNext(files, ${JSON.stringify(downloaded)}, ${JSON.stringify(hashOf(big('n')))});
        switchToNext(files, () => writeFileSync(files.current + '.state', 'trial'));
        switchToPrevious(files);
      }`;
    writeFileSync(downloaded, big('n'));
    writeFileSync(files.current, big('o'), { mode: 0o755 });
    for (let round = 0; round < 8; round += 1) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(child.stdout, 'data');
      await sleep(round * 7);
      child.kill('SIGKILL');
      await once(child, 'exit');
      expect([big('n'), big('o')]).toContain(readFileSync(files.current, 'utf8'));
      expect(statSync(files.current).mode & 0o111).toBe(0o111);
    }
  });

  test('a folder that cannot be written to is said before anything is copied', async () => {
    const gone = appImageFiles(path.join(folder, 'gone', 'Siphon.AppImage'));
    await expect(placeNext(gone, downloaded, hashOf('new'))).rejects.toThrow('not-writable');
  });
});
