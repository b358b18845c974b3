// `npm run package`: the app with its engine, ready to run, in dist/package/out. By default the unpacked folder for this platform
// (`--dir`); `--installers` makes the packages of electron-builder.yml too, for which it downloads its tools. See docs/packaging.md.
//   --installers           AppImage, deb and rpm on Linux, NSIS and portable on Windows
//   --electron=own|any     own: only the Electron that Siphon ships with; any (default): the tests' older one will do
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { UpdateSource } from '../main/updates/update-source.ts';
import { ensureBuilt } from './build.ts';
import { type ElectronProgram, ensureElectron } from './lib/electron.ts';
import { checkFuses, wantedFuses } from './package/fuses.ts';
import { TARGETS } from './package/native-packages.ts';
import { measureSizes, type SizeReport, sizeTable } from './package/sizes.ts';
import { stage } from './package/stage.ts';
import { readUpdateSource } from './package/update-settings.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = path.join(root, 'dist', 'package');

/** A packaged app on this machine. */
export interface Packaged {
  /** Folder of the unpacked app. */
  readonly app: string;
  /** Its program. */
  readonly program: string;
  readonly electron: ElectronProgram;
  readonly sizes: SizeReport;
}

/** What to package. */
export interface PackageParameters {
  readonly installers?: boolean;
  readonly onlyOwnElectron?: boolean;
  readonly updates?: UpdateSource | undefined;
}

/** Packages the app. Rejects with what is missing. */
export async function packageApp({
  installers = false,
  onlyOwnElectron = false,
  updates,
}: PackageParameters = {}): Promise<Packaged> {
  const target = TARGETS.find((name) => name === `${process.platform}-${process.arch}`);
  if (target === undefined) throw new Error(`Siphon is packaged on ${TARGETS.join(' and ')}, each for itself`);
  const electron = ensureElectron();
  if (electron === undefined || (onlyOwnElectron && electron.source !== 'npm'))
    throw new Error('Electron could not be downloaded; packages for people need the one Siphon ships with');
  const built = await ensureBuilt();
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  await stage({ root, output: folder, target, renderer: built.folder, desktop: built.desktop, version, updates });
  await runElectronBuilder(electron, installers);
  const app = path.join(folder, 'out', target === 'win32-x64' ? 'win-unpacked' : 'linux-unpacked');
  const program = path.join(app, target === 'win32-x64' ? 'Siphon.exe' : 'siphon');
  checkFuses(readFileSync(program));
  addElectronLicences(electron, app);
  const sizes = measureSizes(app, target);
  writeFileSync(path.join(folder, 'sizes.json'), `${JSON.stringify(sizes, null, 2)}\n`);
  return { app, program, electron, sizes };
}

async function runElectronBuilder(electron: ElectronProgram, installers: boolean): Promise<void> {
  const { build, Platform } = await import('electron-builder');
  const electronDist = path.dirname(electron.program);
  await build({
    projectDir: root,
    publish: 'never',
    targets: installers ? Platform.current().createTarget() : Platform.current().createTarget('dir'),
    config: {
      extends: path.join(root, 'electron-builder.yml'),
      electronVersion: electron.version,
      // The folder itself, not a download.
      electronDist,
      // The staged folders are complete: no packages are to be gathered from the project.
      beforeBuild: async () => false,
      // Electron's own sample app; the builder leaves it in when the folder was not downloaded by itself.
      afterPack: async ({ appOutDir }) => rmSync(path.join(appOutDir, 'resources', 'default_app.asar'), { force: true }),
      // Fuses that this Electron does not have yet would be an error.
      electronFuses: wantedFuses(readFileSync(electron.program)),
    },
  });
}

/** Chromium's and Electron's licences, in case the builder did not bring them along. */
function addElectronLicences({ program }: ElectronProgram, app: string): void {
  for (const [from, to] of [
    ['LICENSES.chromium.html', 'LICENSES.chromium.html'],
    ['LICENSE', 'LICENSE.electron.txt'],
  ] as const) {
    const source = path.join(path.dirname(program), from);
    if (existsSync(source) && !existsSync(path.join(app, to))) cpSync(source, path.join(app, to));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    mkdirSync(folder, { recursive: true });
    rmSync(path.join(folder, 'out'), { recursive: true, force: true });
    const { app, electron, sizes } = await packageApp({
      installers: process.argv.includes('--installers'),
      onlyOwnElectron: process.argv.includes('--electron=own'),
      updates: readUpdateSource(process.env),
    });
    process.stdout.write(`${sizeTable(sizes)}\n\npackaged with Electron ${electron.version}: ${path.relative(root, app)}\n`);
    if (electron.source !== 'npm') process.stdout.write('This Electron is an old one for tests: not for people.\n');
  } catch (error) {
    process.stderr.write(`siphon: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
