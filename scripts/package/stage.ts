import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { UpdateSource } from '../../main/updates/update-source.ts';
import { bundleEngine } from './engine-bundle.ts';
import { copyNativePackages, type Target } from './native-packages.ts';

/** Where a staged app lies, ready for electron-builder. */
export interface Staged {
  /** What becomes the asar: package.json, `dist/desktop`, `dist/renderer`. */
  readonly app: string;
  /** What becomes `resources/engine`. */
  readonly engine: string;
}

/** What is staged, and for what. */
export interface StageParameters {
  /** The project's folder. */
  readonly root: string;
  /** Folder that is made anew. */
  readonly output: string;
  readonly target: Target;
  /** The built page (`dist/renderer`) and shell (`dist/desktop`). */
  readonly renderer: string;
  readonly desktop: string;
  readonly version: string;
  readonly updates: UpdateSource | undefined;
}

/** Puts together what a packaged app is made of. Rejects when a part is missing. */
export async function stage(parameters: StageParameters): Promise<Staged> {
  const { root, output } = parameters;
  rmSync(output, { recursive: true, force: true });
  const staged = { app: path.join(output, 'app'), engine: path.join(output, 'resources', 'engine') };
  await stageEngine(parameters, staged.engine);
  stageApp(parameters, staged.app);
  for (const name of ['LICENSE', 'THIRD-PARTY-LICENSES.md']) cpSync(path.join(root, name), path.join(output, 'resources', name));
  return staged;
}

async function stageEngine({ root, target, version, renderer }: StageParameters, engine: string): Promise<void> {
  mkdirSync(engine, { recursive: true });
  await bundleEngine(root, engine);
  copyNativePackages(root, engine, target);
  // Data that the engine reads beside its code; the wire format is in the bundle.
  for (const name of ['pools.json']) cpSync(path.join(root, 'resources', name), path.join(engine, 'resources', name));
  writeJson(path.join(engine, 'package.json'), { name: 'siphon-engine', version, private: true, type: 'module', license: 'MIT' });
  // For `siphon run` from the installed app: the same page, in a browser.
  copyPage(renderer, path.join(engine, 'dist', 'renderer'));
}

function stageApp({ root, version, renderer, desktop, updates }: StageParameters, app: string): void {
  mkdirSync(path.join(app, 'dist'), { recursive: true });
  copyPage(renderer, path.join(app, 'dist', 'renderer'));
  copyPage(desktop, path.join(app, 'dist', 'desktop'));
  // Where main/paths.ts looks for the pictures of the tray, the window and the notifications.
  const pictures = (file: string) => !/\.(svg|md)$/.test(file);
  for (const name of ['tray', 'icons/256x256.png'])
    cpSync(path.join(root, 'resources', name), path.join(app, 'resources', name), { recursive: true, filter: pictures });
  if (updates) writeJson(path.join(app, 'dist', 'desktop', 'updates.json'), updates);
  if (!existsSync(path.join(desktop, 'main.cjs'))) throw new Error(`there is no built shell in ${desktop}; run "npm run build"`);
  const { description, license } = readJson(path.join(root, 'package.json'));
  writeJson(path.join(app, 'package.json'), {
    name: 'siphon',
    productName: 'Siphon',
    // Ties the windows to the launcher's entry on Linux.
    desktopName: 'siphon.desktop',
    version,
    description,
    license,
    author: { name: 'The Siphon authors' },
    homepage: 'https://docs.livepeer.org/',
    main: 'dist/desktop/main.cjs',
  });
}

/** Copies a built folder without build marks and source maps. */
function copyPage(from: string, to: string): void {
  cpSync(from, to, { recursive: true, filter: (file) => !/(\.map|[\\/]\.built-from)$/.test(file) });
  if (readdirSync(to).length === 0) throw new Error(`${from} is empty; run "npm run build"`);
}

function readJson(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
}

function writeJson(file: string, value: unknown): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}
