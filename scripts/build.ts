// `npm run build`: the page into dist/renderer, the desktop app's main process and preload into dist/desktop. Each does nothing
// when its sources are those of its last build.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { buildDesktop } from './lib/build-desktop.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** One thing that is built. */
interface Target {
  readonly name: 'renderer' | 'desktop';
  /** Folders and files it is made of. */
  readonly sources: readonly string[];
  /** A file that a complete build has. */
  readonly proof: string;
  readonly build: (folder: string) => Promise<void>;
}

const TARGETS: readonly Target[] = [
  {
    name: 'renderer',
    sources: ['renderer', 'engine/api', 'vite.config.ts'],
    proof: 'index.html',
    async build(folder) {
      const { build } = await import('vite');
      // Vite keeps a NODE_ENV that is set. A test runner sets "test", and the page would carry React's slow development half.
      const before = process.env.NODE_ENV;
      process.env.NODE_ENV = 'production';
      try {
        await build({
          root: path.join(root, 'renderer'),
          configFile: path.join(root, 'vite.config.ts'),
          logLevel: 'error',
          build: { outDir: folder },
        });
      } finally {
        if (before === undefined) delete process.env.NODE_ENV;
        else process.env.NODE_ENV = before;
      }
    },
  },
  {
    name: 'desktop',
    sources: ['main', 'preload', 'engine/api', 'scripts/lib/build-desktop.ts', 'package.json'],
    proof: 'main.cjs',
    build: (folder) => buildDesktop(folder, packageVersion()),
  },
];

/** Where what was built is, and whether this call built any of it. */
export interface Built {
  /** Absolute path of the folder with index.html. */
  readonly folder: string;
  /** Absolute path of the folder that Electron runs. */
  readonly desktop: string;
  readonly fresh: boolean;
  /** Milliseconds it took. */
  readonly tookMs: number;
}

/** Builds the page and the desktop app unless they are built from these very sources already. Rejects with Vite's error. */
export async function ensureBuilt({ force = false }: { readonly force?: boolean } = {}): Promise<Built> {
  const startedMs = performance.now();
  let fresh = false;
  for (const target of TARGETS) fresh = (await ensureTarget(target, force)) || fresh;
  return { folder: output('renderer'), desktop: output('desktop'), fresh, tookMs: performance.now() - startedMs };
}

async function ensureTarget({ name, sources, proof, build }: Target, force: boolean): Promise<boolean> {
  const folder = output(name);
  const stampFile = path.join(folder, '.built-from');
  const hash = sourcesHash(sources);
  const current = existsSync(stampFile) && existsSync(path.join(folder, proof)) && readFileSync(stampFile, 'utf8') === hash;
  if (current && !force) return false;
  // Built aside and moved: a page that is being served never sees half a build, nor do two builds at once mix.
  const aside = path.join(root, 'dist', `.${name}-${process.pid}`);
  try {
    mkdirSync(aside, { recursive: true });
    await build(aside);
    writeFileSync(path.join(aside, '.built-from'), hash);
    replaceFolder(folder, aside);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return true;
}

/** Puts one folder in another's place. Two builds may do so at the same time: the later one wins. */
function replaceFolder(folder: string, by: string): void {
  for (let attempt = 1; ; attempt += 1) {
    const old = `${by}-old`;
    try {
      if (existsSync(folder)) renameSync(folder, old);
      renameSync(by, folder);
      return;
    } catch (error) {
      if (attempt === 5) throw error;
    } finally {
      rmSync(old, { recursive: true, force: true });
    }
  }
}

/** SHA-256 over everything that something is made of. */
function sourcesHash(sources: readonly string[]): string {
  const hash = createHash('sha256');
  const files = [...sources, 'package-lock.json'].flatMap((source) => {
    const from = path.join(root, source);
    return path.extname(source) !== '' ? [from] : filesBelow(from);
  });
  for (const file of files.sort()) {
    const content = readFileSync(file);
    hash.update(`${path.relative(root, file).split(path.sep).join('/')}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

function output(name: Target['name']): string {
  return path.join(root, 'dist', name);
}

function packageVersion(): string {
  return (JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string }).version;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const built = await ensureBuilt({ force: process.argv.includes('--force') });
  process.stdout.write(`${built.fresh ? 'built' : 'up to date'}: dist/renderer, dist/desktop (${Math.round(built.tookMs)} ms)\n`);
}
