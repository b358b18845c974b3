import { parseUpdateInfo } from 'electron-updater/out/providers/Provider.js';
import { z } from 'zod';
import { UpdateError } from './update-error.ts';

/** Bytes a manifest may have. */
export const MANIFEST_LIMIT = 64 * 1024;

/** Bytes a package may have: far above what Siphon's have, far below what fills a disk. */
const PACKAGE_LIMIT = 1024 * 1024 * 1024;

/** Characters of release notes that are shown. */
const NOTES_LIMIT = 8000;

/** Semantic version (semver.org), without build metadata. */
const VERSION = /^\d{1,5}\.\d{1,5}\.\d{1,5}(-[0-9A-Za-z.-]{1,40})?$/;

/** A manifest of electron-builder, as far as Siphon believes it. Unknown fields are ignored, so that later releases may add some. */
const ManifestSchema = z.object({
  version: z.string().regex(VERSION),
  files: z
    .array(
      z.object({
        // A plain name: never a path, another host or another protocol.
        url: z.string().regex(/^[A-Za-z0-9][\w.+-]{0,199}$/),
        sha512: z.string().regex(/^[A-Za-z0-9+/]{86}==$/),
        size: z.number().int().positive().max(PACKAGE_LIMIT),
        isAdminRightsRequired: z.boolean().optional(),
      }),
    )
    .min(1)
    .max(12),
  releaseDate: z.string().max(40).default(''),
  releaseNotes: z.string().max(200_000).nullish(),
  stagingPercentage: z.number().min(0).max(100).optional(),
  minimumSystemVersion: z.string().max(40).optional(),
});

/** A release that may be offered. */
export type Manifest = z.output<typeof ManifestSchema>;

/**
 * Reads a manifest whose signature was checked before.
 * @throws UpdateError `bad-manifest`
 */
export function parseManifest(fileName: string, bytes: Uint8Array): Manifest {
  let value: unknown;
  try {
    value = parseUpdateInfo(Buffer.from(bytes).toString('utf8'), fileName, new URL(`file:///${fileName}`));
  } catch {
    throw new UpdateError('bad-manifest');
  }
  const parsed = ManifestSchema.safeParse(value);
  if (!parsed.success) throw new UpdateError('bad-manifest');
  return parsed.data;
}

/** Release notes as plain text: markup and control characters out, cut at a length. */
export function plainNotes(notes: string | null | undefined): string {
  const text = (notes ?? '')
    .replace(/<(br|\/p|\/li|\/h\d)\s*\/?>/gi, '\n')
    .replace(/<[^>]{0,200}>/g, '')
    // Control and direction characters could make a text look like another.
    .replace(/[^\P{C}\n\t]/gu, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  return text.length > NOTES_LIMIT ? `${text.slice(0, NOTES_LIMIT)} …` : text;
}
