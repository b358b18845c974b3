import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Entries of the desktop app: name of the bundle → source. Each is one file, so that the sandboxed preload can load its own. */
const ENTRIES = { main: 'main/index.ts', preload: 'preload/index.ts' };

/**
 * Bundles the desktop app's main process and preload (CommonJS, with every library inside) into a folder, together with the
 * package.json that makes it an Electron app. Rejects with Vite's error.
 * @param version Siphon's version
 */
export async function buildDesktop(folder: string, version: string): Promise<void> {
  const { build } = await import('vite');
  for (const [name, source] of Object.entries(ENTRIES)) {
    await build({
      root,
      configFile: false,
      logLevel: 'error',
      ssr: { noExternal: true },
      build: {
        ssr: path.join(root, source),
        // Electron 22 has Node 16 and Chromium 108; everything newer is lowered.
        target: name === 'main' ? 'node16' : 'chrome108',
        outDir: folder,
        emptyOutDir: false,
        minify: false,
        reportCompressedSize: false,
        rolldownOptions: {
          external: ['electron', 'bufferutil', 'utf-8-validate'],
          output: { format: 'cjs', entryFileNames: `${name}.cjs`, codeSplitting: false },
        },
      },
    });
  }
  const manifest = { name: 'siphon', productName: 'Siphon', version, private: true, main: 'main.cjs' };
  writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}
