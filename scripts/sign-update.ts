// Signs the update manifests of a release, and makes release keys:
//   npm run sign-update -- dist/package/out        writes <manifest>.sig beside each latest*.yml and beta*.yml
//   npm run sign-update -- --new-key               prints a new key pair; the private half never touches the disk
// The private key (base64 of the 32 bytes; two, comma-separated, while keys change) is read from SIPHON_RELEASE_KEY and nowhere
// else. See docs/packaging.md.
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseManifest } from '../main/updates/manifest.ts';
import { isSigned, signedBytes } from '../main/updates/signature.ts';

/** DER header of an Ed25519 private key (RFC 8410, section 7). */
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The last 32 bytes of an Ed25519 key's DER form are the key itself. */
function raw(key: KeyObject): string {
  const der = key.type === 'private' ? key.export({ format: 'der', type: 'pkcs8' }) : key.export({ format: 'der', type: 'spki' });
  return der.subarray(-32).toString('base64');
}

function readKeys(text = ''): KeyObject[] {
  const keys = text.split(',').map((key) => key.trim());
  if (!keys.every((key) => /^[A-Za-z0-9+/]{43}=$/.test(key)))
    throw new Error('SIPHON_RELEASE_KEY must hold the private release key: base64 of 32 bytes');
  return keys.map((key) =>
    createPrivateKey({ key: Buffer.concat([ED25519_PKCS8, Buffer.from(key, 'base64')]), format: 'der', type: 'pkcs8' }),
  );
}

/** Holds a manifest to what the app will: its form, and each file's size and hash. Throws with what is wrong. */
function checkManifest(folder: string, name: string, manifest: Buffer): void {
  for (const { url, sha512, size } of parseManifest(name, manifest).files) {
    const content = readFileSync(path.join(folder, url));
    if (content.length !== size || createHash('sha512').update(content).digest('base64') !== sha512)
      throw new Error(`${name} does not describe ${url} as it is`);
  }
}

/** Checks and signs every manifest in the folder, with each key. Returns the names signed. */
function signFolder(folder: string, keys: readonly KeyObject[]): string[] {
  const names = readdirSync(folder).filter((name) => /^(latest|beta)(-linux)?\.yml$/.test(name));
  if (names.length === 0) throw new Error(`${folder} holds no manifest (latest*.yml, beta*.yml)`);
  for (const name of names) {
    const manifest = readFileSync(path.join(folder, name));
    checkManifest(folder, name, manifest);
    const lines = keys.map((key) => `${sign(null, signedBytes(name, manifest), key).toString('base64')}\n`);
    for (const [index, key] of keys.entries()) {
      if (!isSigned(name, manifest, lines[index] ?? '', [raw(createPublicKey(key))]))
        throw new Error(`the signature of ${name} cannot be verified`);
    }
    writeFileSync(path.join(folder, `${name}.sig`), lines.join(''));
  }
  return names;
}

try {
  const [argument] = process.argv.slice(2);
  if (argument === '--new-key') {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    process.stdout.write(`private (a secret of the release workflow, SIPHON_RELEASE_KEY): ${raw(privateKey)}\n`);
    process.stdout.write(`public  (goes into every build, SIPHON_UPDATE_KEYS): ${raw(publicKey)}\n`);
  } else if (argument === undefined) {
    throw new Error('say which folder: npm run sign-update -- dist/package/out');
  } else {
    for (const name of signFolder(argument, readKeys(process.env.SIPHON_RELEASE_KEY))) process.stdout.write(`signed: ${name}\n`);
  }
} catch (error) {
  process.stderr.write(`siphon: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
