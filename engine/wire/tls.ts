import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { ConnectionOptions } from 'node:tls';
import { bitString, boolean, der, integer, objectIdentifier, octetString, sequence, setOf, utcTime, utf8String } from './der.ts';

/** A certificate and its key, PEM text. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAtMs: number;
}

/** Validity of an orchestrator's certificate (go-livepeer `server/cert.go`). */
const CERTIFICATE_HOURS = 8765;

const ECDSA_WITH_SHA256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'));

function extension(oid: string, critical: boolean, value: Buffer): Buffer {
  return sequence(objectIdentifier(oid), ...(critical ? [boolean(true)] : []), octetString(value));
}

function extensions(host: string): Buffer {
  const digitalSignatureAndCertSign = Buffer.of(0b1000_0100);
  return sequence(
    extension('2.5.29.15', true, bitString(digitalSignatureAndCertSign, 2)),
    // Extended key usage: server authentication.
    extension('2.5.29.37', false, sequence(objectIdentifier('1.3.6.1.5.5.7.3.1'))),
    // Basic constraints: a certificate authority.
    extension('2.5.29.19', true, sequence(boolean(true))),
    // Subject alternative name: one DNS name.
    extension('2.5.29.17', false, sequence(der(0x82, Buffer.from(host, 'latin1')))),
  );
}

/** 128 random bits, positive and without a leading zero byte. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes;
}

/**
 * Makes the self-signed certificate an orchestrator serves with: ECDSA P-256, CA flag, the host as DNS name even when it is an IP
 * address, 8765 hours from `now` (go-livepeer `server/cert.go`). Peers don't verify it; the shared secret is what counts, and the key
 * for those that pinned it: with `key` (PEM, ECDSA P-256) the certificate is made anew for a key that is known already.
 */
export function createCertificate(host: string, now: Date = new Date(), key?: string): CertificatePair {
  const privateKey =
    key === undefined ? generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey : createPrivateKey(key);
  const publicKey = createPublicKey(privateKey);
  const notAfter = new Date(now.getTime() + CERTIFICATE_HOURS * 3600_000);
  const organisation = sequence(setOf(sequence(objectIdentifier('2.5.4.10'), utf8String('Siphon'))));
  const version3 = der(0xa0, integer(Buffer.of(2)));
  const toSign = sequence(
    version3,
    integer(serialNumber()),
    ECDSA_WITH_SHA256,
    organisation,
    sequence(utcTime(now), utcTime(notAfter)),
    organisation,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions(host)),
  );
  const certificate = sequence(toSign, ECDSA_WITH_SHA256, bitString(sign('sha256', toSign, privateKey)));
  const base64 = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${base64.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    expiresAtMs: Math.floor(notAfter.getTime() / 1000) * 1000,
  };
}

/**
 * Options of a client that takes any certificate. Orchestrators make their own at every start, so there is nothing to verify
 * against; the secret authenticates, as in the reference.
 */
export const ANY_CERTIFICATE: Pick<ConnectionOptions, 'rejectUnauthorized'> = { rejectUnauthorized: false };
