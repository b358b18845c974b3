// `npm run build`: the page into dist/renderer. Does nothing when its sources are those of the last build.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const output = path.join(root, 'dist', 'renderer');
const stampFile = path.join(output, '.built-from');

/** Where the built page is, and whether this call built it. */
export interface Built {
  /** Absolute path of the folder with index.html. */
  readonly folder: string;
  readonly fresh: boolean;
  /** Milliseconds it took. */
  readonly tookMs: number;
}

/** SHA-256 over everything the page is made of. */
export function sourcesHash(): string {
  const hash = createHash('sha256');
  const files = ['renderer', 'engine/api'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name)),
  );
  for (const file of [...files.sort(), path.join(root, 'vite.config.ts'), path.join(root, 'package-lock.json')]) {
    const content = readFileSync(file);
    hash.update(`${path.relative(root, file).split(path.sep).join('/')}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** Builds the page unless it is built from these very sources already. Rejects with Vite's error when the build fails. */
export async function ensureBuilt({ force = false }: { readonly force?: boolean } = {}): Promise<Built> {
  const startedMs = performance.now();
  const hash = sourcesHash();
  const current =
    existsSync(stampFile) && existsSync(path.join(output, 'index.html')) && readFileSync(stampFile, 'utf8') === hash;
  if (current && !force) return { folder: output, fresh: false, tookMs: performance.now() - startedMs };
  const { build } = await import('vite');
  // Built aside and moved: a page that is being served never sees half a build, nor do two builds at once mix.
  const aside = path.join(root, 'dist', `.renderer-${process.pid}`);
  try {
    await build({
      root: path.join(root, 'renderer'),
      configFile: path.join(root, 'vite.config.ts'),
      logLevel: 'error',
      build: { outDir: aside },
    });
    writeFileSync(path.join(aside, '.built-from'), hash);
    rmSync(output, { recursive: true, force: true });
    renameSync(aside, output);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return { folder: output, fresh: true, tookMs: performance.now() - startedMs };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const built = await ensureBuilt({ force: process.argv.includes('--force') });
  process.stdout.write(`${built.fresh ? 'built' : 'up to date'}: dist/renderer (${Math.round(built.tookMs)} ms)\n`);
}
