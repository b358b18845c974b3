import { rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

// `npm run generate`: protobuf messages in resources/proto → engine/wire/gen (JavaScript and declarations, since protobuf enums
// are not erasable TypeScript). Works offline: compiler and plugin come from node_modules.
const root = fileURLToPath(new URL('..', import.meta.url));
const out = path.join('engine', 'wire', 'gen');

const template = {
  version: 'v2',
  plugins: [
    {
      local: [process.execPath, path.join('node_modules', '@bufbuild', 'protoc-gen-es', 'bin', 'protoc-gen-es')],
      out,
      opt: ['target=js+dts', 'import_extension=js'],
    },
  ],
};

await rm(path.join(root, out), { recursive: true, force: true });
await execa(
  process.execPath,
  [
    path.join('node_modules', '@bufbuild', 'buf', 'bin', 'buf'),
    'generate',
    path.join('resources', 'proto'),
    '--template',
    JSON.stringify(template),
  ],
  { cwd: root, stdio: 'inherit', timeout: 120_000 },
);
