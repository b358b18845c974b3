import { createHash, createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../base/clock.ts';
import { EngineError } from '../base/errors.ts';
import { writeFileAtomic } from '../config/atomic-file.ts';
import { type CertificatePair, createCertificate } from '../wire/tls.ts';

/** The name in the certificate; nobody checks it, the key is what is pinned. */
const CERTIFICATE_NAME = 'siphon';

/** The certificate is made anew, with the same key, when it has less than this left, milliseconds. */
const RENEW_BEFORE_MS = 60 * 24 * 3600_000;

/** A rig's TLS identity. */
export interface RemoteKey extends CertificatePair {
  /** SHA-256 of the public key (its SubjectPublicKeyInfo), base64url. */
  readonly pin: string;
}

/** What is pinned of a public key: the hash of the key alone, so that a new certificate with it changes nothing. */
export function pinOf(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
}

/**
 * The TLS key of this machine, from `<folder>/remote.key.pem`; made when there is none. The key stays for good, as machines have
 * pinned it; delete the file to make every paired machine pair again.
 * @throws EngineError `config-invalid` for a file that is no key, `config-unreadable`, `disk-full`, `data-dir-unwritable`
 */
export async function loadRemoteKey(folder: string, clock: Clock): Promise<RemoteKey> {
  const keyFile = path.join(folder, 'remote.key.pem');
  const certFile = path.join(folder, 'remote.crt.pem');
  const keyText = await readIfThere(keyFile);
  const kept = keyText === undefined ? undefined : privateKey(keyFile, keyText);
  const now = new Date(clock.nowMs());
  let pair = kept && matching(kept, await readIfThere(certFile));
  if (!pair || pair.expiresAtMs - clock.nowMs() < RENEW_BEFORE_MS) {
    pair = createCertificate(CERTIFICATE_NAME, now, kept?.export({ type: 'pkcs8', format: 'pem' }).toString());
    await writeFileAtomic(keyFile, pair.key, { mode: 0o600 });
    await writeFileAtomic(certFile, pair.cert, { mode: 0o600 });
  }
  return { ...pair, pin: pinOf(createPublicKey(pair.key)) };
}

function matching(key: KeyObject, cert: string | undefined): CertificatePair | undefined {
  if (cert === undefined) return undefined;
  try {
    const certificate = new X509Certificate(cert);
    if (!certificate.checkPrivateKey(key)) return undefined;
    const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
    return { cert, key: pem, expiresAtMs: certificate.validToDate.getTime() };
  } catch {
    return undefined;
  }
}

function privateKey(file: string, text: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch (cause) {
    throw new EngineError({
      code: 'config-invalid',
      message: `${file} is no private key`,
      nextStep: 'Put back the right file, or delete it; then every paired machine must pair again.',
      cause,
    });
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new EngineError({
      code: 'config-unreadable',
      message: `${file} cannot be read`,
      nextStep: 'Correct the permissions of the file.',
      cause,
    });
  }
}
