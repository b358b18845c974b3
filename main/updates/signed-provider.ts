import type { UpdateInfo } from 'electron-updater';
import { Provider, type ProviderRuntimeOptions, resolveFiles } from 'electron-updater/out/providers/Provider.js';
import type { ResolvedUpdateFileInfo } from 'electron-updater/out/types.js';
import { fetchSmall } from './download.ts';
import { MANIFEST_LIMIT, parseManifest } from './manifest.ts';
import { isSigned } from './signature.ts';
import { UpdateError } from './update-error.ts';
import type { UpdateSource } from './update-source.ts';

/** Bytes a signature file may have. */
const SIGNATURE_LIMIT = 1024;

/** Where the provider looks, and how it is stopped. */
export interface SignedProviderOptions {
  readonly source: UpdateSource;
  /** `latest` or `beta`. */
  readonly channel: () => string;
  readonly signal: () => AbortSignal;
}

/** The origins that may answer for a source. */
export function originsOf({ url, redirects }: UpdateSource): ReadonlySet<string> {
  return new Set([url, ...redirects].map((address) => new URL(address).origin));
}

/**
 * electron-updater's way to a manifest, with the signature checked before anything in it is believed, and limits on
 * everything a server may do. Files are plain names beside the manifest.
 */
export class SignedProvider extends Provider<UpdateInfo> {
  readonly #options: SignedProviderOptions;

  constructor(options: SignedProviderOptions, runtime: ProviderRuntimeOptions) {
    super(runtime);
    this.#options = options;
  }

  override async getLatestVersion(): Promise<UpdateInfo> {
    const { source, channel, signal } = this.#options;
    const fileName = `${this.getCustomChannelName(channel())}.yml`;
    const rules = { origins: originsOf(source), signal: signal() };
    const manifest = await fetchSmall(this.#address(fileName), MANIFEST_LIMIT, rules);
    const signature = await fetchSmall(this.#address(`${fileName}.sig`), SIGNATURE_LIMIT, rules).catch((error: unknown) => {
      throw error instanceof UpdateError && error.fault === 'not-found' ? new UpdateError('no-signature', fileName) : error;
    });
    if (!isSigned(fileName, manifest, Buffer.from(signature).toString('latin1'), source.publicKeys))
      throw new UpdateError('bad-signature', fileName);
    const { version, releaseDate, files, stagingPercentage, minimumSystemVersion, releaseNotes } = parseManifest(
      fileName,
      manifest,
    );
    const [first] = files;
    return {
      version,
      releaseDate,
      files: files.map(({ isAdminRightsRequired, ...file }) => ({
        ...file,
        ...(isAdminRightsRequired ? { isAdminRightsRequired } : {}),
      })),
      path: first?.url ?? '',
      sha512: first?.sha512 ?? '',
      ...(releaseNotes ? { releaseNotes } : {}),
      ...(stagingPercentage === undefined ? {} : { stagingPercentage }),
      ...(minimumSystemVersion === undefined ? {} : { minimumSystemVersion }),
    };
  }

  override resolveFiles(info: UpdateInfo): ResolvedUpdateFileInfo[] {
    return resolveFiles(info, this.#address(''));
  }

  #address(name: string): URL {
    const base = this.#options.source.url;
    return new URL(name, base.endsWith('/') ? base : `${base}/`);
  }
}
