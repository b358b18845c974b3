import { constants, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';

/**
 * The bytes of an invite, all numbers big-endian:
 *
 *     "Si"  version (1 byte)  payload length (2)  key length (2)  signature length (2)  payload  key  signature
 *
 * The payload is JSON in UTF-8, the key the SubjectPublicKeyInfo (DER) of the orchestrator's TLS key. What is signed is a fixed prefix
 * and everything before the signature as it stands, so nothing has to be put in a canonical form to be checked.
 */
const MAGIC = Buffer.from('Si');
const HEADER_BYTES = 9;

/** Version of the envelope that this engine makes and reads. */
export const ENVELOPE_VERSION = 1;

/** Keeps a signature made for an invite from being one of anything else that the TLS key signs. */
const CONTEXT = Buffer.from('siphon invite\0');

const MAX_KEY_BYTES = 600;
const MAX_SIGNATURE_BYTES = 512;

/** An envelope taken apart; whether the signature is right is {@link isSigned}'s business. */
export interface Envelope {
  readonly payload: Buffer;
  readonly key: Buffer;
  readonly signature: Buffer;
  /** What the signature is over. */
  readonly signed: Buffer;
}

/** Why bytes are no envelope. `cut`: so many bytes were to come. */
export type EnvelopeFault = 'not-one' | 'newer' | 'cut' | 'broken';

/** Puts an invite together, signed with a private key (ECDSA, RSA or Ed25519: whatever the certificate is for). */
export function sealEnvelope(payload: Buffer, privateKey: KeyObject): Buffer {
  const key = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const unsigned = (signatureBytes: number): Buffer => {
    const header = Buffer.alloc(HEADER_BYTES);
    MAGIC.copy(header);
    header.writeUInt8(ENVELOPE_VERSION, 2);
    header.writeUInt16BE(payload.length, 3);
    header.writeUInt16BE(key.length, 5);
    header.writeUInt16BE(signatureBytes, 7);
    return Buffer.concat([header, payload, key]);
  };
  // Its length stands in what is signed, and depends on the key alone.
  const { length } = signBytes(Buffer.alloc(0), privateKey);
  const body = unsigned(length);
  return Buffer.concat([body, signBytes(body, privateKey)]);
}

/** How many bytes an envelope has that begins like this; undefined when this is none that can be read. */
export function envelopeLength(start: Buffer): number | undefined {
  if (start.length < HEADER_BYTES || start.readUInt8(2) !== ENVELOPE_VERSION || !start.subarray(0, 2).equals(MAGIC))
    return undefined;
  return HEADER_BYTES + start.readUInt16BE(3) + start.readUInt16BE(5) + start.readUInt16BE(7);
}

/** Takes bytes apart. */
export function openEnvelope(bytes: Buffer): Envelope | EnvelopeFault {
  if (bytes.length < 2 || !bytes.subarray(0, 2).equals(MAGIC)) return 'not-one';
  if (bytes.length < HEADER_BYTES) return 'cut';
  const version = bytes.readUInt8(2);
  if (version !== ENVELOPE_VERSION) return version > ENVELOPE_VERSION ? 'newer' : 'broken';
  const [payloadBytes, keyBytes, signatureBytes] = [bytes.readUInt16BE(3), bytes.readUInt16BE(5), bytes.readUInt16BE(7)];
  if (keyBytes > MAX_KEY_BYTES || signatureBytes > MAX_SIGNATURE_BYTES) return 'broken';
  const keyAt = HEADER_BYTES + payloadBytes;
  const signatureAt = keyAt + keyBytes;
  const end = signatureAt + signatureBytes;
  if (bytes.length < end) return 'cut';
  if (bytes.length > end) return 'broken';
  return {
    payload: bytes.subarray(HEADER_BYTES, keyAt),
    key: bytes.subarray(keyAt, signatureAt),
    signature: bytes.subarray(signatureAt, end),
    signed: bytes.subarray(0, signatureAt),
  };
}

/** The key that signed an envelope; undefined when it did not, or is no key that counts. */
export function signerOf({ key, signature, signed }: Envelope): KeyObject | undefined {
  try {
    const publicKey = createPublicKey({ key, format: 'der', type: 'spki' });
    // The pin is over these very bytes: another spelling of the same key would have another pin.
    if (!publicKey.export({ type: 'spki', format: 'der' }).equals(key) || !isStrong(publicKey)) return undefined;
    const message = Buffer.concat([CONTEXT, signed]);
    return verify(digestFor(publicKey), message, { key: publicKey, ...SIGNATURE_FORM }, signature) ? publicKey : undefined;
  } catch {
    // Not a key at all, or not a signature of its kind.
    return undefined;
  }
}

const SIGNATURE_FORM = {
  dsaEncoding: 'ieee-p1363',
  padding: constants.RSA_PKCS1_PADDING,
} as const;

function signBytes(bytes: Buffer, key: KeyObject): Buffer {
  return sign(digestFor(key), Buffer.concat([CONTEXT, bytes]), { key, ...SIGNATURE_FORM });
}

function digestFor({ asymmetricKeyType }: KeyObject): 'sha256' | null {
  return asymmetricKeyType === 'ed25519' ? null : 'sha256';
}

const CURVES = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

/** Whether a key can be signed with and is not too weak to prove anything. */
export function isStrong({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  if (asymmetricKeyType === 'ec') return CURVES.has(asymmetricKeyDetails?.namedCurve ?? '');
  if (asymmetricKeyType === 'rsa') {
    const bits = asymmetricKeyDetails?.modulusLength ?? 0;
    return bits >= 2048 && bits <= 4096;
  }
  return asymmetricKeyType === 'ed25519';
}
