import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of the built page (absolute path); undefined where there is none. */
export function builtPage(): string | undefined {
  const folder = fileURLToPath(new URL('../../dist/renderer', import.meta.url));
  return existsSync(folder) ? folder : undefined;
}
