import { createPublicKey, verify } from 'node:crypto';

/** What a release signature covers besides the manifest: its purpose and its file name, so that no channel passes for another. */
const CONTEXT = 'siphon-update-v1';

/** DER header of an Ed25519 public key (RFC 8410, section 4). */
const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** Most signatures a signature file may hold: old and new key while keys change. */
const MOST_SIGNATURES = 4;

/** The bytes that a release key signs for a manifest, e.g. `latest-linux.yml`. */
export function signedBytes(fileName: string, manifest: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${CONTEXT}\n${fileName}\n`, 'utf8'), manifest]);
}

/**
 * Whether a signature file (a line of base64 per signature) has a valid Ed25519 signature of one of the keys over the manifest.
 * Anything malformed is simply not valid.
 * @param publicKeys base64 of the 32 bytes each
 */
export function isSigned(fileName: string, manifest: Uint8Array, signatures: string, publicKeys: readonly string[]): boolean {
  const lines = signatures.split('\n').map((line) => line.trim());
  const given = lines.filter((line) => /^[A-Za-z0-9+/]{86}==$/.test(line)).slice(0, MOST_SIGNATURES);
  const bytes = signedBytes(fileName, manifest);
  return publicKeys.some((key) => {
    const der = Buffer.concat([ED25519_SPKI, Buffer.from(key, 'base64')]);
    const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' });
    return given.some((signature) => verify(null, bytes, publicKey, Buffer.from(signature, 'base64')));
  });
}
