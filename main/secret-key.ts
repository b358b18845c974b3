import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { z } from 'zod';
import type { DesktopState } from '../engine/api/desktop.ts';
import { readJsonFile, writeJsonFile } from './json-file.ts';

/** Electron's safeStorage, as far as it is used here. */
export interface KeyProtector {
  isEncryptionAvailable(): boolean;
  encryptString(text: string): Buffer;
  decryptString(encrypted: Buffer): string;
  /** Linux, from Electron 27 on; `basic_text` protects with a password that everybody knows. */
  getSelectedStorageBackend?(): string;
}

const KeyFileSchema = z.discriminatedUnion('storage', [
  /** The key, encrypted by the system's secure storage (base64). */
  z.strictObject({ version: z.literal(1), storage: z.literal('os'), wrapped: z.string() }),
  /** The person agreed that secrets are kept in a file that only their account can read. */
  z.strictObject({ version: z.literal(1), storage: z.literal('plain') }),
]);

/** How the engine's secrets are kept. */
export interface SecretStorage {
  readonly storage: DesktopState['secretStorage'];
  /** What the engine encrypts its secrets with, 32 bytes in base64; undefined = it keeps them in a plain file. */
  readonly key: string | undefined;
}

/**
 * The key that the engine's secrets are encrypted with: made once, kept encrypted by the system (Windows DPAPI, the Linux
 * keyring). Without such a storage there is no key, and the page asks before a secret goes into a plain file.
 * @param log gets what went wrong, never the key
 */
export function openSecretStorage(file: string, protector: KeyProtector, log: (text: string) => void): SecretStorage {
  const { value: kept } = readJsonFile(file, KeyFileSchema);
  const secure = isSecure(protector);
  if (kept === undefined && existsSync(file)) {
    // It may be readable again tomorrow; what it was used for would be lost with it.
    log('the file with the key of the secrets could not be read');
    return { storage: 'unavailable', key: undefined };
  }
  if (kept?.storage === 'os') {
    if (!secure) {
      log('the secure storage that holds the key of the secrets is not available');
      return { storage: 'unavailable', key: undefined };
    }
    try {
      return { storage: 'os', key: protector.decryptString(Buffer.from(kept.wrapped, 'base64')) };
    } catch {
      // Never replaced silently: secrets that were encrypted with it would be lost for good.
      log('the secure storage could not decrypt the key of the secrets');
      return { storage: 'unavailable', key: undefined };
    }
  }
  if (!secure) return { storage: kept === undefined ? 'unavailable' : 'plain', key: undefined };
  try {
    const key = randomBytes(32).toString('base64');
    writeJsonFile(file, { version: 1, storage: 'os', wrapped: protector.encryptString(key).toString('base64') });
    return { storage: 'os', key };
  } catch {
    log('the key of the secrets could not be kept');
    return { storage: kept === undefined ? 'unavailable' : 'plain', key: undefined };
  }
}

/** Keeps the person's consent. A key that exists stays: its storage may come back. */
export function allowPlain(file: string, current: SecretStorage): SecretStorage {
  if (current.storage !== 'unavailable') return current;
  // One that cannot be read may hold a key, too.
  if (readJsonFile(file, KeyFileSchema).value?.storage !== 'os' && !existsSync(file))
    writeJsonFile(file, { version: 1, storage: 'plain' });
  return { storage: 'plain', key: undefined };
}

function isSecure(protector: KeyProtector): boolean {
  try {
    return protector.isEncryptionAvailable() && protector.getSelectedStorageBackend?.() !== 'basic_text';
  } catch {
    return false;
  }
}
