import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import process from 'node:process';
import { ensureElectron } from './electron.ts';

/** A program or library that tests need beside Siphon, and the Debian packages that bring it. */
interface Tool {
  /** Any of these files means it is there. */
  readonly files: readonly string[];
  readonly packages: readonly string[];
}

const LIBRARIES = '/usr/lib/x86_64-linux-gnu';

const TOOLS: readonly Tool[] = [
  { files: ['/usr/bin/ffmpeg'], packages: ['ffmpeg'] },
  { files: ['/usr/bin/chromium'], packages: ['chromium', 'fonts-liberation', 'fonts-noto-core'] },
  // For the app in a real Electron: a screen, and what Chromium is linked with.
  { files: ['/usr/bin/Xvfb'], packages: ['xvfb'] },
  { files: [`${LIBRARIES}/libgtk-3.so.0`], packages: ['libgtk-3-0'] },
  { files: [`${LIBRARIES}/libnss3.so`], packages: ['libnss3'] },
  { files: [`${LIBRARIES}/libasound.so.2`], packages: ['libasound2'] },
  { files: [`${LIBRARIES}/libgbm.so.1`], packages: ['libgbm1'] },
  // The panel that its tray and its notifications are tested on.
  { files: ['/usr/bin/dbus-daemon'], packages: ['dbus'] },
  { files: ['/usr/bin/gdbus'], packages: ['libglib2.0-bin'] },
  { files: [`${LIBRARIES}/libnotify.so.4`], packages: ['libnotify4'] },
  { files: ['/usr/bin/pip3', '/usr/lib/python3/dist-packages/pip'], packages: ['python3', 'python3-pip'] },
];

function isThere({ files }: Tool): boolean {
  return files.some((file) => existsSync(file));
}

/**
 * Installs what the tests need: Debian's packages where that is possible (apt, as root or by passwordless sudo), then Electron.
 * @returns what is still missing; tests that need it skip, and in CI that is a failure
 */
export function ensureTestTools(): string[] {
  installPackages();
  const missing = TOOLS.filter((tool) => !isThere(tool)).map(({ files }) => files[0] ?? '');
  const electron = ensureElectron();
  if (electron) process.stderr.write(`siphon: Electron ${electron.version} (from ${electron.source})\n`);
  return electron ? missing : [...missing, 'Electron'];
}

function installPackages(): void {
  const missing = TOOLS.filter((tool) => !isThere(tool));
  if (missing.length === 0 || !existsSync('/usr/bin/apt-get')) return;
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const run = (...args: string[]) => {
    const [command = '', ...rest] = [...sudo, 'apt-get', ...args];
    return spawnSync(command, rest, { stdio: ['ignore', 2, 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  };
  run('update', '-qq');
  const packages = missing.flatMap((tool) => tool.packages).map(nameHere);
  process.stderr.write(`siphon: installing test tools: ${packages.join(' ')}\n`);
  run('install', '-y', '-qq', '--no-install-recommends', ...packages);
}

/** Since Debian 13 and Ubuntu 24.04 some libraries carry the mark of their 64-bit time in their package's name. */
function nameHere(name: string): string {
  const marked = `${name}t64`;
  return spawnSync('apt-cache', ['show', '--quiet=0', marked], { stdio: 'ignore' }).status === 0 ? marked : name;
}
