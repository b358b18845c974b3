import { existsSync } from 'node:fs';
import path from 'node:path';

/** How the engine's process is started. Nothing secret is in it. */
export interface EngineCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What decides on the command. */
export interface EngineCommandParameters {
  /** Folder with `engine/` and `node_modules/`. */
  readonly engineRoot: string;
  readonly platform: string;
  readonly arch: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where Node keeps the engine's compiled code, so that each start after the first takes two thirds of the time. */
  readonly compileCache: string;
  /** Another program in the engine's place (a file for Node); for tests, refused in the packaged app. */
  readonly entry?: string | undefined;
}

/** Variables of Electron and Chromium that mean something else, or nothing good, to a plain Node. */
const NOT_FOR_THE_ENGINE = /^(ELECTRON_|CHROME_|NODE_OPTIONS$|GDK_BACKEND$|GDK_GL$|ORIGINAL_XDG_CURRENT_DESKTOP$)/;

/** As scripts/lib/runtime.mjs runs it from a terminal: resident memory stays flat and lower (see scripts/soak.ts). */
const NODE_FLAGS = ['--max-semi-space-size=4', '--heap-growing-percent=60'];
const GLIBC_TUNABLES = 'glibc.malloc.mmap_threshold=131072:glibc.malloc.arena_max=2';

/** The command that runs the bundled engine on the bundled Node under supervision; it practises until something was chosen. */
export function engineCommand({ engineRoot, platform, arch, env, compileCache, entry }: EngineCommandParameters): EngineCommand {
  const windows = platform === 'win32';
  const runtime = path.join(engineRoot, 'node_modules', `node-${windows ? 'win' : platform}-${arch}`, 'bin');
  // The packaged engine is bundled to JavaScript; the project's own runs from its source.
  const bundled = path.join(engineRoot, 'engine', 'cli', 'main.js');
  const own = existsSync(bundled) ? bundled : path.join(engineRoot, 'engine', 'cli', 'main.ts');
  return {
    program: path.join(runtime, windows ? 'node.exe' : 'node'),
    args: [...NODE_FLAGS, entry ?? own, 'run', '--supervised', '--practice-first'],
    cwd: engineRoot,
    env: {
      GLIBC_TUNABLES,
      NODE_COMPILE_CACHE: compileCache,
      ...Object.fromEntries(Object.entries(env).filter(([name]) => !NOT_FOR_THE_ENGINE.test(name))),
    },
  };
}
