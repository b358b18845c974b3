import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';

/** Where installers of versions that ran here are kept for a roll back (Windows). */
export class KeptInstallers {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The kept installer of a version; undefined when there is none. */
  find(version: string): string | undefined {
    const file = this.#file(version);
    return existsSync(file) ? file : undefined;
  }

  /** Keeps a copy of a version's installer: beside first, then renamed, so that a kept one is always whole. Throws the disk's error. */
  keep(version: string, installer: string): void {
    mkdirSync(this.#folder, { recursive: true });
    const partial = `${this.#file(version)}.partial`;
    copyFileSync(installer, partial);
    renameSync(partial, this.#file(version));
  }

  /** Removes the installers of all other versions. Never throws: leftovers cost only space. */
  forgetAllBut(versions: readonly string[]): void {
    const kept = new Set(versions.map((version) => path.basename(this.#file(version))));
    try {
      for (const name of readdirSync(this.#folder)) {
        if (!kept.has(name)) rmSync(path.join(this.#folder, name), { force: true });
      }
    } catch {
      // None yet, or in use.
    }
  }

  #file(version: string): string {
    return path.join(this.#folder, `Siphon-Setup-${version}.exe`);
  }
}
