import { type UpdateSource, UpdateSourceSchema } from '../../main/updates/update-source.ts';

/**
 * The update source of a build, from the release workflow's variables; undefined = the app will not update itself.
 * - SIPHON_UPDATE_URL: folder with the manifests
 * - SIPHON_UPDATE_KEYS: public release keys, comma-separated
 * - SIPHON_UPDATE_REDIRECTS: other origins that files may come from, comma-separated
 * @throws Error when only some are set, or they make no sense
 */
export function readUpdateSource(env: Readonly<Record<string, string | undefined>>): UpdateSource | undefined {
  const { SIPHON_UPDATE_URL: url, SIPHON_UPDATE_KEYS: keys, SIPHON_UPDATE_REDIRECTS: redirects } = env;
  if (!url && !keys) return undefined;
  const parsed = UpdateSourceSchema.safeParse({ url, publicKeys: list(keys), redirects: list(redirects) });
  if (!parsed.success)
    throw new Error(
      'SIPHON_UPDATE_URL and SIPHON_UPDATE_KEYS must both be right: an address, and Ed25519 public keys (base64 of 32 bytes)',
    );
  return parsed.data;
}

function list(text: string | undefined): string[] {
  return (text ?? '').split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
}
