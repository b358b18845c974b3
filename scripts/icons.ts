// Draws every icon from its SVG: the app's (`resources/icons`) and the tray's (`resources/tray`). Run after a change of an SVG:
// `node scripts/icons.ts`. The pictures are committed, so that a build needs no browser.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { icoOf } from './lib/ico.ts';
import { launchChromium } from './lib/page-shots.ts';

const resources = fileURLToPath(new URL('../resources', import.meta.url));

/** Sides of the app's icon in pixels, as desktops on Linux look for them. */
const APP_SIZES = [16, 24, 32, 48, 64, 128, 256, 512, 1024];
/** Those that Windows looks for in an `.ico`. */
const ICO_SIZES = [16, 24, 32, 48, 64, 128, 256];
/** Windows at 100, 125, 150 and 200 percent; panels on Linux at 100 and 200. */
const TRAY_SIZES = [16, 20, 22, 24, 32, 44];

async function draw(page: Page, svg: string, size: number): Promise<Buffer> {
  await page.setViewportSize({ width: size, height: size });
  const source = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
  await page.setContent(`<style>*{margin:0}img{display:block}</style><img src="${source}" width="${size}" height="${size}">`);
  return page.screenshot({ omitBackground: true });
}

const browser = await launchChromium();
try {
  const page = await browser.newPage();
  const app = readFileSync(path.join(resources, 'icons', 'siphon.svg'), 'utf8');
  const images = new Map<number, Buffer>();
  for (const size of APP_SIZES) {
    const image = await draw(page, app, size);
    images.set(size, image);
    writeFileSync(path.join(resources, 'icons', `${size}x${size}.png`), image);
  }
  const forWindows = ICO_SIZES.flatMap((size) => {
    const png = images.get(size);
    return png ? [{ size, png }] : [];
  });
  writeFileSync(path.join(resources, 'icons', 'icon.ico'), icoOf(forWindows));

  const tray = path.join(resources, 'tray');
  const states = readdirSync(tray).filter((name) => name.endsWith('.svg'));
  for (const name of states) {
    const svg = readFileSync(path.join(tray, name), 'utf8');
    for (const size of TRAY_SIZES)
      writeFileSync(path.join(tray, `${path.basename(name, '.svg')}-${size}.png`), await draw(page, svg, size));
  }
  process.stdout.write(`${APP_SIZES.length} app icons, icon.ico, ${states.length} × ${TRAY_SIZES.length} tray icons\n`);
} finally {
  await browser.close();
}
