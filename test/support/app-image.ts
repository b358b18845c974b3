import { type ChildProcess, spawn } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from '../../scripts/build.ts';
import { findElectron, sandboxSwitches } from '../../scripts/lib/electron.ts';
import { bundleEngine } from '../../scripts/package/engine-bundle.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** How a version of the app behaves. */
export interface VersionOptions {
  readonly version: string;
  readonly updates: { readonly url: string; readonly publicKeys: readonly string[] };
  /** Chromium's debugging port of this version. */
  readonly port: number;
  /** `engine`: its engine ends at once. `app`: its main process ends before anything else. */
  readonly broken?: 'engine' | 'app';
}

/**
 * Versions of the real app, each with its own real engine, that start the way AppImages do: one executable file that sets
 * APPIMAGE and APPDIR. Only the squashed file system is missing.
 */
export class AppVersions implements AsyncDisposable {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'siphon-updates-'));
  readonly dataDir = path.join(this.folder, 'data');
  /** The installed AppImage. */
  readonly installed = path.join(this.folder, 'apps', 'Siphon.AppImage');
  readonly #electron: string;
  readonly #display: string;

  private constructor(electron: string, display: string) {
    this.#electron = electron;
    this.#display = display;
    mkdirSync(path.dirname(this.installed), { recursive: true });
  }

  /** Builds the app and bundles the engine once for all versions. */
  static async build(display: string): Promise<AppVersions> {
    const program = findElectron();
    if (!program) throw new Error('no Electron');
    const versions = new AppVersions(program.program, display);
    await ensureBuilt();
    await bundleEngine(root, path.join(versions.folder, 'engine-bundle'));
    return versions;
  }

  /** Makes a version; returns the bytes of its AppImage. */
  make({ version, updates, port, broken }: VersionOptions): Buffer {
    const app = path.join(this.folder, `v${version}`);
    const desktop = path.join(app, 'dist', 'desktop');
    cpSync(path.join(root, 'dist', 'desktop'), desktop, { recursive: true });
    symlinkSync(path.join(root, 'dist', 'renderer'), path.join(app, 'dist', 'renderer'));
    symlinkSync(path.join(root, 'resources'), path.join(app, 'resources'));
    symlinkSync(path.join(root, 'node_modules'), path.join(app, 'node_modules'));
    cpSync(path.join(this.folder, 'engine-bundle', 'engine'), path.join(app, 'engine'), { recursive: true });
    writeFileSync(path.join(app, 'package.json'), JSON.stringify({ name: 'siphon-engine', version, type: 'module' }));
    writeFileSync(path.join(desktop, 'package.json'), JSON.stringify({ name: 'siphon', version, main: 'main.cjs' }));
    writeFileSync(path.join(desktop, 'updates.json'), JSON.stringify(updates));
    if (broken === 'engine') writeFileSync(path.join(app, 'engine', 'cli', 'main.js'), 'process.exit(7);\n');
    if (broken === 'app') {
      const main = path.join(desktop, 'main.cjs');
      // It starts, counts its start and dies before there is anything to see.
      writeFileSync(
        main,
        readFileSync(main, 'utf8').replace('.whenReady().then(', '.whenReady().then(() => process.exit(9)).then('),
      );
    }
    const electron = path.dirname(this.#electron);
    const switches = [...sandboxSwitches(), `--remote-debugging-port=${port}`].join(' ');
    return Buffer.from(
      `#!/bin/sh\nAPPIMAGE="$(readlink -f "$0")" APPDIR="${electron}" exec "${this.#electron}" ${switches} "${desktop}" "$@"\n# ${version}\n`,
    );
  }

  /** Puts an AppImage in place. */
  install(image: Uint8Array): void {
    writeFileSync(this.installed, image, { mode: 0o755 });
  }

  /** Starts the installed AppImage. */
  start(args: readonly string[] = []): ChildProcess {
    return spawn(this.installed, [...args], {
      stdio: 'ignore',
      detached: true,
      env: {
        ...process.env,
        DISPLAY: this.#display,
        SIPHON_DATA_DIR: this.dataDir,
        SIPHON_PORT: '0',
        // Electron's own restart helper takes no switches; as root it needs this to live.
        ...(sandboxSwitches().length > 0 ? { ELECTRON_DISABLE_SANDBOX: '1' } : {}),
        LANGUAGE: 'en',
        LANG: 'en_GB.UTF-8',
        SIPHON_SUPERVISOR_TIMINGS: JSON.stringify({ startLimitMs: 20_000, drainLimitMs: 10_000 }),
      },
    });
  }

  /** Names of the files beside the AppImage. */
  beside(): string[] {
    return readdirSync(path.dirname(this.installed)).sort();
  }

  /** What desktop.log says, as text. */
  log(): string {
    return readFileSync(path.join(this.dataDir, 'desktop', 'logs', 'desktop.log'), 'utf8');
  }

  /** Pids of everything that was started from this folder: apps, engines, workers. */
  processes(): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => {
        try {
          const text = readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readlinkSync(`/proc/${pid}/cwd`);
          return pid !== process.pid && text.includes(this.folder);
        } catch {
          return false;
        }
      });
  }

  /** Ends every process of these versions the hard way and waits until they are gone. */
  async killAll(): Promise<void> {
    for (const limit = Date.now() + 15_000; ; await sleep(50)) {
      const left = this.processes();
      if (left.length === 0) return;
      if (Date.now() > limit) throw new Error(`still there: ${left.join(' ')}`);
      for (const pid of left) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // Gone meanwhile.
        }
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.killAll();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
