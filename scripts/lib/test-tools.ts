import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import process from 'node:process';

/** Programs that tests run beside Siphon, and the Debian packages that bring them. */
const TOOLS: ReadonlyArray<{ readonly program: string; readonly packages: readonly string[] }> = [
  { program: '/usr/bin/ffmpeg', packages: ['ffmpeg'] },
  { program: '/usr/bin/chromium', packages: ['chromium', 'fonts-liberation', 'fonts-noto-core'] },
];

function exists(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Installs what the tests need from Debian's packages where that is possible (apt, as root or by passwordless sudo).
 * @returns the programs still missing; tests that need them skip, and in CI that is a failure
 */
export function ensureTestTools(): string[] {
  const missing = TOOLS.filter(({ program }) => !exists(program));
  if (missing.length === 0) return [];
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  if (!exists('/usr/bin/apt-get')) return missing.map(({ program }) => program);
  const run = (...args: string[]) => {
    const [command = '', ...rest] = [...sudo, 'apt-get', ...args];
    return spawnSync(command, rest, { stdio: ['ignore', 2, 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  };
  process.stderr.write(`siphon: installing test tools: ${missing.flatMap(({ packages }) => packages).join(' ')}\n`);
  run('update', '-qq');
  run('install', '-y', '-qq', '--no-install-recommends', ...missing.flatMap(({ packages }) => packages));
  return TOOLS.filter(({ program }) => !exists(program)).map(({ program }) => program);
}
