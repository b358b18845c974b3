import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { icoOf } from '../../../../scripts/lib/ico.ts';

const resources = fileURLToPath(new URL('../../../../resources', import.meta.url));

/** Width and height of a PNG, from its header. */
function sideOf(png: Buffer): readonly [number, number] {
  expect(png.subarray(1, 4).toString('latin1')).toBe('PNG');
  return [png.readUInt32BE(16), png.readUInt32BE(20)];
}

describe('icon files', () => {
  test('every tray state has a picture of every size, as large as its name says', () => {
    const names = readdirSync(path.join(resources, 'tray'));
    const states = names.filter((name) => name.endsWith('.svg')).map((name) => path.basename(name, '.svg'));
    expect(states.toSorted()).toEqual(['earning', 'idle', 'paused', 'practice', 'problem', 'starting']);
    for (const state of states)
      for (const size of [16, 20, 22, 24, 32, 44])
        expect(sideOf(readFileSync(path.join(resources, 'tray', `${state}-${size}.png`)))).toEqual([size, size]);
  });

  test('the pictures of two states are never the same', () => {
    const pictures = readdirSync(path.join(resources, 'tray')).filter((name) => name.endsWith('-16.png'));
    const contents = pictures.map((name) => readFileSync(path.join(resources, 'tray', name)).toString('base64'));
    expect(new Set(contents).size).toBe(pictures.length);
  });

  test('the app icon has every size, and the Windows icon holds PNGs where its directory says', () => {
    for (const size of [16, 24, 32, 48, 64, 128, 256, 512, 1024])
      expect(sideOf(readFileSync(path.join(resources, 'icons', `${size}x${size}.png`)))).toEqual([size, size]);
    const ico = readFileSync(path.join(resources, 'icons', 'icon.ico'));
    expect([ico.readUInt16LE(0), ico.readUInt16LE(2), ico.readUInt16LE(4)]).toEqual([0, 1, 7]);
    for (let index = 0; index < 7; index++) {
      const entry = ico.subarray(6 + 16 * index, 22 + 16 * index);
      const [length, offset] = [entry.readUInt32LE(8), entry.readUInt32LE(12)];
      const side = entry.readUInt8(0) || 256;
      expect(sideOf(ico.subarray(offset, offset + length))).toEqual([side, side]);
    }
  });

  test('pictures follow each other in a made icon file without a gap', () => {
    const ico = icoOf([
      { size: 16, png: Buffer.from('first') },
      { size: 256, png: Buffer.from('second') },
    ]);
    expect(ico.subarray(6 + 32).toString()).toBe('firstsecond');
    expect([ico.readUInt8(6), ico.readUInt8(22)]).toEqual([16, 0]);
  });
});
