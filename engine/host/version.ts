import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Siphon's version, from package.json. */
export const ENGINE_VERSION: string = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))).version;
