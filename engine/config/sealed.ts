import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { EngineError } from '../base/errors.ts';

/** Bytes of the key that secrets are sealed with. */
const SECRETS_KEY_BYTES = 32;

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Binds a box to what it is: one made for something else with the same key does not open here. */
const CONTEXT = Buffer.from('siphon secrets 1');

/** A sealed file's contents. */
export const SealedSchema = z.strictObject({
  version: z.literal(1),
  sealed: z.literal(CIPHER),
  nonce: z.base64().length((NONCE_BYTES * 4) / 3),
  /** Ciphertext, then the tag. */
  box: z.base64().max(200_000),
});
export type Sealed = z.infer<typeof SealedSchema>;

/** Encrypts a text; every time with a nonce of its own. */
export function seal(text: string, key: Uint8Array): Sealed {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, checkedKey(key), nonce, { authTagLength: TAG_BYTES }).setAAD(CONTEXT);
  const box = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return { version: 1, sealed: CIPHER, nonce: nonce.toString('base64'), box: box.toString('base64') };
}

/** Decrypts; undefined when the key is another one or a bit was changed, which cannot be told apart. */
export function unseal({ nonce, box }: Sealed, key: Uint8Array): string | undefined {
  const bytes = Buffer.from(box, 'base64');
  if (bytes.length < TAG_BYTES) return undefined;
  const decipher = createDecipheriv(CIPHER, checkedKey(key), Buffer.from(nonce, 'base64'), { authTagLength: TAG_BYTES });
  decipher.setAAD(CONTEXT).setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

function checkedKey(key: Uint8Array): Uint8Array {
  if (key.length === SECRETS_KEY_BYTES) return key;
  throw new EngineError({ code: 'bad-request', message: `The key for the secrets must have ${SECRETS_KEY_BYTES} bytes` });
}
