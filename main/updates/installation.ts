import { accessSync, constants, existsSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';

/** How this Siphon was installed, which decides who updates it. */
export type Installation =
  | { readonly kind: 'appimage'; readonly file: string }
  | { readonly kind: 'nsis' }
  | { readonly kind: 'portable' }
  | { readonly kind: 'package-manager' }
  /** Run from the project. */
  | { readonly kind: 'development' };

/** What tells how it was installed. */
export interface InstallationParameters {
  readonly platform: string;
  readonly packaged: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly resourcesPath: string;
  /** Path of the running program. */
  readonly execPath: string;
}

/** How this Siphon was installed. */
export function findInstallation({ platform, packaged, env, resourcesPath, execPath }: InstallationParameters): Installation {
  const { APPIMAGE: image, APPDIR: mounted } = env;
  // Both variables are inherited by everything started from another AppImage (a terminal, an editor), which must never be taken
  // for Siphon's: this very program has to be inside the mounted image.
  const inside = mounted !== undefined && mounted !== '' && realPath(execPath).startsWith(`${realPath(mounted)}${path.sep}`);
  if (platform === 'linux' && inside && image !== undefined && path.isAbsolute(image) && existsSync(image))
    return { kind: 'appimage', file: image };
  if (!packaged) return { kind: 'development' };
  if (platform === 'win32') {
    if (env.PORTABLE_EXECUTABLE_FILE !== undefined) return { kind: 'portable' };
    // The installer leaves its uninstaller beside the program.
    return existsSync(path.join(path.dirname(execPath), 'Uninstall Siphon.exe')) ? { kind: 'nsis' } : { kind: 'portable' };
  }
  try {
    // electron-builder leaves the kind of package here for deb and rpm.
    readFileSync(path.join(resourcesPath, 'package-type'));
    return { kind: 'package-manager' };
  } catch {
    return { kind: 'portable' };
  }
}

/** Whether the folder of an AppImage may be written to, so that it can be replaced. */
export function isReplaceable(file: string): boolean {
  try {
    accessSync(path.dirname(file), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return path.resolve(file);
  }
}
