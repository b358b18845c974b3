import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

/** Where updates come from and whose signature they carry: `updates.json` beside the bundled main process, inside the asar. */
export const UpdateSourceSchema = z.strictObject({
  /** Folder with the channels' manifests. */
  url: z.url({ protocol: /^https?$/ }),
  /** Ed25519 public keys (base64 of 32 bytes); more than one while keys change. */
  publicKeys: z
    .array(z.string().regex(/^[A-Za-z0-9+/]{43}=$/))
    .min(1)
    .max(4),
  /** Other origins that files may be redirected to, e.g. a release page's storage. */
  redirects: z
    .array(z.url({ protocol: /^https$/ }))
    .max(8)
    .default([]),
});
export type UpdateSource = z.infer<typeof UpdateSourceSchema>;

/** The build's update source; undefined when it was built without one (it does not update itself then). Throws when it is broken. */
export function readUpdateSource(mainDir: string): UpdateSource | undefined {
  let text: string;
  try {
    text = readFileSync(path.join(mainDir, 'updates.json'), 'utf8');
  } catch {
    return undefined;
  }
  const source = UpdateSourceSchema.parse(JSON.parse(text));
  const { protocol, hostname } = new URL(source.url);
  // Without TLS only on this machine: tests, and a server behind an SSH tunnel.
  if (protocol === 'http:' && hostname !== '127.0.0.1') throw new Error('updates.json: the address must be https');
  return source;
}
