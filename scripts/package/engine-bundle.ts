import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** What the engine is bundled to: one folder per entry as in the source, shared code in `engine/chunks`. */
const CHUNKS = 'engine/chunks';

/** Libraries with native parts: they stay packages, everything else becomes part of the bundle. */
const NATIVE = ['better-sqlite3', 'node-av'] as const;

/** Stands for a module's own address until its place in the bundle is known. */
const OWN_ADDRESS = /__SIPHON_ADDRESS_OF__\("([^"]+)"\)/g;

/** A program that the engine starts by its address: `new URL('./entry.ts', import.meta.url)`. */
const STARTED = /new URL\(\s*'(\.{1,2}\/[^']+)\.ts',\s*import\.meta\.url\s*\)/g;

/**
 * The programs of the engine: the command, and everything that a module starts in a process of its own.
 * @param root the project's folder
 * @returns paths below the root with forward slashes
 */
function enginePrograms(root: string): string[] {
  const found = new Set(['engine/cli/main.ts']);
  for (const entry of readdirSync(path.join(root, 'engine'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts') || entry.name.endsWith('.d.ts')) continue;
    const folder = path.relative(root, entry.parentPath).split(path.sep).join('/');
    const text = readFileSync(path.join(entry.parentPath, entry.name), 'utf8');
    for (const [, target] of text.matchAll(STARTED)) {
      const file = path.posix.join(folder, `${target}.ts`);
      // Programs of the project that are not shipped (benchmarks) are not the engine's.
      if (file.startsWith('engine/')) found.add(file);
    }
  }
  return [...found].sort();
}

/**
 * Bundles the engine to JavaScript: no types to strip and 30 files instead of 1,500 when it starts. Module addresses keep their
 * meaning, so that files found by `import.meta.url` are found beside the bundle too. Rejects with the bundler's error.
 * @param root the project's folder
 * @param output folder that gets `engine/…`; must not exist yet or may hold other things
 */
export async function bundleEngine(root: string, output: string): Promise<void> {
  const { build } = await import('vite');
  const input = Object.fromEntries(enginePrograms(root).map((file) => [file.replace(/\.ts$/, ''), path.join(root, file)]));
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    ssr: { noExternal: true, external: [...NATIVE] },
    build: {
      ssr: true,
      outDir: output,
      emptyOutDir: false,
      target: 'node24',
      minify: false,
      sourcemap: false,
      copyPublicDir: false,
      rolldownOptions: {
        input,
        external: NATIVE.map((name) => new RegExp(`^${name}(/|$)`)),
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: `${CHUNKS}/[name]-[hash].js` },
      },
    },
    plugins: [keepAddresses(root)],
  });
}

/** Keeps what `import.meta.url` says about a module of the engine, wherever the bundler puts it. */
function keepAddresses(root: string): import('vite').Plugin {
  return {
    name: 'siphon:addresses',
    enforce: 'pre',
    transform(code, id) {
      const file = path.relative(root, id).split(path.sep).join('/');
      if (!file.startsWith('engine/') || !code.includes('import.meta.url')) return null;
      return code
        .replace(STARTED, (_, target: string) => `new URL('${target}.js', import.meta.url)`)
        .replaceAll('import.meta.url', `__SIPHON_ADDRESS_OF__("${file.replace(/\.ts$/, '.js')}")`);
    },
    renderChunk(code, chunk) {
      if (!code.includes('__SIPHON_ADDRESS_OF__')) return null;
      const from = path.posix.dirname(chunk.fileName);
      return code.replace(
        OWN_ADDRESS,
        (_, file: string) => `new URL("${path.posix.relative(from, file)}", import.meta.url).href`,
      );
    },
  };
}
